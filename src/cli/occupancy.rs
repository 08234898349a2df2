//! `lotcount occupancy`: vehicles in each lot, and the ledger in which somebody tells the true number.

use std::io::Write;
use std::path::Path;

use clap::{Args, Subcommand};

use super::{Exit, Failure, load, occupancy_history, totals};
use crate::config::Config;
use crate::diagnostics::did_you_mean;
use crate::report::{OccupancyDocument, local, observation};
use crate::store::{self, Adjustment, AdjustmentKind, Reader, StoreError, Told};
use crate::time::UtcMicros;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// JSON instead of a table
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Tell how many vehicles truly are in a lot; what was counted before no longer matters
    Set {
        #[arg(value_name = "LOT")]
        lot: String,
        /// Vehicles inside
        #[arg(value_name = "N", allow_negative_numbers = true)]
        number: u32,
        #[command(flatten)]
        reason: Reason,
    },
    /// Add or take off vehicles that were missed or counted too often
    Adjust {
        #[arg(value_name = "LOT")]
        lot: String,
        /// Vehicles more, or less: +2, -1
        #[arg(value_name = "±N", allow_negative_numbers = true)]
        number: i32,
        #[command(flatten)]
        reason: Reason,
    },
    /// List what was told and by how much the count was wrong
    History {
        /// Only this lot
        #[arg(value_name = "LOT")]
        lot: Option<String>,
        /// JSON instead of a table
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
struct Reason {
    /// Why, for whoever reads the ledger later
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// When it was so, unless now: a local date and time, or one with an offset
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Who says so, unless the user who is logged in
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

pub fn run(path: &Path, arguments: &Arguments, out: &mut dyn Write) -> Result<Exit, Failure> {
    let config = load::config(path)?;
    match &arguments.action {
        None => show(&config, arguments.json, out)?,
        Some(Action::Set { lot, number, reason }) => {
            tell(&config, lot, AdjustmentKind::Set, i64::from(*number), reason, out)?;
        }
        Some(Action::Adjust { number: 0, .. }) => {
            return Err(usage("error: an adjustment by 0 changes nothing"));
        }
        Some(Action::Adjust { lot, number, reason }) => {
            tell(&config, lot, AdjustmentKind::Adjust, i64::from(*number), reason, out)?;
        }
        Some(Action::History { lot, json }) => {
            lot.as_ref().map_or(Ok(()), |lot| check_lot(&config, lot))?;
            occupancy_history::show(&config, lot.clone(), *json, out)?;
        }
    }
    Ok(Exit::Success)
}

pub fn database(error: StoreError) -> Failure {
    Failure::new(Exit::Database, &error)
}

fn usage(text: impl Into<String>) -> Failure {
    Failure::text(Exit::Usage, text)
}

fn show(config: &Config, json: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let reader = Reader::open(&config.site.database).map_err(database)?;
    let live = config.cameras.iter().filter(|camera| camera.source.is_live());
    let live: Vec<&str> = live.map(|camera| camera.name.as_str()).collect();
    let (site, zone) = (&config.site.name, &config.site.time_zone);
    let document = OccupancyDocument::read(&reader, site, zone, &live, UtcMicros::now()).map_err(database)?;
    if json {
        writeln!(out, "{:#}", document.to_json())?;
    } else {
        document.write_table(out)?;
    }
    Ok(())
}

fn check_lot(config: &Config, lot: &str) -> Result<(), Failure> {
    let known: Vec<&str> = config.lots.iter().map(|lot| lot.name.as_str()).collect();
    if known.contains(&lot) {
        return Ok(());
    }
    let hint = match did_you_mean(lot, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("configured: {}", known.join(", ")),
    };
    Err(usage(format!("error: there is no lot `{lot}`; {hint}")))
}

fn tell(
    config: &Config,
    lot: &str,
    kind: AdjustmentKind,
    number: i64,
    reason: &Reason,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    check_lot(config, lot)?;
    let now = UtcMicros::now();
    let at = match &reason.at {
        None => now,
        Some(text) => totals::moment(text, &config.site.time_zone)?,
    };
    if at > now {
        return Err(usage("error: `--at` lies in the future, and nobody knows what will be then"));
    }
    let (why, who) = (words("--reason", &reason.reason)?, who(reason.by.as_deref())?);
    let told = Told { lot: lot.to_owned(), kind, at, number, who, why, recorded: now };
    let adjustment = store::adjust(&config.site.database, &told).map_err(|error| match error {
        StoreError::TotalOnly { .. } => usage(format!("error: {error}")),
        error => database(error),
    })?;
    writeln!(out, "{}", in_words(&adjustment, config))?;
    Ok(())
}

/// Texts are one line of a table, for ever.
fn words(option: &str, text: &str) -> Result<String, Failure> {
    let text = text.trim();
    if text.is_empty() {
        return Err(usage(format!("error: `{option}` is empty")));
    }
    if text.chars().any(char::is_control) {
        return Err(usage(format!("error: `{option}` holds a control character or more than one line")));
    }
    Ok(text.to_owned())
}

fn who(by: Option<&str>) -> Result<String, Failure> {
    let logged_in = || ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    match by {
        Some(name) => words("--by", name),
        None => Ok(logged_in().and_then(|name| words("USER", &name).ok()).unwrap_or_else(|| "unknown".to_owned())),
    }
}

/// `main: 12 inside at 2026-06-15 09:00 +02:00; counted 15, 3 too many after 1.0 days and 840 crossings`
fn in_words(adjustment: &Adjustment, config: &Config) -> String {
    let at = adjustment.at.to_timestamp().unwrap_or_default().to_zoned(config.site.time_zone.clone());
    let mut text = format!("{}: {} inside at {}", adjustment.lot, adjustment.after, local(&at));
    let counted = adjustment.counted.unwrap_or(adjustment.before);
    match (adjustment.kind.is_absolute(), observation(adjustment)) {
        (false, _) => text.push_str(&format!(", {:+}", adjustment.amount)),
        (true, None) => text.push_str("; the true number is told for the first time"),
        (true, Some(found)) => {
            let wrong = match found.error {
                0 => "which is right".to_owned(),
                error if error > 0 => format!("{error} too many"),
                error => format!("{} too few", -error),
            };
            let (days, crossings) = (found.days, found.crossings);
            text.push_str(&format!("; counted {counted}, {wrong} after {days:.1} days and {crossings} crossings"));
        }
    }
    text
}
