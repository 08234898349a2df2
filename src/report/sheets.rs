//! The tables of a report.

use std::fmt;

use jiff::Zoned;

use super::document::ReportDocument;
use super::lots::{BusiestHour, Inside, LotFigures, LotRow};
use super::observations::CountRow;
use super::sheet::{Cell, Sheet};
use crate::time::UtcMicros;

/// Which table: of the whole period, or with a row for each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetName {
    Lots,
    Lines,
    Cameras,
    Classes,
    LotSteps,
    Steps,
    CameraSteps,
    ClassSteps,
    Gaps,
    Adjustments,
    Alerts,
}

impl SheetName {
    pub const ALL: [Self; 11] = [
        Self::Lots,
        Self::Lines,
        Self::Cameras,
        Self::Classes,
        Self::LotSteps,
        Self::Steps,
        Self::CameraSteps,
        Self::ClassSteps,
        Self::Gaps,
        Self::Adjustments,
        Self::Alerts,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Lots => "lots",
            Self::Lines => "lines",
            Self::Cameras => "cameras",
            Self::Classes => "classes",
            Self::LotSteps => "lot-steps",
            Self::Steps => "steps",
            Self::CameraSteps => "camera-steps",
            Self::ClassSteps => "class-steps",
            Self::Gaps => "gaps",
            Self::Adjustments => "adjustments",
            Self::Alerts => "alerts",
        }
    }
}

impl fmt::Display for SheetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const START: (&str, &str) = ("start", "From");
const END: (&str, &str) = ("end", "Until");
const LOT: (&str, &str) = ("lot", "Lot");
const CAMERA: (&str, &str) = ("camera", "Camera");
const LINE: (&str, &str) = ("line", "Line");
const CLASS: (&str, &str) = ("class", "Class");
const ENTRIES: (&str, &str) = ("entries", "Entries");
const EXITS: (&str, &str) = ("exits", "Exits");
const NET: (&str, &str) = ("net", "Net");
const OPENING: (&str, &str) = ("opening", "Opening");
const ADJUSTED: (&str, &str) = ("adjusted", "Adjusted");
const CLOSING: (&str, &str) = ("closing", "Closing");
const MEAN: (&str, &str) = ("mean", "Mean inside");
const PEAK: (&str, &str) = ("peak", "Peak inside");
const UTILIZATION: (&str, &str) = ("utilization", "Utilization");
const BUSIEST: [(&str, &str); 3] =
    [("busiest_hour", "Busiest hour"), ("busiest_volume", "Its volume"), ("busiest_coverage", "Its coverage")];
const COVERAGE: (&str, &str) = ("coverage", "Coverage");
const DEGRADED: (&str, &str) = ("degraded", "Degraded");

impl ReportDocument {
    pub fn sheet(&self, name: SheetName) -> Sheet {
        match name {
            SheetName::Lots => self.lot_sheet(),
            SheetName::Lines => self.line_sheet(),
            SheetName::Cameras => self.camera_sheet(),
            SheetName::Classes => self.class_sheet(),
            SheetName::LotSteps => self.lot_step_sheet(),
            SheetName::Steps => self.step_sheet(),
            SheetName::CameraSteps => self.camera_step_sheet(),
            SheetName::ClassSteps => self.class_step_sheet(),
            SheetName::Gaps => self.gap_sheet(),
            SheetName::Adjustments => self.adjustment_sheet(),
            SheetName::Alerts => self.alert_sheet(),
        }
    }

    fn lot_sheet(&self) -> Sheet {
        let mut columns = vec![LOT, ("within", "Within"), ("capacity", "Capacity"), OPENING, ENTRIES, EXITS, NET];
        columns.extend([ADJUSTED, CLOSING, MEAN, ("lowest", "Lowest"), PEAK, ("peak_at", "Peak at"), UTILIZATION]);
        columns.extend([
            ("peak_utilization", "Peak utilization"),
            ("mean_stay_s", "Mean stay"),
            ("no_stay", "No stay"),
        ]);
        columns.push(("turnover", "Turnover"));
        columns.extend(BUSIEST);
        columns.extend([("told_at", "True number told"), COVERAGE, DEGRADED, ("remarks", "Remarks")]);
        let mut sheet = Sheet::new("lots", "Each lot in the whole period", &columns);
        for row in &self.lots {
            sheet.add(self.lot_cells(row));
        }
        sheet
    }

    fn lot_cells(&self, row: &LotRow) -> Vec<Cell> {
        let LotFigures { lot, entries, exits, inside, coverage, .. } = &row.figures;
        let inside = |cell: fn(&Inside) -> Cell| Cell::some(inside.as_ref(), cell);
        let share = |share: Option<f64>| Cell::some(share, Cell::Share);
        let mut cells = vec![
            Cell::text(lot),
            Cell::some(row.within.as_deref(), Cell::text),
            Cell::some(row.capacity, Cell::Count),
            inside(|inside| Cell::Count(inside.opening)),
            Cell::counted(*entries, coverage),
            Cell::counted(*exits, coverage),
            Cell::net(*entries, *exits, coverage),
            inside(|inside| Cell::Change(inside.adjusted)),
            inside(|inside| Cell::Count(inside.closing)),
            inside(|inside| Cell::Number(inside.mean)),
            inside(|inside| Cell::Count(inside.lowest)),
            inside(|inside| Cell::Count(inside.peak)),
            inside(|inside| Cell::Moment(inside.peak_at.clone())),
            share(row.figures.inside.as_ref().and_then(|inside| inside.utilization)),
            share(row.figures.inside.as_ref().and_then(|inside| inside.peak_utilization)),
            Cell::some(row.stay.ok(), Cell::Length),
            Cell::some(row.stay.err(), |why| Cell::Text(why.to_string())),
            Cell::some(row.turnover, Cell::Number),
        ];
        cells.extend(busiest(&row.busiest));
        cells.push(Cell::some(row.told, |told| Cell::Moment(self.local(told))));
        cells.extend(covered(coverage));
        cells.push(Cell::Text(row.remarks().join("; ")));
        cells
    }

    fn line_sheet(&self) -> Sheet {
        let mut columns = vec![CAMERA, LINE, ENTRIES, EXITS, NET];
        columns.extend(BUSIEST);
        columns.extend([COVERAGE, DEGRADED]);
        let mut sheet = Sheet::new("lines", "Each counting line in the whole period", &columns);
        for row in &self.lines {
            let CountRow { camera, line, entries, exits, coverage, .. } = &row.counts;
            let mut cells = vec![Cell::text(camera), Cell::text(line)];
            cells.extend([Cell::counted(*entries, coverage), Cell::counted(*exits, coverage)]);
            cells.push(Cell::net(*entries, *exits, coverage));
            cells.extend(busiest(&row.busiest));
            cells.extend(covered(coverage));
            sheet.add(cells);
        }
        sheet
    }

    fn camera_sheet(&self) -> Sheet {
        let frames = [
            ("frames_read", "Frames read"),
            ("frames_looked_at", "Frames looked at"),
            ("frames_dropped", "Frames dropped"),
        ];
        let columns = [&[CAMERA, ENTRIES, EXITS, NET, COVERAGE, DEGRADED][..], &frames].concat();
        let mut sheet = Sheet::new("cameras", "Each camera in the whole period", &columns);
        for row in &self.cameras {
            let mut cells = vec![Cell::text(&row.camera)];
            cells.extend([Cell::counted(row.entries, &row.coverage), Cell::counted(row.exits, &row.coverage)]);
            cells.push(Cell::net(row.entries, row.exits, &row.coverage));
            cells.extend(covered(&row.coverage));
            let frames = [row.frames_read, row.frames_looked_at, row.frames_dropped];
            cells.extend(frames.map(|frames| Cell::Count(frames as i64)));
            sheet.add(cells);
        }
        sheet
    }

    fn class_sheet(&self) -> Sheet {
        let columns = [CAMERA, LINE, CLASS, ENTRIES, EXITS, NET, COVERAGE, DEGRADED];
        let mut sheet = Sheet::new("classes", "Each class of vehicle on each line in the whole period", &columns);
        for row in &self.classes {
            let CountRow { camera, line, entries, exits, coverage, .. } = &row.counts;
            let mut cells = vec![Cell::text(camera), Cell::text(line), Cell::text(&row.class)];
            cells.extend([Cell::counted(*entries, coverage), Cell::counted(*exits, coverage)]);
            cells.push(Cell::net(*entries, *exits, coverage));
            cells.extend(covered(coverage));
            sheet.add(cells);
        }
        sheet
    }

    fn lot_step_sheet(&self) -> Sheet {
        let columns =
            [START, END, LOT, OPENING, ENTRIES, EXITS, ADJUSTED, CLOSING, MEAN, PEAK, UTILIZATION, COVERAGE, DEGRADED];
        let mut sheet = Sheet::new("lot-steps", "Each lot step by step", &columns);
        for row in &self.lot_steps {
            let inside = |cell: fn(&Inside) -> Cell| Cell::some(row.inside.as_ref(), cell);
            let mut cells = Cell::span(&row.bucket).to_vec();
            cells.extend([
                Cell::text(&row.lot),
                inside(|inside| Cell::Count(inside.opening)),
                Cell::counted(row.entries, &row.coverage),
                Cell::counted(row.exits, &row.coverage),
                inside(|inside| Cell::Change(inside.adjusted)),
                inside(|inside| Cell::Count(inside.closing)),
                inside(|inside| Cell::Number(inside.mean)),
                inside(|inside| Cell::Count(inside.peak)),
                inside(|inside| Cell::some(inside.utilization, Cell::Share)),
            ]);
            cells.extend(covered(&row.coverage));
            sheet.add(cells);
        }
        sheet
    }

    fn step_sheet(&self) -> Sheet {
        let columns = [START, END, CAMERA, LINE, ENTRIES, EXITS, COVERAGE, DEGRADED];
        let mut sheet = Sheet::new("steps", "Each counting line step by step", &columns);
        for row in &self.steps {
            let names = [Cell::text(&row.camera), Cell::text(&row.line)];
            sheet.add(step_cells(row, names));
        }
        sheet
    }

    fn camera_step_sheet(&self) -> Sheet {
        let columns = [START, END, CAMERA, ENTRIES, EXITS, COVERAGE, DEGRADED];
        let mut sheet = Sheet::new("camera-steps", "Each camera step by step", &columns);
        for row in &self.camera_steps() {
            sheet.add(step_cells(row, [Cell::text(&row.camera)]));
        }
        sheet
    }

    fn class_step_sheet(&self) -> Sheet {
        let columns = [START, END, CAMERA, LINE, CLASS, ENTRIES, EXITS, COVERAGE, DEGRADED];
        let mut sheet = Sheet::new("class-steps", "Each class of vehicle step by step", &columns);
        for row in &self.class_steps {
            let names = [Cell::text(&row.counts.camera), Cell::text(&row.counts.line), Cell::text(&row.class)];
            sheet.add(step_cells(&row.counts, names));
        }
        sheet
    }

    fn gap_sheet(&self) -> Sheet {
        let columns = [CAMERA, START, END, ("length_s", "Length"), ("reason", "Reason"), ("detail", "Detail")];
        let mut sheet = Sheet::new("gaps", "Times in which a camera was not observed", &columns);
        for gap in &self.gaps {
            sheet.add([
                Cell::text(&gap.camera),
                Cell::Moment(self.local(gap.from)),
                Cell::Moment(self.local(gap.until)),
                Cell::Length(gap.until.0 - gap.from.0),
                Cell::text(&gap.reason),
                Cell::text(&gap.detail),
            ]);
        }
        sheet
    }

    fn adjustment_sheet(&self) -> Sheet {
        let columns = [
            ("at", "At"),
            LOT,
            ("kind", "Kind"),
            ("effect", "Effect"),
            ("counted", "Counted"),
            ("told", "Told"),
            ("who", "Who"),
            ("why", "Why"),
            ("recorded_at", "Recorded at"),
        ];
        let mut sheet = Sheet::new("adjustments", "Adjustments of the number inside", &columns);
        for row in &self.adjustments {
            let told = row.kind.is_absolute().then_some(row.after);
            sheet.add([
                Cell::Moment(self.local(row.at)),
                Cell::text(&row.lot),
                Cell::text(row.kind.name()),
                Cell::Change(row.effect),
                Cell::some(row.counted, Cell::Count),
                Cell::some(told, Cell::Count),
                Cell::text(&row.who),
                Cell::text(&row.why),
                Cell::Moment(self.local(row.recorded)),
            ]);
        }
        sheet
    }

    pub fn local(&self, moment: UtcMicros) -> Zoned {
        moment.to_timestamp().unwrap_or_default().to_zoned(self.start.time_zone().clone())
    }
}

fn step_cells(row: &CountRow, names: impl IntoIterator<Item = Cell>) -> Vec<Cell> {
    let mut cells = Cell::span(&row.bucket).to_vec();
    cells.extend(names);
    cells.extend([Cell::counted(row.entries, &row.coverage), Cell::counted(row.exits, &row.coverage)]);
    cells.extend(covered(&row.coverage));
    cells
}

fn busiest(hour: &Option<BusiestHour>) -> [Cell; 3] {
    match hour {
        None => [Cell::Empty, Cell::Empty, Cell::Empty],
        Some(hour) => {
            [Cell::Moment(hour.hour.start.clone()), Cell::Count(hour.volume as i64), Cell::Coverage(hour.coverage)]
        }
    }
}

fn covered(coverage: &super::coverage::Coverage) -> [Cell; 2] {
    [Cell::Coverage(*coverage), Cell::some(coverage.degraded(), Cell::Share)]
}
