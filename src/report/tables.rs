//! Tables of text for people.

use std::collections::HashMap;
use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use jiff::Zoned;

use super::coverage::Coverage;
use super::observations::CountRow;

/// A plain table whose columns `right` hold numbers.
pub fn table(header: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    for &index in right {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Local time with its offset, so that the hour that comes twice is not mistaken: `2026-10-25 02:00 +01:00`.
pub fn local(moment: &Zoned) -> String {
    moment.strftime("%Y-%m-%d %H:%M %:z").to_string()
}

/// The same without the date.
pub fn local_time(moment: &Zoned) -> String {
    moment.strftime("%H:%M %:z").to_string()
}

/// Where something ends: midnight is the end of the day before.
fn local_end(moment: &Zoned, time: fn(&Zoned) -> String) -> String {
    let text = time(moment);
    if text.starts_with("00:00 ") { text.replacen("00:00 ", "24:00 ", 1) } else { text }
}

/// One row for each line.
pub fn line_table(rows: &[CountRow]) -> Table {
    let mut table = table(&["camera", "line", "entries", "exits", "net", "coverage"], &[2, 3, 4, 5]);
    for row in rows {
        let counts = counts(row.entries, row.exits, &row.coverage);
        table.add_row([row.camera.clone(), row.line.clone()].into_iter().chain(counts));
    }
    table
}

/// Entries, exits, net, coverage.
pub fn counts(entries: u64, exits: u64, coverage: &Coverage) -> [String; 4] {
    let net = format!("{:+}", entries as i64 - exits as i64);
    [
        coverage.count_in_words(entries),
        coverage.count_in_words(exits),
        coverage.count(0).map_or(String::new(), |_| net),
        coverage.in_words(),
    ]
}

/// The hours or days worth showing, with their time written as `time` does it.
pub fn bucket_table(rows: &[CountRow], time: fn(&Zoned) -> String) -> Table {
    let mut table = table(&["from", "camera", "line", "entries", "exits", "coverage"], &[3, 4, 5]);
    for (row, until) in worth_showing(rows) {
        let Some(bucket) = &row.bucket else { continue };
        let mut from = time(&bucket.start);
        if until != bucket.end {
            from.push_str(&format!("\nto {}", local_end(&until, time)));
        }
        let [entries, exits, _, coverage] = counts(row.entries, row.exits, &row.coverage);
        table.add_row([from, row.camera.clone(), row.line.clone(), entries, exits, coverage]);
    }
    table
}

/// Leaves out what was observed nearly in full without a car, and joins a line's blind buckets that follow one another:
/// each row with the end of the last bucket that it stands for.
fn worth_showing(rows: &[CountRow]) -> Vec<(&CountRow, Zoned)> {
    let mut shown: Vec<(&CountRow, Zoned)> = Vec::new();
    let mut blind: HashMap<(&str, &str), usize> = HashMap::new();
    for row in rows {
        let Some(bucket) = &row.bucket else { continue };
        let line = (row.camera.as_str(), row.line.as_str());
        let stretch = blind.remove(&line).filter(|_| row.coverage == Coverage::Blind);
        match stretch {
            Some(index) => shown[index].1 = bucket.end.clone(),
            None if row.entries + row.exits == 0 && row.coverage.is_nearly_full() => continue,
            None => shown.push((row, bucket.end.clone())),
        }
        if row.coverage == Coverage::Blind {
            blind.insert(line, stretch.unwrap_or(shown.len() - 1));
        }
    }
    shown
}

/// Explains the words and marks that these coverages showed, one line each.
pub fn write_legend(all: &[Coverage], out: &mut dyn Write) -> io::Result<()> {
    if all.contains(&Coverage::Blind) {
        writeln!(out, "blind: not observed; how many cars there were is not known, it is not 0")?;
    }
    if all.contains(&Coverage::Unknown) {
        writeln!(out, "unknown: counted by a version that did not keep coverage")?;
    }
    if all.iter().any(Coverage::is_degraded) {
        writeln!(out, "*: for a part of it there were too few looks to trust the counts")?;
    }
    Ok(())
}

/// What a table of buckets leaves out.
pub fn write_left_out(rows: &[CountRow], out: &mut dyn Write) -> io::Result<()> {
    if rows.iter().any(|row| row.entries + row.exits == 0 && row.coverage.is_nearly_full()) {
        writeln!(out, "left out: without a car, observed for 99 % or more")?;
    }
    Ok(())
}

/// Breaks a text between words into lines of at most so many characters; a longer word gets a line of its own.
pub fn wrapped(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::report::Bucket;
    use crate::report::coverage::Share;

    fn row(hour: i64, entries: u64, coverage: Coverage) -> CountRow {
        let start = jiff::Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC).checked_add(hour.hours()).unwrap();
        let end = start.checked_add(1.hour()).unwrap();
        let (camera, line) = ("north".to_owned(), "gate".to_owned());
        CountRow { bucket: Some(Bucket { start, end }), camera, line, entries, exits: 0, coverage }
    }

    fn observed(percent: u64, degraded: u64) -> Coverage {
        Coverage::new(Share { observed_us: percent, degraded_us: degraded, length_us: 100 }, true)
    }

    #[test]
    fn blind_hours_are_joined_and_quiet_ones_left_out() {
        let rows = [
            row(0, 0, Coverage::Blind),
            row(1, 0, Coverage::Blind),
            row(2, 3, observed(100, 0)),
            row(3, 0, observed(99, 0)),
            row(4, 0, observed(98, 0)),
            row(5, 0, observed(100, 1)),
            row(6, 0, Coverage::Blind),
            row(7, 0, observed(100, 0)),
            row(8, 0, Coverage::Blind),
        ];
        let shown: Vec<_> = worth_showing(&rows)
            .iter()
            .map(|(row, until)| (row.bucket.as_ref().unwrap().start.hour(), until.hour()))
            .collect();
        assert_eq!(shown, [(0, 2), (2, 3), (4, 5), (5, 6), (6, 7), (8, 9)]);
        let text = bucket_table(&rows, local_time).to_string();
        assert!(text.contains("to 02:00 +00:00") && text.contains("blind") && text.contains("*100.0 %"), "{text}");
        let mut legend = Vec::new();
        write_legend(&rows.map(|row| row.coverage), &mut legend).unwrap();
        assert_eq!(String::from_utf8(legend).unwrap().lines().count(), 2);
    }

    #[test]
    fn long_sentences_are_broken_between_words() {
        assert_eq!(wrapped("one two three abcdefghijkl four", 8), "one two\nthree\nabcdefghijkl\nfour");
    }
}
