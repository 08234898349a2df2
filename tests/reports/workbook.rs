//! Workbooks, read back as a spreadsheet program reads them.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use lotcount::report::{Format, ReportDocument};

use crate::golden;

fn bytes(document: &ReportDocument) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.write(Format::Xlsx, &mut bytes).unwrap();
    bytes
}

/// Every cell with its type: `text "x"`, `number 3`, `time 46188.25`.
pub fn cells(document: &ReportDocument) -> String {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes(document))).unwrap();
    let mut text = String::new();
    for name in workbook.sheet_names() {
        text.push_str(&format!("# {name}\n"));
        let range = workbook.worksheet_range(&name).unwrap();
        for row in range.rows() {
            let cells: Vec<String> = row.iter().map(cell).collect();
            text.push_str(cells.join(" | ").trim_end());
            text.push('\n');
        }
    }
    text
}

fn cell(data: &Data) -> String {
    match data {
        Data::Empty => "-".to_owned(),
        Data::String(text) => format!("{text:?}"),
        Data::Float(number) => format!("{number}"),
        Data::DateTime(time) => format!("time {:.6}", time.as_f64()),
        other => format!("{other:?}"),
    }
}

#[test]
fn numbers_are_numbers_and_times_are_times() {
    let text = cells(&golden::normal_day());
    for tab in [
        "summary",
        "lots",
        "lines",
        "cameras",
        "classes",
        "lot-steps",
        "steps",
        "camera-steps",
        "class-steps",
        "gaps",
        "adjustments",
        "alerts",
    ] {
        assert!(text.contains(&format!("# {tab}\n")), "no tab {tab}");
    }
    // 46188 is 2026-06-15; at seven 21 came and 3 went.
    let seven =
        text.lines().find(|line| line.starts_with("time 46188.291667 | \"+02:00\"") && line.contains("\"gate\""));
    assert!(seven.is_some_and(|line| line.contains("| 21 | 3 | 1 | 0")), "{seven:?}");
}

/// A name that would be a formula is a text, marked so that it stays one; no cell has a formula.
#[test]
fn names_never_become_formulas() {
    let document = golden::day_with_adjustments();
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes(&document))).unwrap();
    for name in workbook.sheet_names() {
        let formulas = workbook.worksheet_formula(&name).unwrap();
        assert_eq!(formulas.used_cells().count(), 0, "{name}");
    }
    let text = cells(&document);
    assert!(text.contains("\"=Deck\"") && text.contains("\"=counted by hand, \\\"twice\\\"\""), "{text}");
    let mut csv = Vec::new();
    document.write_csv(lotcount::report::SheetName::Adjustments, &mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    assert!(csv.contains(",'=Deck,") && csv.contains("\"'=counted by hand, \"\"twice\"\"\""), "{csv}");
    assert!(csv.contains("'+3 that came"), "{csv}");
}

/// Neither the time of making nor the machine is in it: not in the files' times, not in the properties.
#[test]
fn the_same_rows_give_the_same_bytes() {
    let (one, other) = (bytes(&golden::normal_day()), bytes(&golden::normal_day()));
    assert_eq!(one, other);
    let mut entries = 0;
    for at in 0..one.len() - 14 {
        if one[at..].starts_with(b"PK\x03\x04") {
            entries += 1;
            // MS-DOS time and date: midnight of 1 January 1980.
            assert_eq!(&one[at + 10..at + 14], [0, 0, 0x21, 0], "a file of the archive has another time");
        }
    }
    assert!(entries > 10, "{entries}");
}
