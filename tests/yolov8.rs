//! The head of YOLOv8 (v9, v11, v12) in its three layouts, against boxes that scripts/make-head-golden worked out from the
//! same made-up logits.

use std::path::Path;

use lotcount::detect::{Candidate, Head, HeadKind, Output};
use serde_json::Value;

const GOLDEN: &str = "tests/head/yolov8.json";

struct Golden {
    document: Value,
    width: usize,
    height: usize,
    strides: Vec<usize>,
    bins: usize,
    threshold: f32,
}

impl Golden {
    fn read() -> Self {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(GOLDEN)).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let number = |key: &str| document[key].as_u64().unwrap() as usize;
        Self {
            width: number("width"),
            height: number("height"),
            strides: document["strides"].as_array().unwrap().iter().map(|s| s.as_u64().unwrap() as usize).collect(),
            bins: number("bins"),
            threshold: document["threshold"].as_f64().unwrap() as f32,
            document,
        }
    }

    /// Rows of one value per cell.
    fn rows(&self, key: &str) -> Vec<Vec<f32>> {
        let numbers =
            |row: &Value| row.as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect();
        self.document[key].as_array().unwrap().iter().map(numbers).collect()
    }

    /// Decodes outputs of these shapes and compares every box.
    fn check(&self, bins: Option<usize>, outputs: &[(Vec<usize>, Vec<f32>)]) {
        let strides = if bins.is_some() { self.strides.clone() } else { Vec::new() };
        let head = Head::new(&HeadKind::Yolov8 { strides, bins }, self.width, self.height, None).unwrap();
        let shapes: Vec<_> = outputs.iter().map(|(shape, _)| shape.clone()).collect();
        head.check(&shapes).unwrap();
        assert_eq!(head.classes(&shapes), 3);
        let outputs: Vec<_> = outputs.iter().map(|(shape, values)| Output { shape, values }).collect();
        let mut found = Vec::new();
        head.decode(&outputs, self.threshold, &mut found);
        let expected = self.document["boxes"].as_array().unwrap();
        assert!(expected.len() > 5, "a golden file without boxes proves nothing");
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!(is_near(found, expected), "{found:?} is not {expected}");
        }
    }
}

fn is_near(found: &Candidate, expected: &Value) -> bool {
    let number = |value: &Value| value.as_f64().unwrap();
    let corners = [found.rect.x1, found.rect.y1, found.rect.x2, found.rect.y2];
    found.class as u64 == expected["class"].as_u64().unwrap()
        && (f64::from(found.score) - number(&expected["score"])).abs() < 1e-4
        && corners.iter().enumerate().all(|(i, corner)| (corner - number(&expected["box"][i])).abs() < 0.01)
}

#[test]
fn a_full_export_is_read() {
    let golden = Golden::read();
    let rows = golden.rows("full");
    golden.check(None, &[(vec![1, rows.len(), rows[0].len()], rows.concat())]);
}

#[test]
fn a_net_cut_after_its_levels_were_joined_is_read() {
    let golden = Golden::read();
    let rows = golden.rows("cut");
    golden.check(Some(golden.bins), &[(vec![1, rows.len(), rows[0].len()], rows.concat())]);
}

#[test]
fn a_net_cut_before_its_levels_are_joined_is_read() {
    let golden = Golden::read();
    let rows = golden.rows("cut");
    let mut first = 0;
    let levels: Vec<_> = golden
        .strides
        .iter()
        .map(|stride| {
            let (columns, lines) = (golden.width / stride, golden.height / stride);
            let cells = first..first + columns * lines;
            first = cells.end;
            let values = rows.iter().flat_map(|row| &row[cells.clone()]).copied().collect();
            (vec![1, rows.len(), lines, columns], values)
        })
        .collect();
    assert_eq!(first, rows[0].len());
    golden.check(Some(golden.bins), &levels);
}
