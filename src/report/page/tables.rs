//! Tables of the page.

use maud::{Markup, html};

use super::chart::grouped;
use crate::report::completeness::duration;
use crate::report::coverage::percent;
use crate::report::sheet::{Cell, Sheet};

/// With a row for each row; its first column is what the row is about. Times are told without their date where all of it is
/// one day.
pub fn table(sheet: &Sheet, one_day: bool) -> Markup {
    let number = |index: usize| sheet.rows.iter().any(|row| row[index].is_number());
    html! {
        div.scroll tabindex="0" role="region" aria-label=(sheet.caption) {
            table {
                caption { (sheet.caption) }
                thead {
                    tr {
                        @for (index, column) in sheet.columns.iter().enumerate() {
                            th.number[number(index)] scope="col" { (column.title) }
                        }
                    }
                }
                tbody {
                    @for row in &sheet.rows {
                        tr {
                            @for (index, cell) in row.iter().enumerate() {
                                @if index == 0 {
                                    th scope="row" { (words(cell, one_day)) }
                                } @else {
                                    td.number[number(index)].blind[*cell == Cell::Blind] { (words(cell, one_day)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// With a column for each row, for tables of a few things and many figures.
pub fn turned_table(sheet: &Sheet, one_day: bool) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(sheet.caption) {
            table {
                caption { (sheet.caption) }
                thead {
                    tr {
                        th scope="col" { (sheet.columns[0].title) }
                        @for row in &sheet.rows { th.number scope="col" { (words(&row[0], one_day)) } }
                    }
                }
                tbody {
                    @for (index, column) in sheet.columns.iter().enumerate().skip(1) {
                        @if sheet.rows.iter().any(|row| !matches!(&row[index], Cell::Empty)) {
                            tr {
                                th scope="row" { (column.title) }
                                @for row in &sheet.rows { td.number { (words(&row[index], one_day)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A cell as a person reads it.
pub fn words(cell: &Cell, one_day: bool) -> String {
    match cell {
        Cell::Empty => "–".to_owned(),
        Cell::Blind => "blind".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Count(number) => grouped(*number),
        Cell::Change(0) => "0".to_owned(),
        Cell::Change(number) if *number > 0 => format!("+{}", grouped(*number)),
        Cell::Change(number) => grouped(*number),
        Cell::Number(number) => format!("{number:.1}").replace('-', "−"),
        Cell::Share(share) => format!("{:.1} %", share * 100.0).replace('-', "−"),
        Cell::Coverage(coverage) => coverage.observed().map_or_else(
            || coverage.in_words(),
            |share| format!("{}{}", percent(share), if coverage.is_degraded() { " *" } else { "" }),
        ),
        Cell::Moment(moment) => moment.strftime(if one_day { "%H:%M %:z" } else { "%Y-%m-%d %H:%M %:z" }).to_string(),
        Cell::Length(us) => duration(us.unsigned_abs()),
    }
}
