//! When a recording began.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use toml::value::Datetime;

use crate::diagnostics::{At, Fault, Faults};
use crate::time::UtcMicros;

/// With an offset it is what it says; without one it is local time at the site, unless the clocks were changed just then.
pub fn resolve(typed: &At<Datetime>, zone: Option<&TimeZone>, faults: &Faults) -> Option<UtcMicros> {
    let span = typed.span.clone();
    let text = typed.value.to_string();
    if typed.value.date.is_none() || typed.value.time.is_none() {
        faults.add(Fault::error(span, "`start` needs a date and a time").hint("as in 2026-06-15T07:00:00"));
        return None;
    }
    if typed.value.offset.is_some() {
        return match text.parse::<Timestamp>() {
            Ok(timestamp) => Some(timestamp.into()),
            Err(error) => {
                faults.add(Fault::error(span, format!("this is no moment: {error}")));
                None
            }
        };
    }
    let zone = zone?; // its own fault has been noted
    let local = match text.parse::<DateTime>() {
        Ok(local) => local,
        Err(error) => {
            faults.add(Fault::error(span, format!("this is no date and time: {error}")));
            return None;
        }
    };
    match zone.to_ambiguous_zoned(local).unambiguous() {
        Ok(zoned) => Some(zoned.timestamp().into()),
        Err(_) => {
            let message = "at this local time the clocks were changed: it comes twice, or not at all";
            faults.add(Fault::error(span, message).hint("write it with its offset, as in 2026-10-25T02:30:00+02:00"));
            None
        }
    }
}
