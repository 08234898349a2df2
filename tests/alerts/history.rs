//! Rules that need weeks of history, or a day of it: rows as a service would have left them, judged by the real program.

use std::time::{SystemTime, UNIX_EPOCH};

use misbehaving_camera::Mode;
use rusqlite::{Connection, params};

use super::site::{Site, camera, gate, head};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const WEEK: i64 = 7 * 24 * HOUR;
/// So long after its end a time is judged.
const SETTLED: i64 = 2 * MINUTE;

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64
}

/// Rows of one camera, written as a run long ago would have.
struct Past<'a> {
    database: &'a Connection,
    camera: i64,
    sequence: i64,
}

impl<'a> Past<'a> {
    fn of(database: &'a Connection, camera: &str) -> Self {
        let id = database.query_row("SELECT id FROM camera WHERE name = ?1", [camera], |row| row.get(0)).unwrap();
        let session = "INSERT INTO session (id, run_id, camera_id, generation, began_at_us, counts, source, model_name,
                model_sha256)
            SELECT 1000 + ?1, min(id), ?1, 1000, 0, 1, '', '', '' FROM run";
        database.execute(session, [id]).unwrap();
        Self { database, camera: id, sequence: 0 }
    }

    /// The camera saw all of this hour, and so many vehicles crossed the line, a minute apart.
    fn hour(&mut self, start: i64, line: &str, crossings: i64) {
        for minute in 0..60 {
            let sql = "INSERT OR IGNORE INTO coverage VALUES (?1, ?2, ?2 + 60000000, 60000000, 0, 360, 360, 0)";
            self.database.execute(sql, params![1000 + self.camera, start + minute * MINUTE]).unwrap();
        }
        for number in 0..crossings {
            self.crossing(start + number * MINUTE, line, "entry");
        }
    }

    fn crossing(&mut self, at: i64, line: &str, direction: &str) {
        self.sequence += 1;
        let sql =
            "INSERT INTO crossing (run_id, camera_id, seq, session_id, line_id, direction, at_us, class, rule, track,
                place, explanation)
            SELECT (SELECT min(id) FROM run), ?1, 1000 + ?2, 1000 + ?1, line.id, ?3, ?4, 'car', 'passage', 1, 0.5, '{}'
            FROM line WHERE camera_id = ?1 AND name = ?5";
        let rows = self.database.execute(sql, params![self.camera, self.sequence, direction, at, line]).unwrap();
        assert_eq!(rows, 1, "{line}");
    }
}

/// A site whose tables are there, and whose run is over.
fn begun(config: &str) -> Site {
    let site = Site::with(config);
    let mut running = site.run();
    running.wait_until_said("inside:", 1);
    running.stop();
    assert_eq!(site.edges(), [""; 0]);
    site
}

#[test]
fn a_line_that_always_had_cars_is_told_when_it_has_none_until_the_next_car() {
    let camera = camera();
    camera.enter(Mode::Refuse).unwrap();
    let second = |name: &str, y: f64| {
        format!(
            "[[camera.line]]\nname = \"{name}\"\na = [0.3, {y}]\nb = [0.7, {y}]\nentry = \"main\"\nexit = \"main\"\n"
        )
    };
    let source = format!("source = \"{}\"", camera.url());
    let config = |alerts: &str| {
        format!(
            "{}[[lot]]\nname = \"main\"\n[alerts]\ncamera_down_s = 0\n{alerts}\n{}{}{}",
            head(""),
            gate("north", &source, "entry = \"main\"\nexit = \"main\""),
            second("quiet", 0.52),
            second("busy", 0.48),
        )
    };
    let site = begun(&config(""));
    let hour = (now() - SETTLED).div_euclid(HOUR) * HOUR - HOUR;
    {
        let database = site.sql();
        let mut north = Past::of(&database, "north");
        // The hour after it too, should that be over before it is judged.
        for start in [hour, hour + HOUR] {
            for week in 1..=6 {
                // Of the third week nothing is known.
                if week != 3 {
                    north.hour(start - week * WEEK, "gate", 7 + week);
                    north.hour(start - week * WEEK, "quiet", 1);
                    north.hour(start - week * WEEK, "busy", 10);
                }
            }
            north.hour(start, "busy", 1);
        }
    }
    let mut running = site.run();
    site.wait_for_edge("began silent-line north/gate");
    running.wait_until_judged();
    assert_eq!(site.edges().len(), 1, "{:?}", site.edges());
    assert_eq!(running.said("alert silent-line: north/gate: no vehicle in "), 1, "{}", running.log());
    let detail = &site.rows("SELECT detail FROM alert_detail")[0];
    assert!(detail.ends_with("an hour that had 8 to 13 in the last 5 weeks"), "{detail}");
    running.kill();

    // The lane is open again.
    camera.enter(Mode::Ok).unwrap();
    let mut running = site.run();
    site.wait_for_edge("ended silent-line north/gate");
    let crossed = "SELECT count(*) || '' FROM crossing_detail, alert_state
        WHERE camera = 'north' AND crossing_detail.line = 'gate' AND at_us = ended_us";
    assert_eq!(
        site.rows(&crossed.replace("WHERE camera", "WHERE crossing_detail.camera")),
        ["1"],
        "when the car crossed"
    );
    running.wait_until_judged();
    running.stop();
    assert_eq!(site.edges().len(), 2, "{:?}", site.edges());

    // Without its row the same hour would be told again, unless nobody wants to know.
    site.sql().execute_batch("PRAGMA foreign_keys = on; DELETE FROM alert").unwrap();
    camera.enter(Mode::Refuse).unwrap();
    site.configure(&config("silent_lines = false"));
    let mut running = site.run();
    running.wait_until_judged();
    running.stop();
    assert_eq!(site.edges(), [""; 0]);
}

#[test]
fn a_day_that_does_not_add_up_is_told_at_closing_until_the_lot_is_counted() {
    let camera = camera();
    camera.enter(Mode::Refuse).unwrap();
    let source = format!("source = \"{}\"", camera.url());
    // A quarter of an hour that is over for long enough, and stays the latest closing.
    let closing = (now() - SETTLED).div_euclid(15 * MINUTE) * 15 * MINUTE;
    let time = jiff::Timestamp::from_microsecond(closing).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
    let config = format!(
        "{}[[lot]]\nname = \"main\"\ncapacity = 40\n[lot.alerts]\nclosing = \"{}\"\nimbalance = 3\n\
         [alerts]\ncamera_down_s = 0\n{}",
        head(""),
        time.strftime("%H:%M"),
        gate("north", &source, "entry = \"main\"\nexit = \"main\"")
    );
    let site = begun(&config);
    {
        let database = site.sql();
        let mut north = Past::of(&database, "north");
        for number in 1..=9 {
            north.crossing(closing - number * HOUR, "gate", "entry");
        }
        // The day before belongs to another closing, and what came after this one to the next.
        north.crossing(closing - 30 * HOUR, "gate", "exit");
        north.crossing(closing - 2 * MINUTE, "gate", "exit");
        north.crossing(closing, "gate", "entry");
    }
    let mut running = site.run();
    site.wait_for_edge("began imbalance main");
    running.wait_until_judged();
    let detail = &site.rows("SELECT detail FROM alert_detail")[0];
    let expected = format!(
        "9 entries and 1 exits until closing at {}: 8 more entered than left, 7 inside; 3 are tolerated; observed for 0.0 % \
         of the time",
        time.strftime("%Y-%m-%d %H:%M")
    );
    assert_eq!(*detail, expected);
    assert_eq!(site.rows("SELECT began_us || '' FROM alert_state"), [closing.to_string()]);
    running.kill();
    let mut running = site.run();
    running.wait_until_judged();
    assert_eq!((site.edges().len(), running.said("alert imbalance")), (1, 0), "{:?}", site.edges());

    // Somebody went and looked.
    let counted = "INSERT INTO adjustment (uid, lot_id, kind, at_us, amount, before, after, who, why, recorded_at_us)
        SELECT 'looked', id, 'set', ?1, -8, 8, 0, 'a guard', 'all gone', ?1 FROM lot";
    site.sql().execute(counted, [now()]).unwrap();
    site.wait_for_edge("ended imbalance main");
    running.stop();
    assert_eq!(site.rows("SELECT ended_detail FROM alert_state"), ["the number of vehicles was set"]);
}
