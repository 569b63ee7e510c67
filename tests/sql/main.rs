//! Cohort definitions as SQL: what the databases answer is what the engine answers, row by row and rule by rule.
//!
//! PostgreSQL runs with every test. DuckDB and Spark come from the Python registry and are proofs (`cargo xtask prove`).

mod data;
mod definitions;
mod elsewhere;
mod elsewhere_clinic;
mod made_up;
mod on_postgres;
mod on_python;
mod outcome;
mod postgres;
mod python;
mod shards;
mod tables;
mod text;
