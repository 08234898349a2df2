//! Several cameras get into trouble at the same time, each into its own, beside two that are well all the time; then all
//! become well. One run of the program shows what happens to each.

use std::fs;
use std::path::Path;

use misbehaving_camera::{Camera, Cut, Mode, Protocol};

use super::machine::Machine;
use super::site::{Coverage, Gap, Passage, Site, camera, now_us, wait_for};

/// What goes wrong with a camera.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    Enters(Mode),
    /// From before the program starts.
    Begins(Mode),
    /// Happens when the other cameras become well, and is over at once.
    Cut(Cut),
}

#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub name: &'static str,
    pub protocol: Protocol,
    pub fault: Fault,
    /// The words of which the gap has to name one; none: there is no gap.
    pub reasons: &'static [&'static str],
}

/// What became of one camera. Times in microseconds since 1970.
#[derive(Debug)]
pub struct Account {
    pub case: Option<Case>,
    pub name: String,
    /// When the trouble began and ended, and when everything did.
    pub ill: i64,
    pub well: i64,
    pub stopped: i64,
    pub gaps: Vec<Gap>,
    pub coverage: Coverage,
    pub sessions: Vec<i64>,
    /// Counted; and passed, by the camera's own clock.
    pub crossings: Vec<Passage>,
    pub passed: Vec<Passage>,
    pub frames_read: u64,
    pub frames_sent: u64,
    /// Streams that the camera was asked for while it was ill.
    pub asked_while_ill: u64,
    /// Lines of the log by this camera's reader.
    pub log: Vec<String>,
    /// Share of the machine that others had meanwhile.
    pub taken_by_others: f64,
}

pub struct Scenario {
    pub accounts: Vec<Account>,
}

/// Cameras without any fault.
pub const WELL: [(&str, Protocol); 2] = [("well-rtsp", Protocol::Rtsp), ("well-mjpeg", Protocol::Mjpeg)];
/// How long a fault lasts at least: long enough for a few cars, us.
const SHORTEST_FAULT: i64 = 15_000_000;
/// Between two cameras that become well, us: OpenCV opens one at a time, and each is to be found again by itself.
const STAGGER: i64 = 1_500_000;

impl Scenario {
    pub fn play(cases: &[Case]) -> Self {
        let machine = Machine::now();
        let mut site = Site::begin(start_cameras(cases), "");
        for name in names(cases) {
            if !cases.iter().any(|case| case.name == name && matches!(case.fault, Fault::Begins(_))) {
                wait_for(&format!("the first crossing of {name}"), || site.crossings(name).first().cloned());
            }
        }
        let asked = |site: &Site| cases.iter().map(|case| site.camera(case.name).status().asked).collect::<Vec<_>>();
        let (ill, asked_before) = (now_us(), asked(&site));
        for case in cases {
            if let Fault::Enters(mode) = case.fault {
                site.camera(case.name).enter(mode).unwrap();
            }
        }
        let is_cut = |case: &Case| matches!(case.fault, Fault::Cut(_));
        for case in cases.iter().filter(|case| !is_cut(case) && !case.reasons.is_empty()) {
            let named = |gap: &Gap| gap.until >= ill && case.reasons.contains(&gap.reason.as_str());
            let what = format!("a gap of {} because of {:?}", case.name, case.reasons);
            wait_for(&what, || site.gaps(case.name).into_iter().find(named));
        }
        wait_for("the time that faults last", || (now_us() > ill + SHORTEST_FAULT).then_some(()));
        let asked_after = asked(&site);
        let mut well = Vec::new();
        for case in cases {
            let next = well.last().map_or(0, |last| last + STAGGER);
            wait_for("the next camera's turn to become well", || (now_us() >= next).then_some(()));
            well.push(now_us());
            match case.fault {
                Fault::Cut(cut) => site.camera(case.name).cut(cut),
                _ => site.camera(case.name).enter(Mode::Ok).unwrap(),
            }
        }
        for (case, well) in cases.iter().zip(&well) {
            wait_for(&format!("a crossing of {} after it became well", case.name), || {
                site.crossings(case.name).into_iter().find(|(at, _)| at > well)
            });
        }
        let (stopped, taken_by_others) = (now_us(), machine.taken_by_others());
        let sent: Vec<u64> = names(cases).map(|name| site.camera(name).status().frames_sent).collect();
        assert_eq!(site.stop(), Some(0), "{}", site.log());
        let log = site.log();
        let account = |(index, name): (usize, &str)| {
            let of_case = index.checked_sub(WELL.len());
            let case = of_case.map(|index| cases[index]);
            let thread = format!(" {name}-read: ");
            let well = of_case.map_or(ill, |index| well[index]);
            Account {
                case,
                name: name.to_owned(),
                ill: if case.as_ref().is_some_and(is_cut) { well } else { ill },
                well,
                stopped,
                gaps: site.gaps(name),
                coverage: site.coverage(name),
                sessions: site.sessions(name),
                crossings: site.crossings(name),
                passed: passed(site.camera(name), stopped),
                frames_read: site.frames_read(name),
                frames_sent: sent[index],
                asked_while_ill: of_case.map_or(0, |index| asked_after[index] - asked_before[index]),
                log: log.lines().filter(|line| line.contains(&thread)).map(str::to_owned).collect(),
                taken_by_others,
            }
        };
        Self { accounts: names(cases).enumerate().map(account).collect() }
    }

    pub fn account(&self, name: &str) -> &Account {
        self.accounts.iter().find(|account| account.name == name).unwrap()
    }
}

fn names(cases: &[Case]) -> impl Iterator<Item = &str> {
    WELL.iter().map(|(name, _)| *name).chain(cases.iter().map(|case| case.name))
}

fn start_cameras(cases: &[Case]) -> Vec<(String, Camera)> {
    let mut cameras: Vec<_> = WELL.iter().map(|&(name, protocol)| (name.to_owned(), camera(protocol))).collect();
    for case in cases {
        let camera = camera(case.protocol);
        if let Fault::Enters(mode) | Fault::Begins(mode) = case.fault {
            // What it will show is made now.
            camera.enter(mode).unwrap();
        }
        if let Fault::Enters(_) = case.fault {
            camera.enter(Mode::Ok).unwrap();
        }
        cameras.push((case.name.to_owned(), camera));
    }
    cameras
}

/// The cars that passed before a camera's eyes until `end`.
fn passed(camera: &Camera, end: i64) -> Vec<Passage> {
    let status = camera.status();
    let truth = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/overhead.truth.csv");
    let truth = fs::read_to_string(truth).unwrap();
    let cars: Vec<(f64, &str)> = truth
        .lines()
        .skip(1)
        .map(|line| {
            let mut fields = line.split(',');
            let second = fields.next().unwrap().parse().unwrap();
            (second, fields.nth(1).unwrap())
        })
        .collect();
    let turn = |turn: u32| {
        cars.iter().map(move |&(second, way)| {
            let at = (f64::from(turn) * status.turn_seconds + second) * 1e6;
            (status.begun_at_us as i64 + at as i64, way.to_owned())
        })
    };
    (0..).flat_map(turn).take_while(|(at, _)| *at < end).collect()
}

/// A machine of which others have a larger share may keep a program waiting for seconds.
pub const MOST_TAKEN_BY_OTHERS: f64 = 0.15;
/// A row belongs to a car that passed within this time of it, us: frames travel, and a busy machine is late.
const TOLERANCE: i64 = 2_000_000;

impl Account {
    /// Counted without a car to it: each car answers for one row.
    pub fn invented(&self) -> Vec<&Passage> {
        let mut cars = self.passed.clone();
        let invented = |row: &&Passage| {
            let near = |car: &Passage| car.1 == row.1 && (car.0 - row.0).abs() <= TOLERANCE;
            let nearest =
                (0..cars.len()).filter(|&car| near(&cars[car])).min_by_key(|&car| (cars[car].0 - row.0).abs());
            nearest.map(|car| cars.remove(car)).is_none()
        };
        self.crossings.iter().filter(invented).collect()
    }

    /// The gap that the fault made: the first one that has one of the expected words.
    pub fn gap(&self) -> &Gap {
        let reasons = self.case.map_or(&[] as &[&str], |case| case.reasons);
        let gap = self.gaps.iter().find(|gap| gap.until >= self.ill && reasons.contains(&gap.reason.as_str()));
        gap.unwrap_or_else(|| panic!("{}: no gap because of {reasons:?}: {:?}", self.name, self.gaps))
    }

    /// Gaps between the camera's first connection and the stop, other than those that are expected, and than those by a
    /// machine that has too much to do beside this test.
    pub fn other_gaps(&self) -> Vec<&Gap> {
        let reasons = self.case.map_or(&[] as &[&str], |case| case.reasons);
        let first = self.sessions[0];
        let within = self.gaps.iter().filter(|gap| gap.from >= first && gap.until < self.stopped);
        let others = within.filter(|gap| !reasons.contains(&gap.reason.as_str())).filter(|gap| !self.is_excused(gap));
        others.collect()
    }

    /// Nothing arrives in time at a program that is not let run.
    fn is_excused(&self, gap: &Gap) -> bool {
        let by_others = gap.reason == "no-frames" && self.taken_by_others > MOST_TAKEN_BY_OTHERS;
        if by_others {
            eprintln!(
                "{}: not judged, others had {:.0} % of the machine: {gap:?}",
                self.name,
                100.0 * self.taken_by_others
            );
        }
        by_others || gap.reason == "overloaded"
    }

    /// From the moment when the camera became well until it was observed again, s.
    pub fn found_again_after(&self) -> f64 {
        let ended = self.gaps.iter().filter(|gap| gap.from < self.well + 1_000_000 && gap.until < self.stopped);
        let until = ended.map(|gap| gap.until).max().unwrap_or(self.well);
        (until - self.well).max(0) as f64 / 1e6
    }
}
