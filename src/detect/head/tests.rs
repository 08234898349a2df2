//! Heads against formulas written out by hand, for what the golden nets do not cover.

use super::*;

fn candidate(x1: f64, y1: f64, x2: f64, y2: f64, score: f32, class: usize) -> Candidate {
    Candidate { rect: Rect::new(x1, y1, x2, y2), score, class }
}

fn decoded(head: &Head, outputs: &[Output], threshold: f32) -> Vec<Candidate> {
    let mut found = Vec::new();
    head.decode(outputs, threshold, &mut found);
    found
}

fn assert_near(found: &[Candidate], expected: &[Candidate]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (f, e) in found.iter().zip(expected) {
        let (a, b) = (f.rect, e.rect);
        let off = [a.x1 - b.x1, a.y1 - b.y1, a.x2 - b.x2, a.y2 - b.y2];
        assert!(off.iter().all(|off| off.abs() < 1e-3), "{f:?} is not {e:?}");
        assert!((f.score - e.score).abs() < 1e-5 && f.class == e.class, "{f:?} is not {e:?}");
    }
}

#[test]
fn yolov8_full_reads_channel_by_channel() {
    // Two cells, two classes: rows are x, y, w, h, class 0, class 1.
    #[rustfmt::skip]
    let values = [
        10.0, 50.0,
        20.0, 60.0,
        4.0, 8.0,
        6.0, 10.0,
        0.1, 0.2,
        0.3, 0.9,
    ];
    let output = Output { shape: &[1, 6, 2], values: &values };
    let head = Head::Yolov8Full;
    head.check(&[vec![1, 6, 2]]).unwrap();
    assert_near(&decoded(&head, &[output], 0.5), &[candidate(46.0, 55.0, 54.0, 65.0, 0.9, 1)]);
}

/// A 16x8 input with strides 8 has two cells, whose centres are (4, 4) and (12, 4). Two bins a side: the distance is
/// the probability of the second, in strides.
fn cut_values() -> Vec<f32> {
    let logits_of = |share: f32| [0.0, (share / (1.0 - share)).ln()];
    let second_cell: Vec<f32> = [0.25, 0.5, 0.125, 0.375].into_iter().flat_map(logits_of).chain([-2.0, 1.5]).collect();
    // First cell: nothing is sure.
    second_cell.iter().flat_map(|&value| [-5.0, value]).collect()
}

#[test]
fn yolov8_cut_before_its_softmax_reads_both_layouts() {
    let kind = HeadKind::Yolov8 { strides: vec![8], bins: Some(2) };
    let head = Head::new(&kind, 16, 8, None).unwrap();
    let values = cut_values();
    let expected = [candidate(12.0 - 2.0, 4.0 - 4.0, 12.0 + 1.0, 4.0 + 3.0, 1.0 / (1.0 + (-1.5_f32).exp()), 1)];
    for shape in [vec![1, 10, 2], vec![1, 10, 1, 2]] {
        head.check(std::slice::from_ref(&shape)).unwrap();
        assert_near(&decoded(&head, &[Output { shape: &shape, values: &values }], 0.5), &expected);
    }
    assert_near(&decoded(&head, &[Output { shape: &[1, 10, 2], values: &values }], 0.9), &[]);
}

#[test]
fn a_net_of_another_shape_is_refused_with_both_shapes() {
    let yolox = Head::new(&HeadKind::Yolox { strides: vec![8, 16, 32] }, 416, 416, None).unwrap();
    yolox.check(&[vec![1, 3549, 85]]).unwrap();
    let error = yolox.check(&[vec![1, 8400, 85]]).unwrap_err().to_string();
    assert_eq!(error, "its outputs are [1, 8400, 85], and the head `yolox` needs one [1, 3549, 5 + classes]");
    let gfl = Head::new(&HeadKind::Gfl { strides: vec![8, 16, 32], bins: 8 }, 320, 320, None).unwrap();
    let scores = |cells| vec![1, cells, 80];
    let distances = |cells| vec![1, cells, 32];
    let shapes = [scores(1600), scores(400), scores(100), distances(1600), distances(400), distances(100)];
    gfl.check(&shapes).unwrap();
    for wrong in [&shapes[..5], &[], &[scores(1600), distances(1600)]] {
        gfl.check(wrong).unwrap_err();
    }
    for head in [Head::Lotcount, Head::Yolov5, Head::Yolov8Full] {
        head.check(&[vec![1, 4, 4]]).unwrap_err();
        head.check(&[]).unwrap_err();
    }
}

#[test]
fn priors_that_are_no_priors_are_refused() {
    let kind = HeadKind::Ssd { priors: "p.npy".to_owned() };
    assert!(matches!(Head::new(&kind, 256, 256, Some(b"PK")), Err(HeadError::Npy(_))));
    assert!(matches!(Head::new(&kind, 256, 256, None), Err(HeadError::Npy(_))));
}
