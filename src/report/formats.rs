//! The formats that a report can have.

use std::io::{self, Write};

use jiff::Zoned;

use super::document::ReportDocument;
use super::sheet::Cell;
use super::sheets::SheetName;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Tables for people.
    Text,
    /// One table: each counting line step by step.
    Csv,
    /// Everything, for programs.
    Json,
    /// A workbook with all tables.
    Xlsx,
    /// A page with charts, which needs nothing but itself.
    Html,
}

impl Format {
    /// Of a file's name; also what the format is called.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Xlsx => "xlsx",
            Self::Html => "html",
        }
    }
}

impl ReportDocument {
    pub fn write(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Text => self.write_text(out),
            Format::Csv => self.write_csv(SheetName::Steps, out),
            Format::Json => {
                serde_json::to_writer_pretty(&mut *out, &self.to_json())?;
                writeln!(out)
            }
            Format::Xlsx => out.write_all(&self.to_workbook().map_err(io::Error::other)?),
            Format::Html => out.write_all(self.to_page().as_bytes()),
        }
    }

    /// One of the tables.
    pub fn write_csv(&self, sheet: SheetName, out: &mut dyn Write) -> io::Result<()> {
        let mut sheet = self.sheet(sheet);
        if let Some(revision) = self.revision {
            sheet.append(("revision", "Revision"), Cell::Count(i64::from(revision)));
        }
        sheet.write_csv(out)
    }
}

/// `2026-10-25T02:00:00+01:00`
pub fn rfc3339(moment: &Zoned) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}
