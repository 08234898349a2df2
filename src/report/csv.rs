//! A table of a report as CSV.

use std::io::{self, Write};

use super::formats::rfc3339;
use super::sheet::{Cell, Sheet, begins_as_formula};

impl Sheet {
    /// RFC 4180. Times carry their offset from UTC, lengths are in seconds, shares are 0..1; an empty cell is not known.
    pub fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(self.columns.iter().map(|column| column.key))?;
        for row in &self.rows {
            csv.write_record(row.iter().map(field))?;
        }
        csv.flush()
    }
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Empty | Cell::Blind => String::new(),
        // A spreadsheet would run it as a formula; an apostrophe makes it text.
        Cell::Text(text) if begins_as_formula(text) => format!("'{text}"),
        Cell::Text(text) => text.clone(),
        Cell::Count(number) | Cell::Change(number) => number.to_string(),
        Cell::Number(number) => format!("{number:.2}"),
        Cell::Share(share) => format!("{share:.4}"),
        Cell::Coverage(coverage) => coverage.share().map_or(String::new(), |share| format!("{share:.4}")),
        Cell::Moment(moment) => rfc3339(moment),
        Cell::Length(us) => (us / 1_000_000).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_become_formulas() {
        for (text, written) in [
            ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\"\n"),
            ("+1", "'+1\n"),
            ("-1", "'-1\n"),
            ("@SUM(1)", "'@SUM(1)\n"),
            ("\tx", "'\tx\n"),
            ("\rx", "\"'\rx\"\n"),
            ("gate", "gate\n"),
            ("a=b", "a=b\n"),
        ] {
            let mut sheet = Sheet::new("lots", "", &[("lot", "Lot")]);
            sheet.add([Cell::text(text)]);
            let mut out = Vec::new();
            sheet.write_csv(&mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), format!("lot\n{written}"));
        }
    }

    #[test]
    fn numbers_below_zero_stay_numbers() {
        assert_eq!((field(&Cell::Change(-4)), field(&Cell::Count(-4))), ("-4".to_owned(), "-4".to_owned()));
    }
}
