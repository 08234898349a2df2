//! Hours, days and periods tell the same time.

use lotcount::report::{Grouping, Step};
use lotcount::store::Filter;
use lotcount::time::UtcMicros;
use proptest::prelude::*;
use rusqlite::params;

use crate::site::{MINUTE, Site, at};

/// The reporter asks for today every minute: it must not read years of minutes for that.
#[test]
fn a_period_is_read_by_its_index() {
    let site = Site::since("2026-06-15T00:00");
    let sql = "EXPLAIN QUERY PLAN SELECT quarter_us, sum(observed_us) FROM coverage_part
               WHERE quarter_us >= 0 AND quarter_us < 1 GROUP BY quarter_us";
    let mut statement = site.connection.prepare(sql).unwrap();
    let steps = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
    let plan: Vec<String> = steps.map(Result::unwrap).collect();
    assert!(plan.iter().any(|step| step.contains("SEARCH coverage_sum USING PRIMARY KEY (quarter_us>")), "{plan:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever was observed when: hours, days and the whole period tell the same time, on days of 23, 24 and 25 hours.
    #[test]
    fn buckets_sum_up_to_the_period(
        day in prop::sample::select(&["2026-03-29", "2026-06-15", "2026-10-25"]),
        stretches in prop::collection::vec((0..1560i64, 1..200i64, any::<bool>()), 0..8),
    ) {
        let site = Site::since(&format!("{day}T00:00"));
        let midnight = at(&format!("{day}T00:00"));
        let mut minutes = std::collections::BTreeMap::new();
        for (first, length, degraded) in stretches {
            minutes.extend((first..first + length).map(|minute| (minute, degraded)));
        }
        site.connection.execute_batch("BEGIN").unwrap();
        for (minute, degraded) in &minutes {
            let sql = "INSERT INTO coverage VALUES (1, ?1, ?1 + 60000000, 59000000, ?2, 720, 360, 1)";
            let degraded = if *degraded { 59_000_000 } else { 0 };
            site.connection.execute(sql, params![midnight + minute * MINUTE, degraded]).unwrap();
        }
        site.connection.execute_batch("COMMIT").unwrap();
        let document = site.report(day);
        let length = i64::try_from(document.length_us()).unwrap();
        let expected = minutes.keys().filter(|minute| **minute * MINUTE < length).count() as u64 * 59_000_000;
        let sums = |rows: &[lotcount::report::CountRow]| {
            let shares = rows.iter().filter(|row| row.line == "gate").filter_map(|row| row.coverage.observed());
            shares.fold((0, 0), |sum, share| (sum.0 + share.observed_us, sum.1 + share.degraded_us))
        };
        let lines: Vec<_> = document.lines.iter().map(|row| row.counts.clone()).collect();
        prop_assert_eq!(sums(&document.steps).0, expected);
        prop_assert_eq!(sums(&document.steps), sums(&lines));
        let lengths = document.steps.iter().filter(|row| row.line == "gate").map(|row| {
            let hour = row.bucket.as_ref().unwrap();
            hour.end.timestamp().as_microsecond() - hour.start.timestamp().as_microsecond()
        });
        prop_assert_eq!(lengths.sum::<i64>(), length);
        let filter = Filter {
            since: Some(UtcMicros(midnight)), until: Some(UtcMicros(midnight + length)), ..Filter::default()
        };
        for grouping in [Grouping::All, Grouping::By(Step::Hour), Grouping::By(Step::Day)] {
            prop_assert_eq!(sums(&site.totals(&filter, grouping).rows), sums(&lines));
        }
    }
}
