//! Lots within lots: a car that crosses a ramp leaves one and enters the other in one row, and stays in what holds both.

use lotcount::count::Direction::{Entry, Exit};
use lotcount::store::{NewRun, Writer};
use lotcount::time::UtcMicros;

use crate::site::{LINES, LOTS, MIDNIGHT, SECOND, Site, config};

#[test]
fn what_each_line_does_to_each_lot() {
    for (line, entry, exit) in LINES {
        for (direction, deltas) in [(Entry, entry), (Exit, exit)] {
            let mut site = Site::new();
            site.cross(line, direction, MIDNIGHT);
            assert_eq!(LOTS.map(|lot| site.inside(lot)), deltas, "{direction} over {line}");
            assert_eq!(site.number("SELECT count(*) FROM crossing"), 1);
        }
    }
}

#[test]
fn a_car_that_drives_through_the_deck_leaves_nothing_behind() {
    let mut site = Site::new();
    // In on the lower level, up the ramp, over to the open lot, out by its gate.
    for (second, (line, direction)) in
        (0..).zip([("way-in", Entry), ("ramp", Entry), ("passage", Exit), ("gate", Exit)])
    {
        site.cross(line, direction, MIDNIGHT + second * SECOND);
    }
    assert_eq!(LOTS.map(|lot| site.inside(lot)), [0; 5]);
    let totals = "SELECT group_concat(lot || entries || exits, ' ') FROM (SELECT * FROM lot_totals ORDER BY lot)";
    let totals: String = site.sql().query_row(totals, [], |row| row.get(0)).unwrap();
    assert_eq!(totals, "deck11 lower11 main11 site11 upper11");
}

/// What is known of the whole is not known of its parts, nor the other way round.
#[test]
fn every_lot_has_a_ledger_of_its_own() {
    let mut site = Site::new();
    site.cross("way-in", Entry, MIDNIGHT);
    site.set("site", 40, MIDNIGHT + SECOND);
    site.cross("way-in", Entry, MIDNIGHT + 2 * SECOND);
    assert_eq!(LOTS.map(|lot| site.inside(lot)), [41, 0, 2, 0, 2]);
    let outer: Vec<_> = site.reader().lots().unwrap().into_iter().map(|lot| (lot.name, lot.within)).collect();
    let lot = |name: &str, within: Option<&str>| (name.to_owned(), within.map(str::to_owned));
    let expected = [
        lot("deck", Some("site")),
        lot("lower", Some("deck")),
        lot("main", Some("site")),
        lot("site", None),
        lot("upper", Some("deck")),
    ];
    assert_eq!(outer, expected);
    let of_upper = site.reader().lot_lines().unwrap().into_iter().filter(|line| line.lot == "upper");
    assert_eq!(of_upper.map(|line| line.line).collect::<Vec<_>>(), ["passage", "ramp"]);
}

/// What was counted was counted for the lots of its time.
#[test]
fn a_lot_that_moves_makes_new_versions_of_its_lines_and_of_no_others() {
    let mut site = Site::new();
    site.cross("way-in", Entry, MIDNIGHT);
    let lines = |site: &Site, name: &str| site.number(&format!("SELECT count(*) FROM line WHERE name = '{name}'"));
    let mut moved = config();
    moved.lots[2].within = None;
    let Site { path, writer, .. } = &mut site;
    let run = |config| Writer::begin(path, &NewRun { started: UtcMicros(1), version: "", config_sha256: "" }, config);
    let old = std::mem::replace(
        writer,
        Writer::begin(
            &path.with_extension("other"),
            &NewRun { started: UtcMicros(0), version: "", config_sha256: "" },
            &config(),
        )
        .unwrap(),
    );
    drop(old);
    *writer = run(&moved).unwrap();
    assert_eq!((lines(&site, "gate"), lines(&site, "ramp")), (1, 1), "both sides of the ramp moved together");
    assert_eq!((lines(&site, "way-in"), lines(&site, "passage")), (2, 2));
    assert_eq!((site.inside("site"), site.inside("deck")), (1, 1));
    assert_eq!(site.number("SELECT parent_id IS NULL FROM lot WHERE name = 'deck'"), 1);
}
