//! A table of a report with typed cells: spreadsheets, CSV and pages all show the same ones.

use jiff::Zoned;

use super::buckets::Bucket;
use super::coverage::Coverage;

/// One value, in the unit that its kind says.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Not known, or it does not apply.
    Empty,
    /// A count that nobody made: it is not 0.
    Blind,
    /// A name or sentence, which may hold anything.
    Text(String),
    Count(i64),
    /// With a sign.
    Change(i64),
    /// One decimal is enough.
    Number(f64),
    /// 0..1, beyond it where a lot is fuller than full.
    Share(f64),
    /// Of the time that was observed, 0..1 in ten-thousandths, never rounded up.
    Coverage(Coverage),
    Moment(Zoned),
    /// microseconds
    Length(i64),
}

pub struct Column {
    /// For programs: `peak_at`.
    pub key: &'static str,
    /// For people.
    pub title: &'static str,
}

/// One table. Every row has a cell for each column.
pub struct Sheet {
    /// For programs and as a tab: `lots`.
    pub name: &'static str,
    pub caption: &'static str,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

impl Sheet {
    pub fn new(name: &'static str, caption: &'static str, columns: &[(&'static str, &'static str)]) -> Self {
        let columns = columns.iter().map(|&(key, title)| Column { key, title }).collect();
        Self { name, caption, columns, rows: Vec::new() }
    }

    pub fn add(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let row: Vec<Cell> = cells.into_iter().collect();
        debug_assert_eq!(row.len(), self.columns.len(), "{}", self.name);
        self.rows.push(row);
    }

    /// One column more, the same in every row.
    pub fn append(&mut self, (key, title): (&'static str, &'static str), cell: Cell) {
        self.columns.push(Column { key, title });
        for row in &mut self.rows {
            row.push(cell.clone());
        }
    }
}

impl Cell {
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A count, where somebody looked.
    pub fn counted(count: u64, coverage: &Coverage) -> Self {
        coverage.count(count).map_or(Self::Blind, |count| Self::Count(count as i64))
    }

    pub fn net(entries: u64, exits: u64, coverage: &Coverage) -> Self {
        coverage.count(0).map_or(Self::Empty, |_| Self::Change(entries as i64 - exits as i64))
    }

    pub fn some<T>(value: Option<T>, cell: impl Fn(T) -> Cell) -> Self {
        value.map_or(Self::Empty, cell)
    }

    /// Its beginning and its end.
    pub fn span(bucket: &Option<Bucket>) -> [Self; 2] {
        let moment = |of: fn(&Bucket) -> &Zoned| Self::some(bucket.as_ref(), |bucket| Self::Moment(of(bucket).clone()));
        [moment(|bucket| &bucket.start), moment(|bucket| &bucket.end)]
    }

    pub fn is_number(&self) -> bool {
        !matches!(self, Self::Empty | Self::Text(_) | Self::Moment(_))
    }
}

/// A spreadsheet would run a text that begins so as a formula.
pub fn begins_as_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
}
