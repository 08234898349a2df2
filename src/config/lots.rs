//! Lots, what they are a part of, and when they are reset.

use std::ops::Range;

use jiff::civil::{Time, Weekday};

use super::{Lot, Reset, typed};
use crate::diagnostics::{At, Fault, Faults, did_you_mean};

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

fn error(faults: &Faults, span: &Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
    faults.add(Fault::error(span.clone(), message).hint(hint));
}

/// All but its name, which is judged as every name is.
pub fn lot(typed: &typed::Lot, name: String, all: &[typed::Lot], faults: &Faults) -> Option<Lot> {
    let capacity = capacity(typed, faults);
    let within = within(typed, all, faults);
    let resets: Vec<Option<Reset>> = typed.resets.iter().map(|typed| reset(typed, faults)).collect();
    let resets: Vec<Reset> = resets.into_iter().collect::<Option<_>>()?;
    for (index, (reset, typed)) in resets.iter().zip(&typed.resets).enumerate() {
        let same = |other: &Reset| other.at == reset.at && other.days.iter().any(|day| reset.days.contains(day));
        if resets[..index].iter().any(same) {
            let hint = "give each its own `days` or its own time";
            error(faults, &typed.span, "another reset of this lot, above, comes at the same time", hint);
            return None;
        }
    }
    for (reset, typed) in resets.iter().zip(&typed.resets) {
        if let (Some(Some(spaces)), Some(at)) = (capacity, &typed.overnight)
            && reset.overnight > spaces
        {
            let message = format!("{} cars stay overnight, and the lot has {spaces} spaces", reset.overnight);
            faults.add(Fault::warning(at.span.clone(), message));
        }
    }
    Some(Lot { name, capacity: capacity?, within: within?, resets })
}

fn capacity(typed: &typed::Lot, faults: &Faults) -> Option<Option<u32>> {
    let Some(At { value, span }) = &typed.capacity else { return Some(None) };
    match u32::try_from(*value) {
        Ok(capacity) => {
            if capacity == 0 {
                faults.add(Fault::warning(span.clone(), "a lot without a single space is always full"));
            }
            Some(Some(capacity))
        }
        Err(_) => {
            error(faults, span, "`capacity` is no number of spaces", "0 or more, or leave it out");
            None
        }
    }
}

fn within(typed: &typed::Lot, all: &[typed::Lot], faults: &Faults) -> Option<Option<String>> {
    let Some(At { value, span }) = &typed.within else { return Some(None) };
    if !is_known(&typed.within, all, faults) {
        return None;
    }
    // From lot to lot outwards: whoever comes back to where it began goes in a circle.
    let outer = |name: &str| {
        let lot = all.iter().find(|lot| lot.name.as_ref().is_some_and(|at| at.value == name))?;
        lot.within.as_ref().map(|within| within.value.as_str())
    };
    let begin = typed.name.as_ref()?.value.as_str();
    let mut way = vec![begin, value.as_str()];
    while way.len() <= all.len() + 1 {
        match way.last().copied() {
            Some(last) if last == begin => {
                let message = format!("the lot `{begin}` lies within itself: {}", way.join(" within "));
                error(faults, span, message, "`within` names the larger lot that this one is a part of");
                return None;
            }
            last => match last.and_then(outer) {
                Some(next) => way.push(next),
                None => break,
            },
        }
    }
    Some(Some(value.clone()))
}

/// Notes a fault when there is no such lot.
pub fn is_known(typed: &Option<At<String>>, all: &[typed::Lot], faults: &Faults) -> bool {
    let Some(At { value, span }) = typed else { return true };
    let mut names = all.iter().filter_map(|lot| lot.name.as_ref()).map(|name| name.value.as_str());
    if names.clone().any(|name| name == value) {
        return true;
    }
    let hint = match did_you_mean(value, names.clone()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if names.next().is_none() => "there is no lot at all: add one, headed [[lot]]".to_owned(),
        None => "lots are declared by [[lot]]".to_owned(),
    };
    error(faults, span, format!("there is no lot `{value}`"), hint);
    false
}

fn reset(typed: &typed::Reset, faults: &Faults) -> Option<Reset> {
    let at = typed.at.as_ref().and_then(|at| time(at, faults));
    let days = match &typed.days {
        None => Some(DAYS.map(|(_, day)| day).to_vec()),
        Some(typed) => days(typed, faults),
    };
    let overnight = match &typed.overnight {
        None => Some(0),
        Some(At { value, span }) => {
            let number = u32::try_from(*value).ok();
            if number.is_none() {
                error(faults, span, "`overnight` is no number of cars", "0 or more, those that stay");
            }
            number
        }
    };
    Some(Reset { at: at?, days: days?, overnight: overnight? })
}

/// `04:00`, to the minute: seconds would divide a minute of coverage for nothing.
fn time(typed: &At<String>, faults: &Faults) -> Option<Time> {
    let digits = typed.value.len() == 5 && typed.value.as_bytes()[2] == b':';
    match typed.value.parse::<Time>() {
        Ok(time) if digits => Some(time),
        _ => {
            error(
                faults,
                &typed.span,
                format!("`{}` is no time of day", typed.value),
                "as in at = \"04:00\", local time",
            );
            None
        }
    }
}

fn days(typed: &At<Vec<String>>, faults: &Faults) -> Option<Vec<Weekday>> {
    let names = || DAYS.iter().map(|(name, _)| *name);
    if typed.value.is_empty() {
        error(faults, &typed.span, "`days` names no day", "leave it out for every day");
        return None;
    }
    if let Some(wrong) = typed.value.iter().find(|day| !names().any(|name| name == *day)) {
        let hint = match did_you_mean(wrong, names()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("days are {}", names().collect::<Vec<_>>().join(", ")),
        };
        error(faults, &typed.span, format!("`{wrong}` is no day"), hint);
        return None;
    }
    Some(DAYS.iter().filter(|(name, _)| typed.value.iter().any(|day| day == name)).map(|(_, day)| *day).collect())
}
