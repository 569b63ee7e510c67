//! Matching: which records are of one person.
//!
//! Two layers, as published. The *certain* layer ([`certain`]) knows combinations of fields that settle the matter; the
//! *probabilistic* one (Fellegi and Sunter 1969) adds up what each field's agreement is worth. What it is worth is learnt
//! from the register itself, without labels ([`training`]).
//!
//! | module | what it knows |
//! |---|---|
//! | [`person`], [`birth_date`] | raw fields in, comparable values out |
//! | [`people`], [`interned`], [`similarity`] | many people compactly; how alike two texts are |
//! | [`fields`], [`compare`] | what is compared, and at which levels |
//! | [`blocking`] | which pairs are looked at |
//! | [`model`], [`weights`], [`training`] | what a level is worth, and learning it |
//! | [`certain`] | the 27 combinations |
//! | [`scoring`] | weights of pairs, and why |
//! | [`clusters`] | groups of pairs |
//! | [`index`], [`index_file`] | the register, ready for a keystroke |
//! | [`whole_register`] | the index as people to be compared with each other; one patient's pairs |
//! | [`registered`] | a patient of the register |
//! | [`columns`], [`people_file`] | people from a CSV file |

pub mod birth_date;
pub mod blocking;
pub mod certain;
pub mod clusters;
pub mod columns;
pub mod compare;
pub mod fields;
pub mod index;
pub mod index_file;
pub mod interned;
pub mod model;
pub mod people;
pub mod people_file;
pub mod person;
pub mod registered;
pub mod scoring;
pub mod similarity;
pub mod training;
pub mod weights;
pub mod whole_register;

#[cfg(test)]
mod properties;

pub use index::{Candidate, Candidates, Grade, MatchIndex, PatientKey};
pub use model::MatchModel;
pub use person::PersonFields;
pub use scoring::{MatchRun, Reason, ScoredPair};
