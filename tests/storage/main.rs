//! The database as a file that must outlive its machine: damage and backups, old schemas, rows that become totals.

mod backups;
mod commands;
mod damage;
mod migrations;
mod place;
mod retention;
mod upkeep;
