//! The sentence that a report ends with: how complete it is, and what is missing.

use jiff::Zoned;
use jiff::tz::TimeZone;

use super::coverage::{Share, percent};
use super::document::{CameraRow, ReportDocument};
use crate::store::Gap;
use crate::time::UtcMicros;

/// So many gaps or cameras are named; of the rest only the number.
const NAMED: usize = 10;
/// Less than this without a reason is the machine's own breathing, microseconds.
const WORTH_TELLING_US: u64 = 60_000_000;

impl ReportDocument {
    /// Share of the cameras' time that was observed. `None`: there is no camera, or nothing is known of its coverage.
    pub fn complete(&self) -> Option<Share> {
        let shares: Vec<Share> = self.cameras.iter().filter_map(|camera| self.share(camera)).collect();
        (!shares.is_empty()).then(|| Share {
            observed_us: shares.iter().map(|share| share.observed_us).sum(),
            degraded_us: shares.iter().map(|share| share.degraded_us).sum(),
            length_us: shares.iter().map(|share| share.length_us).sum(),
        })
    }

    fn share(&self, camera: &CameraRow) -> Option<Share> {
        let blind = Share { observed_us: 0, degraded_us: 0, length_us: self.length_us() };
        camera.coverage.share().map(|_| camera.coverage.observed().unwrap_or(blind))
    }

    /// `complete for 98.7 % of the period; 1 gap: north-gate 14:02:10-14:09:31 stalled: no frame within 5 s`
    pub fn completeness(&self) -> String {
        if self.cameras.is_empty() {
            return "no camera was in service in this period".to_owned();
        }
        let mut parts = vec![self.headline()];
        let unknown: Vec<String> =
            self.cameras.iter().filter(|camera| self.share(camera).is_none()).map(|row| row.camera.clone()).collect();
        if !unknown.is_empty() && unknown.len() < self.cameras.len() {
            parts.push(format!("not known of {}", listed(&unknown, ", ")));
        }
        let unexplained = self.unexplained();
        if !self.gaps.is_empty() {
            parts.push(self.gaps_in_words());
        } else if unexplained.is_empty() {
            parts.push("no gaps".to_owned());
        }
        if !unexplained.is_empty() {
            let colon = if self.cameras.len() > 1 { ":" } else { "" };
            parts.push(format!("observed{colon} {}", listed(&unexplained, ", ")));
        }
        parts.join("; ")
    }

    fn headline(&self) -> String {
        let Some(complete) = self.complete() else {
            return "how complete this is is not known".to_owned();
        };
        let mut words = format!("complete for {} of the period", percent(complete));
        let known = || self.cameras.iter().filter_map(|camera| Some((self.share(camera)?, &camera.camera)));
        let number = known().count();
        if number > 1
            && let Some((share, camera)) = known().min_by_key(|(share, _)| share.observed_us)
        {
            words.push_str(&format!(" (mean of {number} cameras; least: {camera} {})", percent(share)));
        }
        words
    }

    /// The longest first.
    fn gaps_in_words(&self) -> String {
        let mut gaps: Vec<&Gap> = self.gaps.iter().collect();
        gaps.sort_by_key(|gap| (std::cmp::Reverse(length(gap)), gap.from, gap.camera.clone()));
        let number = gaps.len();
        let noun = if number == 1 { "gap" } else { "gaps" };
        let named: Vec<String> = gaps
            .iter()
            .take(NAMED)
            .map(|gap| format!("{} {} {}: {}", gap.camera, self.span(gap), gap.reason, gap.detail))
            .collect();
        let mut words = format!("{number} {noun}: {}", named.join("; "));
        if number > NAMED {
            let rest = gaps[NAMED..].iter().map(|gap| length(gap)).sum();
            words.push_str(&format!("; and {} more: total {}", number - NAMED, duration(rest)));
        }
        words
    }

    /// Cameras whose time was neither observed nor given a reason for: recordings, and what lies beyond the last moment
    /// that is known.
    fn unexplained(&self) -> Vec<String> {
        let of_camera = |camera: &CameraRow| {
            let share = self.share(camera)?;
            let gaps = union(self.gaps.iter().filter(|gap| gap.camera == camera.camera));
            let rest = share.length_us.saturating_sub(share.observed_us).saturating_sub(gaps);
            let name = if self.cameras.len() > 1 { format!("{} ", camera.camera) } else { String::new() };
            (rest > WORTH_TELLING_US)
                .then(|| format!("{name}{} of {}", duration(share.observed_us), duration(share.length_us)))
        };
        self.cameras.iter().filter_map(of_camera).collect()
    }

    /// `14:02:10-14:09:31`, with dates in periods of several days, with offsets where the clocks were changed.
    fn span(&self, gap: &Gap) -> String {
        let zone = self.start.time_zone();
        let several_days = self.start.date().tomorrow().ok() != Some(self.end.date());
        let changed = self.start.offset() != self.end.offset();
        let (from, until) = (local(gap.from, zone), local(gap.until, zone));
        // The midnight after a day is the day's own end.
        let ends_with_day = Some(until.date()) == from.date().tomorrow().ok() && until.time() == Default::default();
        let clock = match (ends_with_day, changed) {
            (true, _) => "24:00:00".to_owned(),
            (false, true) => until.strftime("%H:%M:%S%:z").to_string(),
            (false, false) => until.strftime("%H:%M:%S").to_string(),
        };
        let start = from.strftime(if changed { "%H:%M:%S%:z" } else { "%H:%M:%S" });
        if !several_days {
            format!("{start}-{clock}")
        } else if from.date() == until.date() || ends_with_day {
            format!("{} {start}-{clock}", from.date())
        } else {
            format!("{} {start} to {} {clock}", from.date(), until.date())
        }
    }
}

fn local(moment: UtcMicros, zone: &TimeZone) -> Zoned {
    moment.to_timestamp().unwrap_or_default().to_zoned(zone.clone())
}

/// microseconds
fn length(gap: &Gap) -> u64 {
    u64::try_from(gap.until.0 - gap.from.0).unwrap_or(0)
}

/// Microseconds in which at least one of these gaps lasted. They come in order of their beginning.
fn union<'a>(gaps: impl Iterator<Item = &'a Gap>) -> u64 {
    let mut reached = UtcMicros(i64::MIN);
    let mut sum = 0;
    for gap in gaps.filter(|gap| gap.until > gap.from) {
        let from = gap.from.max(reached);
        sum += u64::try_from(gap.until.0 - from.0).unwrap_or(0);
        reached = reached.max(gap.until);
    }
    sum
}

fn listed(all: &[String], separator: &str) -> String {
    let mut words = all[..all.len().min(NAMED)].join(separator);
    if all.len() > NAMED {
        words.push_str(&format!("{separator}and {} more cameras", all.len() - NAMED));
    }
    words
}

/// In its two largest units: `1 min 20 s`, `24 h`, `2 d 3 h`.
pub fn duration(us: u64) -> String {
    let seconds = us / 1_000_000;
    if seconds == 0 && us > 0 {
        return "less than 1 s".to_owned();
    }
    // A whole day is 24 h, so that days of 23 and 25 h are told apart from it.
    let units = if seconds > 25 * 3600 {
        [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min")]
    } else {
        [(seconds / 3600, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")]
    };
    let first = units.iter().position(|(number, _)| *number > 0).unwrap_or(2);
    let words = units[first..].iter().take(2).filter(|(number, _)| *number > 0);
    let words: Vec<String> = words.map(|(number, unit)| format!("{number} {unit}")).collect();
    if words.is_empty() { "0 s".to_owned() } else { words.join(" ") }
}
