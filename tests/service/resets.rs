//! Lots that are reset by the clock on the wall, also on the days on which it is changed.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use lotcount::config::Reset;
use lotcount::time::UtcMicros;

use super::ticking::{Blind, Stage, config};

/// Microseconds from the computer's clock to this moment.
fn offset_to(moment: &str) -> i64 {
    UtcMicros::from(moment.parse::<jiff::Timestamp>().unwrap()).0 - UtcMicros::now().0
}

/// A lot in Berlin that is reset at this time of every day, and a camera at its gate.
fn stage(at: &str, now: &str) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path(), &[("north", 0.1)]);
    config.site.time_zone = TimeZone::get("Europe/Berlin").unwrap();
    let days = Weekday::Monday.cycle_forward().take(7).collect();
    config.lots[0].resets.push(Reset { at: at.parse().unwrap(), days, overnight: 7 });
    Stage::of(folder, config, Arc::new(Blind), 0, offset_to(now))
}

impl Stage {
    fn it_is(&self, moment: &str) {
        self.clock.offset_us.store(offset_to(moment), Ordering::SeqCst);
    }

    /// Until the tracker has looked at its clock again: of every step forward it writes a gap.
    fn looked(&mut self) {
        let gaps = self.count("gap WHERE reason = 'clock-set'");
        self.until("the clock is looked at", |stage| {
            stage.clock.offset_us.fetch_add(1_500_000, Ordering::SeqCst);
            stage.count("gap WHERE reason = 'clock-set'") > gaps + 1
        });
    }
}

#[test]
fn a_reset_is_done_when_it_is_due_and_only_then() {
    let mut stage = stage("02:30", "2026-03-28T12:00:00Z");
    stage.until("it is counted", |stage| stage.sessions("north") == 1);
    assert_eq!(stage.count("adjustment"), 0, "that of this morning came before anybody watched");
    // On this day there is no 02:30: at 03:30 it is an hour later than usual.
    stage.it_is("2026-03-29T00:31:00Z");
    stage.until("the step is noticed", |stage| stage.count("gap WHERE reason = 'clock-set'") == 1);
    assert_eq!(stage.count("adjustment"), 0);
    stage.it_is("2026-03-29T01:30:01Z");
    stage.until("it is reset", |stage| stage.count("adjustment") == 1);
    // On this one it comes twice: the first time.
    stage.it_is("2026-10-25T00:30:01Z");
    stage.until("it is reset again", |stage| stage.count("adjustment") == 2);
    stage.it_is("2026-10-25T01:30:01Z");
    stage.looked();
    // A clock that is set back does nothing again.
    stage.it_is("2026-03-29T12:00:00Z");
    stage.looked();
    stage.stop.request();
    let folder = stage.folder;
    stage.service.wait();
    let sql = rusqlite::Connection::open(folder.path().join("lotcount.db")).unwrap();
    let told: String = sql
        .query_row(
            "SELECT group_concat(at_utc || ' ' || after || ' ' || who, '; ') FROM adjustment_detail",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(told, "2026-03-29T01:30:00.000Z 7 schedule; 2026-10-25T00:30:00.000Z 7 schedule");
}
