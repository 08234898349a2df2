//! What SQLite itself holds to: rows that are only ever added, quarters that are divided, numbers that come late.

use std::time::Duration;

use lotcount::count::Direction::{Entry, Exit};
use lotcount::store::{AdjustmentKind, Filter, Halt, StoreError, retain};
use lotcount::time::UtcMicros;

use crate::site::{DAY, MIDNIGHT, QUARTER, SECOND, Site};

const NOON: i64 = MIDNIGHT + 48 * QUARTER;

#[test]
fn nobody_changes_or_removes_what_was_told() {
    let site = Site::new();
    site.set("main", 7, NOON);
    let sql = site.sql();
    for statement in [
        "UPDATE adjustment SET after = 8, amount = 8",
        "UPDATE OR REPLACE adjustment SET why = ''",
        "DELETE FROM adjustment",
        "DELETE FROM lot WHERE name = 'main'",
    ] {
        let error = sql.execute_batch(statement).unwrap_err().to_string();
        assert!(error.contains("never") || error.contains("FOREIGN KEY"), "{statement}: {error}");
    }
    // SQLite would remove the old row without asking the trigger that forbids it.
    for statement in [
        "INSERT OR REPLACE INTO adjustment SELECT id, uid, lot_id, kind, at_us, 9, before, before + 9, who, why, 0 FROM adjustment",
        "REPLACE INTO adjustment SELECT id, 'other', lot_id, kind, at_us, 9, before, before + 9, who, why, 0 FROM adjustment",
        "REPLACE INTO adjustment SELECT NULL, uid, lot_id, kind, at_us, 9, before, before + 9, who, why, 0 FROM adjustment",
    ] {
        assert_eq!(sql.execute(statement, []).unwrap(), 0, "{statement}");
    }
    assert_eq!(site.number("SELECT count(*) FROM adjustment WHERE after = 7"), 1);
    for wrong in ["amount = 3", "kind = 'guess'"] {
        let (column, value) = wrong.split_once(" = ").unwrap();
        let columns = ["'x'", "1", "'set'", "0", "7", "0", "7", "''", "''", "0"];
        let names = ["uid", "lot_id", "kind", "at_us", "amount", "before", "after", "who", "why", "recorded_at_us"];
        let values = names.iter().zip(columns).map(|(name, usual)| if *name == column { value } else { usual });
        let values = values.collect::<Vec<_>>().join(", ");
        let error = sql.execute(&format!("INSERT INTO adjustment VALUES (NULL, {values})"), []).unwrap_err();
        assert!(error.to_string().contains("CHECK constraint"), "{error}");
    }
}

#[test]
fn crossings_of_the_very_moment_come_after_it() {
    let mut site = Site::new();
    let at = NOON + 100 * SECOND;
    site.cross("gate", Entry, at - 1);
    site.cross("gate", Entry, at);
    site.set("main", 20, at);
    assert_eq!(site.inside("main"), 21);
    site.cross("gate", Exit, at);
    site.cross("gate", Entry, at - 1);
    assert_eq!(site.inside("main"), 20, "one after, one late from before");
    let row = &site.reader().adjustments(&Filter::default()).unwrap()[0];
    assert_eq!((row.before, row.amount), (1, 19), "as it was recorded");
    assert_eq!((row.counted, row.effect), (Some(2), 18), "as it is known now");
}

#[test]
fn what_was_told_in_the_past_changes_nothing_that_was_told_later() {
    let mut site = Site::new();
    site.set("main", 20, NOON);
    site.cross("gate", Entry, NOON + SECOND);
    let late = site.set("main", 9, NOON - DAY);
    assert_eq!(late.kind, AdjustmentKind::Opening);
    assert_eq!(site.inside("main"), 21);
    let rows = site.reader().adjustments(&Filter::default()).unwrap();
    assert_eq!(rows.iter().map(|row| row.effect).collect::<Vec<_>>(), [9, 11]);
    assert_eq!((rows[0].previous, rows[1].previous), (None, Some(UtcMicros(NOON - DAY))));
}

#[test]
fn a_quarter_of_which_only_a_total_is_left_is_not_divided() {
    let mut site = Site::new();
    site.cross("gate", Entry, NOON + 10 * SECOND);
    site.cross("way-in", Entry, NOON + DAY);
    retain(&site.path, 2, UtcMicros(MIDNIGHT + 3 * DAY), Duration::ZERO, &Halt::never()).unwrap();
    let error = site.adjust("deck", AdjustmentKind::Set, 3, NOON + 5 * SECOND).unwrap_err();
    assert!(matches!(error, StoreError::TotalOnly { .. }), "{error}");
    let text = error.to_string();
    assert!(text.ends_with("2026-06-15T12:00:00Z or 2026-06-15T12:15:00Z"), "{text}");
    // By hand neither.
    let by_hand =
        format!("INSERT INTO adjustment VALUES (NULL, 'x', 1, 'set', {}, 1, 0, 1, '', '', 0)", NOON + 5 * SECOND);
    assert!(site.sql().execute_batch(&by_hand).unwrap_err().to_string().contains("kept as a total only"));
    // The schedule leaves it out, and counting goes on.
    site.reset("reset", "main", 0, NOON + 5 * SECOND);
    assert_eq!(site.number("SELECT count(*) FROM adjustment"), 0);
    site.set("main", 4, NOON);
    assert_eq!(site.inside("main"), 5);
    site.adjust("main", AdjustmentKind::Adjust, -1, NOON + 5 * SECOND).unwrap();
    assert_eq!(site.inside("main"), 4);
}

#[test]
fn a_reset_is_done_once_and_not_before_anything_is_known() {
    let mut site = Site::new();
    for _ in 0..2 {
        site.reset("reset main", "main", 2, NOON);
    }
    site.cross("gate", Entry, NOON + SECOND);
    site.reset("reset main", "main", 9, NOON + 2 * SECOND);
    assert_eq!((site.inside("main"), site.number("SELECT count(*) FROM adjustment")), (3, 1));
    site.reset("reset before", "main", 0, MIDNIGHT - SECOND);
    site.reset("reset of nothing", "nowhere", 0, NOON);
    assert_eq!(site.number("SELECT count(*) FROM adjustment"), 1);
}

/// A computer that began in the year 2036 does what is due there; that is no reason to show nothing else from now on.
#[test]
fn what_is_dated_after_now_does_not_count_yet() {
    let mut site = Site::new();
    site.set("main", 20, NOON);
    let far = UtcMicros::now().0 + 3650 * DAY;
    site.reset("reset of 2036", "main", 0, far);
    site.adjust("main", AdjustmentKind::Adjust, 5, far + 1).unwrap();
    site.cross("gate", Entry, NOON + SECOND);
    assert_eq!(site.inside("main"), 21);
    assert_eq!(site.reader().occupancy_at("main", UtcMicros(far + 1)).unwrap(), Some(5));
}

/// However long the database has lived, only what was counted since the true number was told is read.
#[test]
fn the_present_number_is_found_by_index() {
    let site = Site::new();
    for view in ["occupancy", "adjustment_detail"] {
        let sql = format!("EXPLAIN QUERY PLAN SELECT * FROM {view}");
        let connection = site.sql();
        let mut statement = connection.prepare(&sql).unwrap();
        let plan: Vec<String> = statement.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        let of_volume: Vec<_> = plan.iter().filter(|step| step.contains(" volume")).collect();
        assert!(!of_volume.is_empty(), "{plan:?}");
        let by_range = |step: &&String| step.starts_with("SEARCH") && step.contains("(line_id=? AND part_us>?");
        assert!(of_volume.iter().all(by_range), "{view}: {plan:?}");
    }
}
