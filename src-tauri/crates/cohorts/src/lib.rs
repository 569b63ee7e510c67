//! Cohorts: who they are, how many. Today the population broken down by primary diagnosis, with risk factors.
//!
//! Counts come from columns that are read from the vault once and kept until the data change. The crate knows no
//! session and no role; results hold counts, never a name.
//!
//! | module | what it knows |
//! |---|---|
//! | [`columns`] | the columnar copy: encounters with their primary diagnosis, conditions, measurements |
//! | [`risk_factor`] | which codes and values make a risk factor; a versioned data file |
//! | [`breakdown`] | filter, group, count, describe; in parallel |
//! | [`definition`] | cohort definitions in the language of OHDSI Circe: read strictly, written as published |
//! | [`figure`] | the table as CSV, the bars as SVG |
#![warn(missing_docs)]

mod ages;
pub mod breakdown;
mod calendar;
pub mod columns;
pub mod definition;
pub mod engine;
pub mod figure;
pub mod index;
pub mod omop;
pub mod population;
pub mod risk_factor;
pub mod rows_file;
pub mod vocabulary;

pub use breakdown::{Breakdown, BreakdownFilter, BreakdownGroup};
pub use columns::Columns;
