//! `[alerts]` and `[lot.alerts]`: what is told, and from which numbers on.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::civil::Time;

use super::{Camera, typed};
use crate::alert::{LotRules, Rules};
use crate::diagnostics::{At, Fault, Faults};

const DEFAULT_CAMERA_DOWN_S: f64 = 60.0;
/// Why a camera is silent is known after 5 s, and one that breaks off now and then is back sooner than this.
const CAMERA_DOWN_S: RangeInclusive<f64> = 10.0..=86_400.0;
const DEFAULT_NEARLY_FULL: f64 = 0.9;
const DEFAULT_FULL: f64 = 1.0;
const DEFAULT_HYSTERESIS: f64 = 0.05;
const HYSTERESIS: RangeInclusive<f64> = 0.0..=0.5;
/// More than its spaces a lot may be told to hold before it is called full: some park beside them.
const SHARE: RangeInclusive<f64> = 0.1..=2.0;
const IMBALANCE: RangeInclusive<i64> = 0..=100_000;

/// What was configured, short of the cameras.
pub struct ValidAlerts {
    lots: Vec<LotRules>,
    camera_down: Option<Duration>,
    silent_lines: bool,
}

impl ValidAlerts {
    /// The rules of a site with these cameras.
    pub fn of(self, cameras: &[Camera]) -> Rules {
        let lines = |camera: &Camera| camera.lines.iter().map(|line| line.name.clone()).collect();
        let live = cameras.iter().filter(|camera| camera.source.is_live());
        Rules {
            lots: self.lots,
            cameras: live.map(|camera| (camera.name.clone(), lines(camera))).collect(),
            camera_down: self.camera_down,
            silent_lines: self.silent_lines,
        }
    }
}

/// `None` when something is wrong, which has been noted.
pub fn validate(typed: &typed::File, faults: &Faults) -> Option<ValidAlerts> {
    let site = typed.alerts.as_ref();
    let camera_down = camera_down(site.and_then(|alerts| alerts.camera_down_s.as_ref()), faults);
    let silent_lines = site.and_then(|alerts| alerts.silent_lines.as_ref()).is_none_or(|at| at.value);
    let lots: Vec<Option<LotRules>> = typed.lots.iter().map(|lot| lot_rules(lot, faults)).collect();
    Some(ValidAlerts { lots: lots.into_iter().collect::<Option<_>>()?, camera_down: camera_down?, silent_lines })
}

fn camera_down(typed: Option<&At<f64>>, faults: &Faults) -> Option<Option<Duration>> {
    match typed {
        Some(At { value, .. }) if *value == 0.0 => Some(None),
        Some(At { value, span }) if !CAMERA_DOWN_S.contains(value) => {
            let message = "`camera_down_s` must lie between 10 s and a day, or be 0";
            faults.add(Fault::error(span.clone(), message).hint("60 is usual; 0: no camera is ever told to be down"));
            None
        }
        other => Some(Some(Duration::from_secs_f64(other.map_or(DEFAULT_CAMERA_DOWN_S, |at| at.value)))),
    }
}

fn lot_rules(typed: &typed::Lot, faults: &Faults) -> Option<LotRules> {
    // A missing name has been noted by who needs it.
    let lot = typed.name.as_ref()?.value.clone();
    let defaults = LotRules {
        lot,
        fill: true,
        nearly_full: DEFAULT_NEARLY_FULL,
        full: DEFAULT_FULL,
        hysteresis: DEFAULT_HYSTERESIS,
        closing: None,
        imbalance: None,
    };
    let Some(alerts) = &typed.alerts else { return Some(defaults) };
    let share = |key, typed: &Option<At<f64>>, range, default| share(key, typed.as_ref(), range, default, faults);
    let nearly_full = share("nearly_full", &alerts.nearly_full, SHARE, DEFAULT_NEARLY_FULL);
    let full = share("full", &alerts.full, SHARE, DEFAULT_FULL);
    let hysteresis = share("hysteresis", &alerts.hysteresis, HYSTERESIS, DEFAULT_HYSTERESIS);
    let closing = alerts.closing.as_ref().map(|typed| closing(typed, faults));
    let imbalance = alerts.imbalance.as_ref().map(|typed| imbalance(typed, faults));
    if let (Some(nearly), Some(full)) = (nearly_full, full)
        && nearly >= full
        && let Some(typed) = alerts.nearly_full.as_ref().or(alerts.full.as_ref())
    {
        let message = format!("a lot that is nearly full at {nearly} must be full later, and this is full at {full}");
        faults.add(Fault::error(typed.span.clone(), message).hint("as in nearly_full = 0.9, full = 1.0"));
        return None;
    }
    warn_of_idle_keys(typed, alerts, faults);
    Some(LotRules {
        fill: alerts.fill.as_ref().is_none_or(|at| at.value),
        nearly_full: nearly_full?,
        full: full?,
        hysteresis: hysteresis?,
        closing: closing.map_or(Some(None), |closing| closing.map(Some))?,
        imbalance: imbalance.map_or(Some(None), |imbalance| imbalance.map(Some))?,
        ..defaults
    })
}

fn share(key: &str, typed: Option<&At<f64>>, range: RangeInclusive<f64>, default: f64, faults: &Faults) -> Option<f64> {
    let Some(At { value, span }) = typed else { return Some(default) };
    if !range.contains(value) {
        let message = format!("`{key}` must lie between {} and {}", range.start(), range.end());
        faults.add(Fault::error(span.clone(), message).hint(format!("a share of the capacity; {default} is usual")));
        return None;
    }
    Some(*value)
}

/// Volumes are kept by quarters of an hour.
fn closing(typed: &At<String>, faults: &Faults) -> Option<Time> {
    let wrong = |message: &str| {
        faults.add(Fault::error(typed.span.clone(), message).hint("local time, as in closing = \"22:00\""));
        None
    };
    match Time::strptime("%H:%M", &typed.value) {
        Ok(time) if time.minute() % 15 == 0 => Some(time),
        Ok(_) => wrong("`closing` must be on a quarter of an hour"),
        Err(_) => wrong("`closing` is no time of day"),
    }
}

fn imbalance(typed: &At<i64>, faults: &Faults) -> Option<u32> {
    if !IMBALANCE.contains(&typed.value) {
        let message = format!("`imbalance` must lie between {} and {}", IMBALANCE.start(), IMBALANCE.end());
        let hint = "vehicles by which entries and exits of a day may differ, and that may be left at closing";
        faults.add(Fault::error(typed.span.clone(), message).hint(hint));
        return None;
    }
    u32::try_from(typed.value).ok()
}

fn warn_of_idle_keys(lot: &typed::Lot, alerts: &typed::LotAlerts, faults: &Faults) {
    let shares = [&alerts.nearly_full, &alerts.full].into_iter().flatten();
    if let (None, Some(share)) = (&lot.capacity, shares.into_iter().next()) {
        let fault = Fault::warning(share.span.clone(), "how full a lot without a `capacity` is is not known");
        faults.add(fault.hint("give the lot its `capacity`"));
    }
    if let (Some(imbalance), None) = (&alerts.imbalance, &alerts.closing) {
        let fault = Fault::warning(imbalance.span.clone(), "`imbalance` is judged at `closing`, and there is none");
        faults.add(fault.hint("as in closing = \"22:00\""));
    }
}
