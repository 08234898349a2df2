//! A report as text for people, CSV for spreadsheets, JSON for programs.

use std::io::{self, Write};

use jiff::Zoned;
use serde_json::{Value, json};

use super::document::ReportDocument;
use super::totals::{local, table};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    Csv,
    Json,
}

impl ReportDocument {
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Text => self.write_text(out),
            Format::Csv => self.write_csv(out),
            Format::Json => {
                serde_json::to_writer_pretty(&mut *out, &self.to_json())?;
                writeln!(out)
            }
        }
    }

    /// One row per line and local hour: `start,end,camera,line,entries,exits`. Times carry their offset from UTC.
    fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(["start", "end", "camera", "line", "entries", "exits"])?;
        for row in &self.hours {
            csv.write_record([
                &rfc3339(&row.hour.start),
                &rfc3339(&row.hour.end),
                &no_formula(&row.camera),
                &no_formula(&row.line),
                &row.entries.to_string(),
                &row.exits.to_string(),
            ])?;
        }
        csv.flush()
    }

    fn to_json(&self) -> Value {
        json!({
            "schema": "lotcount.report/1",
            "site": self.site,
            "time_zone": self.time_zone,
            "period": self.period,
            "start": rfc3339(&self.start),
            "end": rfc3339(&self.end),
            "lots": self.lots.iter().map(|lot| json!({
                "lot": lot.lot, "entries": lot.entries, "exits": lot.exits,
            })).collect::<Vec<_>>(),
            "lines": self.lines.iter().map(|line| json!({
                "camera": line.camera, "line": line.line, "entries": line.entries, "exits": line.exits,
            })).collect::<Vec<_>>(),
            "hours": self.hours.iter().map(|row| json!({
                "start": rfc3339(&row.hour.start),
                "end": rfc3339(&row.hour.end),
                "camera": row.camera,
                "line": row.line,
                "entries": row.entries,
                "exits": row.exits,
            })).collect::<Vec<_>>(),
        })
    }

    /// Sums first, then the hours in which something crossed.
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}, {} ({})", self.site, self.period, self.time_zone)?;
        writeln!(out, "{} to {}\n", local(&self.start), local(&self.end))?;
        let mut lots = table(&["lot", "entries", "exits", "net"], &[1, 2, 3]);
        for row in &self.lots {
            lots.add_row([
                row.lot.clone(),
                row.entries.to_string(),
                row.exits.to_string(),
                net(row.entries, row.exits),
            ]);
        }
        writeln!(out, "{lots}\n")?;
        let mut lines = table(&["camera", "line", "entries", "exits", "net"], &[2, 3, 4]);
        for row in &self.lines {
            let counts = [row.entries.to_string(), row.exits.to_string(), net(row.entries, row.exits)];
            lines.add_row([row.camera.clone(), row.line.clone()].into_iter().chain(counts));
        }
        writeln!(out, "{lines}\n")?;
        let mut hours = table(&["from", "camera", "line", "entries", "exits"], &[3, 4]);
        for row in self.hours.iter().filter(|row| row.entries + row.exits > 0) {
            let counts = [row.entries.to_string(), row.exits.to_string()];
            hours.add_row([local(&row.hour.start), row.camera.clone(), row.line.clone()].into_iter().chain(counts));
        }
        writeln!(out, "{hours}")
    }
}

fn net(entries: u64, exits: u64) -> String {
    format!("{:+}", entries as i64 - exits as i64)
}

/// `2026-10-25T02:00:00+01:00`
pub fn rfc3339(moment: &Zoned) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A spreadsheet would run a cell that begins so as a formula; an apostrophe makes it text.
fn no_formula(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_become_formulas() {
        assert_eq!(no_formula("=HYPERLINK(\"http://x\")"), "'=HYPERLINK(\"http://x\")");
        assert_eq!(no_formula("gate"), "gate");
    }
}
