//! The sentence that a report ends with.

use crate::site::{NORTH, RAMP, Site};

/// Name, rows of the night of 15 June, and what the report of that day says at its end.
#[test]
fn a_table_of_sentences() {
    type Fill = fn(&mut Site);
    let cases: [(&str, &str, Fill, &str); 7] = [
        (
            "full",
            "2026-06-15",
            |site| {
                site.observed(NORTH, "2026-06-15T00:00", "2026-06-16T00:00", false);
                site.observed(RAMP, "2026-06-15T00:00", "2026-06-16T00:00", false);
            },
            "complete for 100.0 % of the period (mean of 2 cameras; least: north-gate 100.0 %); no gaps",
        ),
        (
            "nothing, and nobody knows why",
            "2026-06-15",
            |_| {},
            "complete for 0.0 % of the period (mean of 2 cameras; least: north-gate 0.0 %); \
             observed: north-gate 0 s of 24 h, ramp-cam 0 s of 24 h",
        ),
        (
            "a recording each",
            "2026-06-15",
            |site| {
                site.observed(NORTH, "2026-06-15T07:00", "2026-06-15T07:01:20", false);
                site.observed(RAMP, "2026-06-15T07:00", "2026-06-15T12:00", false);
            },
            "complete for 10.4 % of the period (mean of 2 cameras; least: north-gate <0.1 %); \
             observed: north-gate 1 min 20 s of 24 h, ramp-cam 5 h of 24 h",
        ),
        (
            "a gap over midnight, seen from the day on which it began",
            "2026-06-15",
            |site| {
                site.observed(NORTH, "2026-06-15T00:00", "2026-06-15T23:58", false);
                site.gap(NORTH, "2026-06-15T23:58", "2026-06-16T00:04", "dropped", "the camera closed the connection");
                site.observed(RAMP, "2026-06-15T00:00", "2026-06-16T00:00", false);
            },
            "complete for 99.9 % of the period (mean of 2 cameras; least: north-gate 99.8 %); \
             1 gap: north-gate 23:58:00-24:00:00 dropped: the camera closed the connection",
        ),
        (
            "... from the day on which it ended",
            "2026-06-16",
            |site| {
                site.gap(NORTH, "2026-06-15T23:58", "2026-06-16T00:04", "dropped", "the camera closed the connection");
                site.observed(NORTH, "2026-06-16T00:04", "2026-06-17T00:00", false);
                site.observed(RAMP, "2026-06-16T00:00", "2026-06-17T00:00", false);
            },
            "complete for 99.8 % of the period (mean of 2 cameras; least: north-gate 99.7 %); \
             1 gap: north-gate 00:00:00-00:04:00 dropped: the camera closed the connection",
        ),
        (
            "... from its week",
            "2026-W25",
            |site| {
                site.observed(NORTH, "2026-06-15T00:00", "2026-06-15T23:58", false);
                site.gap(NORTH, "2026-06-15T23:58", "2026-06-16T00:04", "dropped", "the camera closed the connection");
                site.gap(NORTH, "2026-06-16T01:00", "2026-06-17T00:00", "refused", "no route to the camera");
                site.gap(NORTH, "2026-06-18T01:00", "2026-06-18T02:00", "black", "nothing but black");
            },
            "complete for 7.1 % of the period (mean of 2 cameras; least: ramp-cam 0.0 %); \
             3 gaps: north-gate 2026-06-16 01:00:00-24:00:00 refused: no route to the camera; \
             north-gate 2026-06-18 01:00:00-02:00:00 black: nothing but black; \
             north-gate 2026-06-15 23:58:00 to 2026-06-16 00:04:00 dropped: the camera closed the connection; \
             observed: north-gate 23 h 58 min of 7 d, ramp-cam 0 s of 7 d",
        ),
        (
            "the night in which an hour comes twice",
            "2026-10-25",
            |site| {
                site.observed(NORTH, "2026-10-25T00:00", "2026-10-25T02:50:00+02:00", false);
                site.gap(
                    NORTH,
                    "2026-10-25T02:50:00+02:00",
                    "2026-10-25T02:10:00+01:00",
                    "frozen",
                    "one picture for 60 s",
                );
                site.observed(NORTH, "2026-10-25T02:10:00+01:00", "2026-10-26T00:00", false);
                site.observed(RAMP, "2026-10-25T00:00", "2026-10-26T00:00", false);
            },
            "complete for 99.3 % of the period (mean of 2 cameras; least: north-gate 98.6 %); \
             1 gap: north-gate 02:50:00+02:00-02:10:00+01:00 frozen: one picture for 60 s",
        ),
    ];
    for (name, period, fill, sentence) in cases {
        let mut site = Site::since("2026-06-15T00:00");
        fill(&mut site);
        assert_eq!(site.report(period).completeness(), sentence, "{name}");
    }
}

#[test]
fn ten_gaps_are_named_and_the_rest_summed_up() {
    let mut site = Site::since("2026-06-15T00:00");
    for hour in 0..13 {
        let (from, until) = (format!("2026-06-15T{hour:02}:00"), format!("2026-06-15T{hour:02}:{:02}", 20 - hour));
        site.gap(NORTH, &from, &until, "dropped", "gone");
    }
    let sentence = site.report("2026-06-15").completeness();
    assert!(sentence.contains("13 gaps: north-gate 00:00:00-00:20:00 dropped: gone; "), "{sentence}");
    assert_eq!(sentence.matches("dropped: gone").count(), 10, "{sentence}");
    assert!(sentence.contains("; and 3 more: total 27 min; observed: "), "{sentence}");
}
