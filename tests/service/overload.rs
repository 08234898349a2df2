//! A machine that is too slow for one camera.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lotcount::config;
use lotcount::detect::{DetectError, Detection, Detector, PixelRegion};
use lotcount::service::{FitError, Fitted, Fitter};
use lotcount::source::Picture;

use super::ticking::{Blind, Stage};

/// A look at the camera `slow` takes so long, at others no time.
#[derive(Clone)]
struct Slow {
    look: Duration,
    looks: Arc<AtomicU64>,
}

impl Detector for Slow {
    fn detect(&mut self, _: &Picture, _: PixelRegion) -> Result<Vec<Detection>, DetectError> {
        std::thread::sleep(self.look); // as a net that is too large for the machine
        self.looks.fetch_add(1, Ordering::SeqCst);
        Ok(Vec::new())
    }
}

impl Fitter for Slow {
    fn fit(&self, camera: &config::Camera, width: usize, height: usize) -> Result<Fitted, FitError> {
        let fitted = Blind.fit(camera, width, height)?;
        let is_slow = camera.name == "slow";
        Ok(if is_slow { Fitted { detector: Box::new(self.clone()), ..fitted } } else { fitted })
    }
}

/// Two cameras with an inference thread each.
fn stage(slow: &Slow) -> Stage {
    Stage::looked_at_by(Arc::new(slow.clone()), 2, &[("slow", 0.1), ("well", 0.1)], 0)
}

/// Stops it. Of both cameras: what was observed, of that too sparsely (s), and gaps because of the machine.
fn observed(stage: Stage) -> [(f64, f64, u32); 2] {
    stage.stop.request();
    let folder = stage.folder;
    let ended = stage.service.wait();
    assert!(ended.failed.is_empty(), "{ended:?}");
    let database = rusqlite::Connection::open(folder.path().join("lotcount.db")).unwrap();
    let sql = "SELECT total(observed_us) / 1e6, total(degraded_us) / 1e6,
                      (SELECT count(*) FROM gap WHERE gap.camera_id = camera.id AND reason = 'overloaded')
               FROM camera JOIN session ON session.camera_id = camera.id LEFT JOIN coverage ON session_id = session.id
               WHERE name = ?1";
    ["slow", "well"]
        .map(|camera| database.query_row(sql, [camera], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap())
}

/// What a busy machine costs a camera that is well.
const HARDLY: f64 = 0.1;

#[test]
fn looks_that_come_too_rarely_degrade_their_camera_and_no_other() {
    let slow = Slow { look: Duration::from_millis(400), looks: Arc::default() };
    let mut stage = stage(&slow);
    stage.until("ten looks", |_| slow.looks.load(Ordering::SeqCst) >= 10);
    let [(observed, degraded, gaps), well] = observed(stage);
    assert!(observed > 3.0 && degraded > 0.3 * observed && gaps == 0, "{degraded} s of {observed} s, {gaps} gaps");
    assert!(well.0 > 3.0 && well.1 < HARDLY * well.0 && well.2 == 0, "{well:?}");
}

#[test]
fn looks_that_take_seconds_leave_a_gap_of_their_camera_and_of_no_other() {
    let slow = Slow { look: Duration::from_secs(4), looks: Arc::default() };
    let mut stage = stage(&slow);
    stage.until("the gap says why", |stage| stage.count("gap WHERE reason = 'overloaded'") >= 1);
    let [(observed, _, gaps), well] = observed(stage);
    // The last two frames, which were waiting when it was stopped, may lie close enough together to observe something.
    assert!(observed < 0.4 * well.0 && gaps >= 1, "{observed} s observed, {gaps} gaps");
    assert!(well.0 > 3.0 && well.1 < HARDLY * well.0 && well.2 == 0, "{well:?}");
}

#[test]
fn looks_that_come_late_leave_no_gap_where_the_camera_was_observed() {
    // Late enough for a gap to be opened before the look comes, and close enough to each other to observe all the time.
    let slow = Slow { look: Duration::from_millis(1800), looks: Arc::default() };
    let mut stage = stage(&slow);
    stage.until("ten looks", |_| slow.looks.load(Ordering::SeqCst) >= 10);
    stage.stop.request();
    let folder = stage.folder;
    assert!(stage.service.wait().failed.is_empty());
    let database = rusqlite::Connection::open(folder.path().join("lotcount.db")).unwrap();
    let sql = "SELECT count(*), coalesce((SELECT sum(observed_us) FROM coverage JOIN session ON session.id = session_id
                      WHERE session.camera_id = camera.id), 0), coalesce(sum(until_us - from_us), 0),
                      coalesce(max(until_us) - (SELECT min(began_at_us) FROM session WHERE camera_id = camera.id), 0)
               FROM camera JOIN gap ON gap.camera_id = camera.id
                    AND from_us >= (SELECT min(began_at_us) FROM session WHERE camera_id = camera.id)
               WHERE name = 'slow'";
    let row: (i64, i64, i64, i64) =
        database.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
    let (gaps, observed, unobserved, lasted) = row;
    assert!(observed > 10_000_000, "{row:?}");
    // The last gap ends with the run: no moment belongs to both.
    assert!(gaps >= 1 && observed + unobserved <= lasted, "{row:?}");
}
