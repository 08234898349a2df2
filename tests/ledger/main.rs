//! The ledger: what is told about lots and what is counted give one number at every moment, whatever comes late, twice or
//! goes; and the commands by which people tell it.

mod identity;
mod nesting;
mod rows;
mod site;
