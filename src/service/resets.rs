//! Resets that the configuration schedules: which are due.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use crate::config::{Config, Reset};
use crate::store::{AdjustmentKind, NewAdjustment, Told};
use crate::time::UtcMicros;

/// Resets of every lot. Each is given once; a key of its own keeps it from counting twice after a new start.
pub struct Resets {
    lots: Vec<(String, Vec<Reset>)>,
    zone: TimeZone,
    /// The latest that was given, by lot.
    given: HashMap<String, UtcMicros>,
}

impl Resets {
    pub fn of(config: &Config) -> Self {
        let lots = config.lots.iter().filter(|lot| !lot.resets.is_empty());
        let lots = lots.map(|lot| (lot.name.clone(), lot.resets.clone())).collect();
        Self { lots, zone: config.site.time_zone.clone(), given: HashMap::new() }
    }

    /// Those of a configuration that was read again. The time zone stays that of the start.
    pub fn follow(&mut self, new: Resets) {
        self.lots = new.lots;
    }

    /// What came due since it was asked last; the first time, the latest that came due before, since nobody may have been
    /// there to do it.
    pub fn due(&mut self, now: UtcMicros) -> Vec<NewAdjustment> {
        let Some(timestamp) = now.to_timestamp() else { return Vec::new() };
        let mut all = Vec::new();
        for (lot, resets) in &self.lots {
            let due = resets.iter().filter_map(|reset| Some((reset.latest(timestamp, &self.zone)?, reset)));
            let Some((due, reset)) = due.max_by_key(|(due, _)| due.at) else { continue };
            // A clock that was set back makes none come due again.
            if self.given.get(lot).is_some_and(|given| *given >= due.at) {
                continue;
            }
            self.given.insert(lot.clone(), due.at);
            let zone = self.zone.iana_name().unwrap_or("UTC");
            let time = due.local.strftime("%Y-%m-%dT%H:%M");
            all.push(NewAdjustment {
                uid: format!("reset {lot} {time} {zone}"),
                told: Told {
                    lot: lot.clone(),
                    kind: AdjustmentKind::Reset,
                    at: due.at,
                    number: i64::from(reset.overnight),
                    who: "schedule".to_owned(),
                    why: format!("reset of {} {zone}", due.local.strftime("%Y-%m-%d %H:%M")),
                    recorded: now,
                },
            });
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::TomlFile;

    fn resets(text: &str) -> Resets {
        let site = "[site]\nname = \"s\"\ntime_zone = \"Europe/Berlin\"\n[[lot]]\nname = \"main\"\n";
        let camera = "[[camera]]\nname = \"c\"\nsource = \"rtsp://192.0.2.1/\"\n[[camera.line]]\nname = \"gate\"\n\
                      a = [0.2, 0.5]\nb = [0.8, 0.5]\nentry = \"main\"\nexit = \"main\"\n";
        let file = TomlFile { path: "cameras.toml".into(), text: format!("{site}{text}{camera}") };
        Resets::of(&Config::from_file(file).unwrap_or_else(|report| panic!("{report}")).0)
    }

    fn uids(resets: &mut Resets, now: &str) -> Vec<String> {
        let now = UtcMicros::from(now.parse::<jiff::Timestamp>().unwrap());
        resets.due(now).into_iter().map(|new| format!("{} = {}", new.uid, new.told.number)).collect()
    }

    #[test]
    fn the_latest_that_was_missed_comes_first_and_then_each_once() {
        let mut resets =
            resets("[[lot.reset]]\nat = \"04:00\"\novernight = 3\n[[lot.reset]]\nat = \"22:00\"\ndays = [\"sun\"]\n");
        // Monday, 2026-06-15, 09:00 in Berlin.
        assert_eq!(uids(&mut resets, "2026-06-15T07:00:00Z"), ["reset main 2026-06-15T04:00 Europe/Berlin = 3"]);
        assert_eq!(uids(&mut resets, "2026-06-15T07:00:01Z"), [""; 0]);
        assert_eq!(uids(&mut resets, "2026-06-16T02:00:00Z"), ["reset main 2026-06-16T04:00 Europe/Berlin = 3"]);
        // The clock is set back by a day, and forth again.
        assert_eq!(uids(&mut resets, "2026-06-15T02:00:00Z"), [""; 0]);
        assert_eq!(uids(&mut resets, "2026-06-16T02:00:01Z"), [""; 0]);
        assert_eq!(uids(&mut resets, "2026-06-21T21:00:00Z"), ["reset main 2026-06-21T22:00 Europe/Berlin = 0"]);
    }
}
