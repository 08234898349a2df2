//! What is done each day beside the counting, by a clock that is set by hand.
#![cfg(feature = "video")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use lotcount::config::Config;
use lotcount::diagnostics::TomlFile;
use lotcount::service::{StopToken, Upkeep};
use lotcount::time::{Clock, UtcMicros};

use crate::place::{DAY_US, Kind, MINUTE_US, Place, SEVEN, cross, session};

#[derive(Default)]
struct Manual {
    now: AtomicI64,
    /// What the computer's clock is wrong by.
    step: AtomicI64,
}

impl Clock for Manual {
    fn now(&self) -> UtcMicros {
        UtcMicros(SEVEN.0 + self.now.load(Ordering::SeqCst))
    }

    fn wall(&self, moment: UtcMicros) -> UtcMicros {
        UtcMicros(moment.0 + self.step.load(Ordering::SeqCst))
    }
}

fn upkeep(place: &Place) -> (Upkeep, Arc<Manual>, StopToken) {
    let text = "[site]\nname = \"s\"\ntime_zone = \"UTC\"\nkeep_days = 2\nbackups_kept = 3\n[[lot]]\nname = \"main\"\n\
                [[camera]]\nname = \"c\"\nsource = \"rtsp://192.0.2.1/\"\n[[camera.line]]\nname = \"gate\"\n\
                a = [0.1, 0.5]\nb = [0.9, 0.5]\nentry = \"main\"\nexit = \"main\"\n";
    let file = TomlFile { path: "cameras.toml".into(), text: text.to_owned() };
    let mut config = Config::from_file(file).unwrap_or_else(|report| panic!("{report}")).0;
    config.site.database = place.path.clone();
    config.site.backup_folder = place.backups.path().to_owned();
    let (clock, stop) = (Arc::new(Manual::default()), StopToken::default());
    (Upkeep::new(&config, Arc::clone(&clock) as Arc<dyn Clock>, stop.clone()), clock, stop)
}

fn backups(place: &Place) -> usize {
    if place.backups.path().is_dir() { place.backup_names().len() } else { 0 }
}

#[test]
fn ten_days() {
    let place = Place::with_site();
    let (mut upkeep, clock, _) = upkeep(&place);
    upkeep.look();
    assert_eq!(backups(&place), 0, "there is nothing to back up yet");
    let connection = place.open().connection;
    let live = session(&connection, 1, Kind::Live, SEVEN.0);
    for quarter in 0..10 * 96 {
        clock.now.store(quarter * 15 * MINUTE_US, Ordering::SeqCst);
        if quarter % 48 == 0 {
            cross(&connection, live, 1, true, clock.now().0);
        }
        upkeep.look();
        assert_eq!(backups(&place) as i64, (1 + quarter / 96).min(3), "quarter {quarter}");
        assert!(place.crossings() <= 3 * 2, "quarter {quarter}");
    }
    assert_eq!(place.reader().occupancy().unwrap()[1].inside, 10 * 2);
    let last = &place.backups.newest_first(clock.now()).unwrap()[0];
    assert_eq!(last.made, UtcMicros(SEVEN.0 + 9 * DAY_US));
    drop(connection);
}

#[test]
fn what_fails_is_tried_again_after_an_hour_and_the_rest_goes_on() {
    let place = Place::with_site();
    let live = session(&place.sql(), 1, Kind::Live, SEVEN.0);
    cross(&place.sql(), live, 1, true, SEVEN.0 - 5 * DAY_US);
    // A file where the folder should be.
    std::fs::write(place.backups.path(), "").unwrap();
    let (mut upkeep, clock, _) = upkeep(&place);
    upkeep.look();
    assert_eq!(place.crossings(), 0, "old rows go though no backup can be made");
    std::fs::remove_file(place.backups.path()).unwrap();
    clock.now.store(59 * MINUTE_US, Ordering::SeqCst);
    upkeep.look();
    assert_eq!(backups(&place), 0);
    clock.now.store(60 * MINUTE_US, Ordering::SeqCst);
    upkeep.look();
    assert_eq!(backups(&place), 1);
}

#[test]
fn a_clock_that_is_set_back_by_ten_years_does_not_end_the_backups() {
    let place = Place::with_site();
    let live = session(&place.sql(), 1, Kind::Live, SEVEN.0);
    cross(&place.sql(), live, 1, true, SEVEN.0);
    let (mut upkeep, clock, _) = upkeep(&place);
    upkeep.look();
    clock.step.store(-3650 * DAY_US, Ordering::SeqCst);
    upkeep.look();
    assert_eq!(backups(&place), 2);
}

#[test]
fn a_stop_ends_the_thread() {
    let place = Place::with_site();
    let (upkeep, _, stop) = upkeep(&place);
    let thread = std::thread::spawn(move || upkeep.run());
    stop.request();
    thread.join().unwrap();
}

#[test]
fn a_wal_file_that_somebody_let_grow_is_cut() {
    let place = Place::with_site();
    let (mut upkeep, clock, _) = upkeep(&place);
    let writer = place.sql();
    writer.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
    writer.execute_batch("CREATE TABLE ballast (bytes BLOB); INSERT INTO ballast VALUES (zeroblob(70000000))").unwrap();
    let reader = place.sql();
    reader.execute_batch("BEGIN; SELECT * FROM run").unwrap();
    let wal = || lotcount::store::wal_bytes(&place.path).unwrap();
    writer.execute_batch("DELETE FROM ballast").unwrap();
    upkeep.look();
    assert!(wal() > 64 << 20, "it was cut under somebody who reads");
    reader.execute_batch("COMMIT").unwrap();
    clock.now.store(60 * MINUTE_US, Ordering::SeqCst);
    upkeep.look();
    assert_eq!(wal(), 0);
}
