//! Journeys through the core: the same calls that the window makes, without a window. One program, one file a subject.

mod access;
mod agreement;
mod breakdown;
mod chart;
mod choke_point;
mod cohort_builder;
mod cohort_circe;
mod cohort_clinic;
mod cohort_definition;
mod cohort_explained;
mod cohort_figures;
mod cohort_gaps;
mod cohort_gibleed;
mod cohort_leaving;
mod cohort_population;
mod cohort_properties;
mod cohort_published;
mod cohort_review;
mod cohort_strata;
mod cohort_support;
mod cohort_updated;
mod data_sets;
mod documents;
mod duplicates;
mod hand_out;
mod hand_out_forms;
mod hand_out_whole;
mod hl7;
mod hl7_again;
mod hl7_corpus;
mod hl7_golden;
mod hl7_interface;
mod hl7_persons;
mod hl7_register;
mod imaging;
mod import_fhir;
mod import_job;
mod import_synthea;
mod import_table;
mod matching;
mod messy_tables;
mod paper;
mod patients;
mod research_tables;
mod round_trip;
mod same_person;
mod statistics;
/// Reads saved papers back, knowing nothing of how they were laid out.
#[allow(dead_code)]
#[path = "../../src-tauri/crates/paper/tests/papers/written.rs"]
mod written;
