//! Reports of days whose rows are known, in every format, as they were when somebody looked at them last.
//!
//! `UPDATE_GOLDEN=1 cargo test --test reports` writes them anew; look at the difference before committing it.

mod figures;
mod golden;
mod page;
mod schema;
mod site;
mod switch_days;
mod workbook;
