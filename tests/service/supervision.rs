//! Calls that hang, configurations that are read again, clocks that are set, a tracker that panics.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use lotcount::service::State;

use super::ticking::{Blind, Stage, config};

fn state(stage: &Stage, camera: &str) -> Option<State> {
    stage.service.cameras().find(|(name, _)| *name == camera).map(|(_, activity)| activity.state())
}

#[test]
fn a_call_that_hangs_is_left_behind_and_what_it_brings_late_is_ignored() {
    let mut stage = Stage::new(&[("stuck", 0.1), ("well", 0.1)], 2);
    stage.until("it is said to have failed", |stage| matches!(state(stage, "stuck"), Some(State::Failed(_))));
    stage.until("a successor counts", |stage| stage.sessions("stuck") == 1);
    stage.openings.let_go();
    stage.until("the late ones leave", |stage| stage.openings.late_sources_closed.load(Ordering::SeqCst) == 2);
    assert_eq!(stage.openings.late_frames.load(Ordering::SeqCst), 0, "they read nothing");
    assert_eq!((stage.sessions("stuck"), stage.sessions("well")), (1, 1), "nobody else noticed");
    assert_eq!(state(&stage, "stuck"), Some(State::Counting));
    stage.until("the gap says why", |stage| stage.count("gap WHERE reason = 'hung'") == 1);
    stage.stop.request();
    let ended = stage.service.wait();
    assert!(ended.failed.is_empty(), "{ended:?}");
}

#[test]
fn only_so_many_threads_are_left_behind() {
    let mut stage = Stage::new(&[("stuck", 0.1), ("well", 0.1)], u64::MAX);
    stage.until("it is given up", |stage| state(stage, "stuck").is_none());
    assert_eq!(u64::MAX - stage.openings.hangs.load(Ordering::SeqCst), 4);
    stage.until("the other goes on", |stage| stage.sessions("well") == 1);
    stage.stop.request();
    let ended = stage.service.wait();
    assert_eq!(ended.failed.len(), 1);
    assert!(ended.failed[0].1.contains("hung"), "{ended:?}");
}

#[test]
fn a_stop_does_not_wait_for_an_opening() {
    let mut stage = Stage::new(&[("stuck", 0.1)], u64::MAX);
    stage.until("it is being opened", |stage| stage.openings.hangs.load(Ordering::SeqCst) < u64::MAX);
    stage.stop.request();
    let ended = stage.service.wait();
    assert!(ended.failed.is_empty() && ended.kept.unsaved.is_none(), "{ended:?}");
}

#[test]
fn a_new_configuration_touches_only_what_it_changes() {
    let mut stage = Stage::new(&[("same", 0.1), ("moved", 0.1), ("gone", 0.1)], 0);
    stage.until("all are counted", |stage| ["same", "moved", "gone"].iter().all(|name| stage.sessions(name) == 1));
    let new = config(stage.folder.path(), &[("same", 0.1), ("moved", 0.2), ("new", 0.1)]);
    let touched = stage.service.reload(&new, Arc::new(Blind)).unwrap();
    assert_eq!(touched, ["gone", "moved", "new"]);
    let again = stage.service.reload(&new, Arc::new(Blind)).unwrap();
    assert!(again.is_empty(), "nothing changed, though what was stopped has not ended: {again:?}");
    stage.until("it is followed", |stage| stage.sessions("new") == 1 && stage.sessions("moved") == 2);
    stage.until("the old ones have ended", |stage| stage.count("session WHERE ended_at_us IS NOT NULL") == 2);
    assert_eq!((stage.sessions("same"), stage.sessions("gone")), (1, 1));
    assert_eq!(stage.count("line WHERE name = 'gate'"), 5, "the moved line is a new version");
    stage.until("its threads have gone", |stage| state(stage, "gone").is_none());
    stage.stop.request();
    stage.service.wait();
}

#[test]
fn a_clock_that_is_set_moves_rows_and_bends_no_duration() {
    const HOUR_US: i64 = 3_600_000_000;
    let mut stage = Stage::new(&[("north", 0.1)], 0);
    stage.until("it is counted", |stage| stage.sessions("north") == 1);
    stage.clock.offset_us.store(HOUR_US, Ordering::SeqCst);
    stage.until("the step is noticed", |stage| stage.count("gap WHERE reason = 'clock-set'") == 1);
    let sql = "SELECT until_us - from_us FROM gap WHERE reason = 'clock-set'";
    let length: i64 = stage.sql().query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(length, HOUR_US);
    for offset in [-HOUR_US, -1_700_000_000_000_000, 10 * 365 * 24 * HOUR_US, 0] {
        stage.clock.offset_us.store(offset, Ordering::SeqCst);
        stage.service.tend(std::time::Duration::from_millis(100));
    }
    stage.stop.request();
    let folder = stage.folder;
    let ended = stage.service.wait();
    assert!(ended.kept.database.is_none(), "{ended:?}");
    let database = rusqlite::Connection::open(folder.path().join("lotcount.db")).unwrap();
    let count = |what: &str| -> i64 {
        database.query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count("gap WHERE until_us < from_us"), 0);
    assert_eq!(count("coverage WHERE observed_us < 0 OR observed_us > 60000000 OR until_us < minute_us"), 0);
    assert_eq!(count("session"), 1, "a clock that is set ends no session");
}

#[test]
fn a_tracker_that_panics_stops_the_service_and_says_so() {
    let mut stage = Stage::new(&[("north", 0.1)], 0);
    stage.until("it is counted", |stage| stage.sessions("north") == 1);
    stage.clock.breaks_tracker.store(true, Ordering::SeqCst);
    stage.until("the service stops itself", |stage| stage.stop.is_requested());
    let ended = stage.service.wait();
    assert!(ended.kept.panicked && ended.kept.unsaved.is_none(), "{ended:?}");
}
