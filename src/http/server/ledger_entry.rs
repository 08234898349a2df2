//! What somebody says of a lot, as it comes in.

use axum::http::StatusCode;
use serde::Deserialize;

use super::problem::Problem;
use crate::store::{AdjustmentKind, Told};
use crate::time::UtcMicros;

/// Vehicles; no lot is larger.
const LARGEST: i64 = 1_000_000;
const LONGEST_TEXT: usize = 500;

/// The body of `POST /occupancy/LOT`: the true number, or a difference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerEntry {
    set: Option<i64>,
    adjust: Option<i64>,
    reason: String,
    by: Option<String>,
}

impl LedgerEntry {
    pub fn read(body: &[u8]) -> Result<Self, Problem> {
        serde_json::from_slice(body).map_err(|error| Problem::bad(format!("the body is no such JSON: {error}")))
    }

    pub fn of_lot(self, lot: String, now: UtcMicros) -> Result<Told, Problem> {
        let (kind, number) = match (self.set, self.adjust) {
            (Some(number @ 0..=LARGEST), None) => (AdjustmentKind::Set, number),
            (None, Some(number)) if number != 0 && number.unsigned_abs() <= LARGEST.unsigned_abs() => {
                (AdjustmentKind::Adjust, number)
            }
            _ => {
                let detail = "one of `set` (0 or more) and `adjust` (not 0), at most a million, says how many vehicles";
                return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
            }
        };
        let why = one_line("reason", &self.reason)?;
        let who = self.by.as_deref().map_or(Ok("http".to_owned()), |by| one_line("by", by))?;
        Ok(Told { lot, kind, at: now, number, who, why, recorded: now })
    }
}

/// Texts are one line of a table, for ever.
fn one_line(name: &str, text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_TEXT || text.chars().any(char::is_control) {
        let detail = format!("`{name}` must be one line of 1 to {LONGEST_TEXT} characters");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    }
    Ok(text.to_owned())
}
