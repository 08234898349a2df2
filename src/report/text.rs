//! A report as text for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::alerts::write_alerts;
use super::completeness::duration;
use super::coverage::Coverage;
use super::document::ReportDocument;
use super::lots::{Inside, LotRow};
use super::observations::CountRow;
use super::tables::{
    bucket_table, counts, line_table, local, local_time, table, wrapped, write_left_out, write_legend,
};

/// Characters of a line of text.
const WIDTH: usize = 80;

impl ReportDocument {
    /// Sums first, then the steps that say something, then how complete all this is.
    pub(super) fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}, {} ({}, {})", self.site, self.period, self.time_zone, self.offsets_in_words())?;
        let revision = self.revision.map(|revision| format!(", revision {revision}")).unwrap_or_default();
        writeln!(out, "{} to {}{revision}\n", local(&self.start), local(&self.end))?;
        writeln!(out, "{}\n", self.volume_table())?;
        if self.lots.iter().any(|row| row.figures.inside.is_some()) {
            writeln!(out, "{}\n", self.occupancy_table())?;
            for row in &self.lots {
                for remark in row.remarks() {
                    writeln!(out, "{}: {remark}", row.figures.lot)?;
                }
            }
            writeln!(out)?;
        }
        let lines: Vec<CountRow> = self.lines.iter().map(|row| row.counts.clone()).collect();
        if !lines.is_empty() {
            writeln!(out, "{}\n", line_table(&lines))?;
        }
        if let Some(classes) = self.classes_in_words() {
            writeln!(out, "{}\n", wrapped(&classes, WIDTH))?;
        }
        let steps = bucket_table(&self.steps, if self.is_one_day() { local_time } else { local });
        if !steps.is_empty() {
            writeln!(out, "{steps}")?;
        }
        write_left_out(&self.steps, out)?;
        let rows = lines.iter().chain(&self.steps).map(|row| row.coverage);
        write_legend(&rows.chain(self.lots.iter().map(|row| row.figures.coverage)).collect::<Vec<_>>(), out)?;
        self.write_adjustments(out)?;
        write_alerts(&self.alerts, self.start.time_zone(), out)?;
        writeln!(out, "\n{}", wrapped(&self.completeness(), WIDTH))
    }

    pub fn is_one_day(&self) -> bool {
        self.start.date().tomorrow().ok() == Some(self.end.date())
    }

    /// `UTC+02:00`, or `UTC+01:00, from 2026-03-29 03:00 UTC+02:00`
    pub fn offsets_in_words(&self) -> String {
        let offset = |moment: &jiff::Zoned| moment.strftime("UTC%:z").to_string();
        let later = |moment: &jiff::Zoned| format!("from {} {}", moment.strftime("%Y-%m-%d %H:%M"), offset(moment));
        let words = self.offsets.iter().enumerate().map(|(index, (moment, _))| match index {
            0 => offset(moment),
            _ => later(moment),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    fn volume_table(&self) -> comfy_table::Table {
        let header = ["lot", "opening", "entries", "exits", "adjusted", "closing", "coverage"];
        let mut lots = table(&header, &[1, 2, 3, 4, 5, 6]);
        for row in &self.lots {
            let inside = |cell: fn(&Inside) -> String| row.figures.inside.as_ref().map_or(String::new(), cell);
            let [entries, exits, _, coverage] = counts(row.figures.entries, row.figures.exits, &row.figures.coverage);
            lots.add_row([
                indented(row),
                inside(|inside| inside.opening.to_string()),
                entries,
                exits,
                inside(|inside| if inside.adjusted == 0 { "0".to_owned() } else { format!("{:+}", inside.adjusted) }),
                inside(|inside| inside.closing.to_string()),
                coverage,
            ]);
        }
        lots
    }

    fn occupancy_table(&self) -> comfy_table::Table {
        let header = ["lot", "mean", "peak", "at", "of capacity", "stay", "turnover", "busiest hour"];
        let mut lots = table(&header, &[1, 2, 4, 5, 6]);
        let one_day = self.is_one_day();
        let time =
            |moment: &jiff::Zoned| moment.strftime(if one_day { "%H:%M" } else { "%Y-%m-%d\n%H:%M" }).to_string();
        for row in &self.lots {
            let Some(inside) = &row.figures.inside else { continue };
            let percent = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.0} %", share * 100.0));
            let busiest = row.busiest.as_ref().map_or("-".to_owned(), |busiest| {
                format!("{}: {}{}", time(&busiest.hour.start), busiest.volume, not_full(&busiest.coverage))
            });
            lots.add_row([
                indented(row),
                format!("{:.1}", inside.mean),
                inside.peak.to_string(),
                time(&inside.peak_at),
                format!("{} (peak {})", percent(inside.utilization), percent(inside.peak_utilization)),
                row.stay.map_or_else(|why| why.to_string(), |us| duration(us.unsigned_abs())),
                row.turnover.map_or("-".to_owned(), |turnover| format!("{turnover:.2}")),
                busiest,
            ]);
        }
        lots.set_width(WIDTH as u16);
        lots
    }

    /// `car 120 in, 118 out; van 3 in, 3 out`, over all lines.
    fn classes_in_words(&self) -> Option<String> {
        let mut classes: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for row in &self.classes {
            let sum = classes.entry(&row.class).or_default();
            *sum = (sum.0 + row.counts.entries, sum.1 + row.counts.exits);
        }
        let mut classes: Vec<(&str, (u64, u64))> = classes.into_iter().collect();
        classes.sort_by_key(|(_, (entries, exits))| std::cmp::Reverse(entries + exits));
        let words: Vec<String> = classes
            .iter()
            .map(|(class, (entries, exits))| format!("{class} {entries} entries, {exits} exits"))
            .collect();
        (!words.is_empty()).then(|| format!("over all lines: {}", words.join("; ")))
    }

    fn write_adjustments(&self, out: &mut dyn Write) -> io::Result<()> {
        for row in &self.adjustments {
            let told = if row.kind.is_absolute() { format!(" to {}", row.after) } else { String::new() };
            let at = self.local(row.at);
            let words = format!(
                "{} {}{told} ({:+}) at {} by {}: {}",
                row.lot,
                row.kind.name(),
                row.effect,
                if self.is_one_day() { local_time(&at) } else { local(&at) },
                row.who,
                row.why
            );
            writeln!(out, "{}", wrapped(&words, WIDTH))?;
        }
        Ok(())
    }
}

fn indented(row: &LotRow) -> String {
    format!("{}{}", "  ".repeat(row.depth), row.figures.lot)
}

/// Beside a figure whose own time was not observed in full.
fn not_full(coverage: &Coverage) -> String {
    if coverage.is_nearly_full() { String::new() } else { format!(" (observed {})", coverage.in_words()) }
}
