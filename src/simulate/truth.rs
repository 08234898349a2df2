//! What really happened, in files beside the database: every figure that the program shows has its exact value here,
//! added up without SQL.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::failures::{Failures, Span};
use super::routes::Leg;
use crate::config::Config;
use crate::count::Direction;
use crate::detect::Class;
use crate::store::AdjustmentKind;
use crate::time::UtcMicros;

pub const QUARTER_US: i64 = 900_000_000;

/// What became of one passage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Counted,
    /// Somebody looked, and the car was not counted.
    Missed,
    /// Nobody looked.
    Blind,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Missed => "missed",
            Self::Blind => "blind",
        }
    }
}

/// Somebody, or the schedule, corrects a lot's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    pub lot: usize,
    pub at: UtcMicros,
    pub kind: AdjustmentKind,
    /// Of `adjust`; otherwise `after - before`.
    pub amount: i64,
    /// What the rows gave.
    pub before: i64,
    pub after: i64,
    /// Really inside.
    pub truth: i64,
    pub who: &'static str,
    pub why: String,
    /// Its key.
    pub uid: String,
}

/// One lot, as it was and as it was counted.
#[derive(Clone, Debug, Default)]
struct LotState {
    inside: i64,
    counted: i64,
    quarter: LotQuarter,
    total: LotQuarter,
    since_us: i64,
}

#[derive(Clone, Debug, Default)]
struct LotQuarter {
    entries_true: u64,
    exits_true: u64,
    entries: u64,
    exits: u64,
    /// What corrections moved.
    adjusted: i64,
    /// Really inside, summed up over time, car-microseconds.
    car_us: i128,
    peak_true: i64,
}

/// True and counted entries and exits.
#[derive(Clone, Copy, Debug, Default)]
struct Volume {
    entries_true: u64,
    exits_true: u64,
    entries: u64,
    exits: u64,
}

impl Volume {
    fn add(&mut self, direction: Direction, counted: bool) {
        let (real, own) = match direction {
            Direction::Entry => (&mut self.entries_true, &mut self.entries),
            Direction::Exit => (&mut self.exits_true, &mut self.exits),
        };
        *real += 1;
        *own += u64::from(counted);
    }
}

/// Takes in what happens in order of time.
pub struct Truth<'a> {
    config: &'a Config,
    quarter: i64,
    lots: Vec<LotState>,
    lines: BTreeMap<(usize, usize, Class), Volume>,
    line_totals: BTreeMap<(usize, usize), Volume>,
    pub turned_away: u64,
    pub cars: u64,
    counts: [u64; 3],
    out: Files,
}

struct Files {
    cars: Option<Table>,
    passages: Option<Table>,
    lots: Table,
    lines: Table,
    coverage: Table,
    gaps: Table,
    corrections: Table,
}

type Table = csv::Writer<BufWriter<File>>;

impl<'a> Truth<'a> {
    /// `each_car`: also the two files with a row for every car and passage.
    pub fn begin(config: &'a Config, folder: &Path, start: i64, inside: &[i64], each_car: bool) -> io::Result<Self> {
        let table = |name: &str, columns: &[&str]| -> io::Result<Table> {
            let mut table = csv::Writer::from_writer(BufWriter::new(File::create_new(folder.join(name))?));
            table.write_record(columns)?;
            Ok(table)
        };
        let optional = |name: &str, columns: &[&str]| each_car.then(|| table(name, columns)).transpose();
        let volume = ["entries_true", "exits_true", "entries", "exits"];
        let lot = ["quarter_us", "lot"].iter().chain(&volume);
        let lot = lot.chain(&["adjusted", "inside_true", "inside", "mean_true", "peak_true"]);
        let line = ["quarter_us", "camera", "line", "class"].iter().chain(&volume);
        let out = Files {
            cars: optional("cars.csv", &["car", "class", "lot", "entered_us", "left_us"])?,
            passages: optional("passages.csv", &["car", "at_us", "camera", "line", "direction", "outcome"])?,
            lots: table("lot_quarters.csv", &lot.copied().collect::<Vec<_>>())?,
            lines: table("line_quarters.csv", &line.copied().collect::<Vec<_>>())?,
            coverage: table("coverage_quarters.csv", &["quarter_us", "camera", "observed_us", "degraded_us"])?,
            gaps: table("gaps.csv", &["camera", "from_us", "until_us", "reason"])?,
            corrections: table(
                "adjustments.csv",
                &["lot", "kind", "at_us", "amount", "before", "after", "truth", "who", "why", "uid"],
            )?,
        };
        let lots = inside.iter().map(|inside| {
            let quarter = LotQuarter { peak_true: *inside, ..LotQuarter::default() };
            LotState { inside: *inside, since_us: start, quarter, ..LotState::default() }
        });
        Ok(Self {
            config,
            quarter: start.div_euclid(QUARTER_US),
            lots: lots.collect(),
            lines: BTreeMap::new(),
            line_totals: BTreeMap::new(),
            turned_away: 0,
            cars: 0,
            counts: [0; 3],
            out,
        })
    }

    /// Really inside, and as counted.
    pub fn inside(&self, lot: usize) -> (i64, i64) {
        (self.lots[lot].inside, self.lots[lot].counted)
    }

    /// Closes the quarters that are over at `at`.
    pub fn advance(&mut self, at: i64) -> io::Result<()> {
        while self.quarter < at.div_euclid(QUARTER_US) {
            self.close_quarter()?;
            self.quarter += 1;
        }
        Ok(())
    }

    fn close_quarter(&mut self) -> io::Result<()> {
        let (start, end) = (self.quarter * QUARTER_US, (self.quarter + 1) * QUARTER_US);
        for (lot, state) in self.config.lots.iter().zip(&mut self.lots) {
            state.pass(end);
            let LotState { inside, counted, .. } = *state;
            let quarter = std::mem::take(&mut state.quarter);
            state.quarter.peak_true = inside;
            let numbers = [quarter.entries_true, quarter.exits_true, quarter.entries, quarter.exits];
            let mut row = vec![start.to_string(), lot.name.clone()];
            row.extend(numbers.iter().map(u64::to_string));
            row.extend([quarter.adjusted, inside, counted].iter().map(i64::to_string));
            row.push(format!("{:.6}", quarter.car_us as f64 / QUARTER_US as f64));
            row.push(quarter.peak_true.to_string());
            self.out.lots.write_record(row)?;
            state.total.add(&quarter);
        }
        for ((camera, line, class), volume) in std::mem::take(&mut self.lines) {
            let of_camera = &self.config.cameras[camera];
            let numbers = [volume.entries_true, volume.exits_true, volume.entries, volume.exits];
            let mut row = vec![start.to_string(), of_camera.name.clone(), of_camera.lines[line].name.clone()];
            row.push(class.name().to_owned());
            row.extend(numbers.iter().map(u64::to_string));
            self.out.lines.write_record(row)?;
        }
        Ok(())
    }

    pub fn passage(&mut self, car: u64, at: i64, leg: &Leg, class: Class, outcome: Outcome) -> io::Result<()> {
        self.advance(at)?;
        let counted = outcome == Outcome::Counted;
        for (lots, sign) in [(&leg.enters, 1), (&leg.leaves, -1)] {
            lots.iter().for_each(|lot| self.lots[*lot].moved(at, sign, counted));
        }
        self.lines.entry((leg.camera, leg.line, class)).or_default().add(leg.direction, counted);
        self.line_totals.entry((leg.camera, leg.line)).or_default().add(leg.direction, counted);
        self.counts[outcome as usize] += 1;
        if let Some(table) = &mut self.out.passages {
            let camera = &self.config.cameras[leg.camera];
            let line = &camera.lines[leg.line].name;
            let (car, at) = (car.to_string(), at.to_string());
            table.write_record([&car, &at, &camera.name, line, leg.direction.name(), outcome.name()])?;
        }
        Ok(())
    }

    /// A car's whole visit; `None`: it was there before, or still is at the end.
    pub fn car(&mut self, car: u64, class: Class, lot: usize, came: Option<i64>, went: Option<i64>) -> io::Result<()> {
        self.cars += 1;
        let Some(table) = &mut self.out.cars else { return Ok(()) };
        let time = |at: Option<i64>| at.map_or(String::new(), |at| at.to_string());
        let lot = &self.config.lots[lot].name;
        Ok(table.write_record([&car.to_string(), class.name(), lot, &time(came), &time(went)])?)
    }

    pub fn corrected(&mut self, correction: &Correction) -> io::Result<()> {
        self.advance(correction.at.0)?;
        let state = &mut self.lots[correction.lot];
        state.counted = correction.after;
        state.quarter.adjusted += correction.after - correction.before;
        let numbers = [correction.at.0, correction.amount, correction.before, correction.after, correction.truth];
        let mut row = vec![self.config.lots[correction.lot].name.clone(), correction.kind.name().to_owned()];
        row.extend(numbers.iter().map(i64::to_string));
        row.extend([correction.who.to_owned(), correction.why.clone(), correction.uid.clone()]);
        Ok(self.out.corrections.write_record(row)?)
    }

    /// Closes everything and gives the sums of the period.
    pub fn finish(mut self, period: Span, failures: &Failures) -> io::Result<Value> {
        self.advance(period.until)?;
        let cameras = self.coverage(period, failures)?;
        let lots: Vec<Value> =
            self.config.lots.iter().zip(&self.lots).map(|(lot, state)| state.json(&lot.name)).collect();
        let line = |((camera, line), volume): (&(usize, usize), &Volume)| {
            let of_camera = &self.config.cameras[*camera];
            json!({
                "camera": of_camera.name, "line": of_camera.lines[*line].name, "entries_true": volume.entries_true,
                "exits_true": volume.exits_true, "entries": volume.entries, "exits": volume.exits,
            })
        };
        let lines: Vec<Value> = self.line_totals.iter().map(line).collect();
        let [counted, missed, blind] = self.counts;
        let Files { cars, passages, lots: of_lots, lines: of_lines, coverage, gaps, corrections } = self.out;
        let tables = [cars, passages].into_iter().flatten().chain([of_lots, of_lines, coverage, gaps, corrections]);
        for mut table in tables {
            table.flush()?;
        }
        Ok(json!({
            "cars": self.cars, "turned_away": self.turned_away,
            "passages": { "counted": counted, "missed": missed, "blind": blind },
            "lots": lots, "lines": lines, "cameras": cameras,
        }))
    }

    /// Not from the minutes that are in the rows, but from the sessions themselves.
    fn coverage(&mut self, period: Span, failures: &Failures) -> io::Result<Vec<Value>> {
        let mut cameras = Vec::new();
        for (camera, timeline) in self.config.cameras.iter().zip(&failures.cameras) {
            for quarter in period.from.div_euclid(QUARTER_US)..period.until.div_euclid(QUARTER_US) {
                let span = Span { from: quarter * QUARTER_US, until: (quarter + 1) * QUARTER_US };
                let (observed, degraded) = timeline.observed(span);
                let numbers = [span.from, observed, degraded].map(|number| number.to_string());
                self.out.coverage.write_record([&numbers[0], &camera.name, &numbers[1], &numbers[2]])?;
            }
            for gap in &timeline.gaps {
                let (from, until) = (gap.span.from.to_string(), gap.span.until.to_string());
                let reason = gap.reason.map_or("not-running", |reason| reason.word());
                self.out.gaps.write_record([&camera.name, &from, &until, reason])?;
            }
            let (observed, degraded) = timeline.observed(period);
            cameras.push(json!({
                "camera": camera.name, "observed_us": observed, "degraded_us": degraded, "gaps": timeline.gaps.len(),
                "coverage": observed as f64 / period.length() as f64,
            }));
        }
        Ok(cameras)
    }
}

impl LotState {
    /// Time goes by until `at`.
    fn pass(&mut self, at: i64) {
        self.quarter.car_us += i128::from(self.inside) * i128::from(at - self.since_us);
        self.since_us = at;
    }

    fn moved(&mut self, at: i64, sign: i64, counted: bool) {
        self.pass(at);
        self.inside += sign;
        self.quarter.peak_true = self.quarter.peak_true.max(self.inside);
        let (real, own) = match sign {
            1 => (&mut self.quarter.entries_true, &mut self.quarter.entries),
            _ => (&mut self.quarter.exits_true, &mut self.quarter.exits),
        };
        *real += 1;
        if counted {
            *own += 1;
            self.counted += sign;
        }
    }

    fn json(&self, lot: &str) -> Value {
        let total = &self.total;
        json!({
            "lot": lot, "entries_true": total.entries_true, "exits_true": total.exits_true, "entries": total.entries,
            "exits": total.exits, "adjusted": total.adjusted, "inside_true": self.inside, "inside": self.counted,
            "peak_true": total.peak_true, "car_hours_true": total.car_us as f64 / 3.6e9,
        })
    }
}

impl LotQuarter {
    fn add(&mut self, other: &Self) {
        self.entries_true += other.entries_true;
        self.exits_true += other.exits_true;
        self.entries += other.entries;
        self.exits += other.exits;
        self.adjusted += other.adjusted;
        self.car_us += other.car_us;
        self.peak_true = self.peak_true.max(other.peak_true);
    }
}

/// The sums, in a file of their own.
pub fn write_summary(folder: &Path, summary: &Value) -> io::Result<()> {
    let mut file = BufWriter::new(File::create_new(folder.join("truth.json"))?);
    serde_json::to_writer_pretty(&mut file, summary)?;
    writeln!(file)?;
    file.flush()
}
