//! Cohorts: who they are, how many. The population broken down by primary diagnosis, with risk factors;
//! cohorts by definition, counted while they are described.
//!
//! Counts come from columns that are read from the vault once and kept until the data change. The crate knows no
//! session and no role; results hold counts, never a name.
//!
//! | module | what it knows |
//! |---|---|
//! | [`columns`] | the columnar copy: encounters with their primary diagnosis, conditions, measurements |
//! | [`risk_factor`] | which codes and values make a risk factor; a versioned data file |
//! | [`breakdown`] | filter, group, count, describe; in parallel |
//! | [`clinic`] | the records of a vault as an index: each under its code |
//! | [`definition`] | cohort definitions in the language of OHDSI Circe: read strictly, written as published |
//! | [`icd_10_cm`] | the codes and the tree that ship with the program |
//! | [`vocabulary`] | concepts, what descends from what; concept sets resolved |
//! | [`omop`] | folders and tables in the OMOP common data model |
//! | [`index`] | every event in columns, concept by concept, in memory |
//! | [`engine`] | definitions run on an index; attrition |
//! | [`population`] | questions to the whole population: incidence, person-time, prior conditions |
//! | [`sketch`] | a definition as the builder shows it |
//! | [`unit`] | when two units can be compared, and how a number is carried over |
//! | [`text`] | a definition in plain words |
//! | [`check`] | what in a definition cannot be, or is probably not meant |
//! | [`sql`] | a definition as SQL for DuckDB, PostgreSQL and Spark |
//! | [`summary`] | what a definition is made of, for a person to look through |
//! | [`rows_file`] | rows of a cohort as CSV and Parquet |
//! | [`review`] | a cohort looked at: table one, incidence, prevalence, survival, overlap |
//! | [`statistics`] | intervals, tests, differences, survival, as published |
//! | [`disclosure`] | which counts are hidden so that no small group is given away |
//! | [`figure`] | tables as CSV, figures as SVG |
//! | [`report`] | a cohort as one report, in the language that is asked for |
#![warn(missing_docs)]

pub mod athena;
pub mod breakdown;
mod calendar;
pub mod check;
pub mod clinic;
pub mod columns;
pub mod definition;
pub mod disclosure;
pub mod engine;
pub mod figure;
pub mod icd_10_cm;
pub mod index;
mod language;
pub mod omop;
pub mod phenotypes;
pub mod population;
pub mod report;
pub mod review;
pub mod risk_factor;
pub mod rows_file;
pub mod sketch;
pub mod sql;
pub mod statistics;
pub mod summary;
pub mod text;
pub mod unit;
pub mod vocabulary;

pub use breakdown::{Breakdown, BreakdownFilter, BreakdownGroup};
pub use columns::Columns;
