//! The contract: every use case, declared once, in the file of its room.
//!
//! From one declaration come the window's command, the TypeScript client, the permission matrix on screen, what may be
//! shown to whom, and the test that tries every role. To add one: write its input and output here, declare it in
//! [`use_cases!`], and write the function that it names.

pub mod access;
pub mod admin;
pub mod cohort_definitions;
pub mod cohort_patients;
pub mod cohort_review;
pub mod cohorts;
pub mod data_sets;
pub mod documents;
pub mod duplicates;
pub mod elsewhere;
pub mod exchange;
pub mod handing_out;
pub mod imaging;
pub mod messages;
pub mod paper;
pub mod patients;

use rustcare_vault::Role;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use validator::Validate;

use crate::choke_point::{Call, Reply};
use crate::problem::Problem;

/// Who may call a use case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Before sign-in too.
    Anyone,
    /// Everybody who is signed in.
    AnyStaff,
    /// These roles.
    Roles(&'static [Role]),
}

/// What a use case leaves in the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trail {
    /// An entry for each call.
    Always,
    /// Only refusals: it shows and changes nothing of a patient.
    Refusals,
}

/// What becomes stale in the window when a use case succeeds; what a read provides has the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each name says it
pub enum Topic {
    Session,
    Drafts,
    Patients,
    Chart,
    Jobs,
    Messages,
    Cohorts,
    Studies,
    Staff,
    Settings,
    Audit,
    Vault,
}

/// A declared use case.
pub struct UseCase {
    /// The window's command and the word in the trail.
    pub name: &'static str,
    /// What it does, in words of the staff.
    pub title: &'static str,
    /// The room it belongs to.
    pub room: &'static str,
    /// Who may.
    pub access: Access,
    /// What stays in the trail.
    pub trail: Trail,
    /// Whether calling it is a sign of life of the person.
    pub activity: bool,
    /// What it makes stale.
    pub stale: &'static [Topic],
    /// Reads, checks and runs it.
    pub(crate) run: fn(&mut Call<'_>, Value) -> Result<Reply, Problem>,
}

/// Declares the use cases of a room.
macro_rules! use_cases {
    (room $room:literal; $(
        $title:literal
        $name:ident ($input:ty) -> $output:ty,
        access $access:expr, trail $trail:ident, activity $activity:literal, stale [$($topic:ident),*],
        by $run:path;
    )*) => {
        /// The use cases of this room.
        pub static USE_CASES: &[$crate::contract::UseCase] = &[$(
            $crate::contract::UseCase {
                name: stringify!($name),
                title: $title,
                room: $room,
                access: $access,
                trail: $crate::contract::Trail::$trail,
                activity: $activity,
                stale: &[$($crate::contract::Topic::$topic),*],
                run: |call, input| {
                    let input: $input = $crate::choke_point::read_input(input)?;
                    let output: $output = $run(call, input)?;
                    $crate::choke_point::Answer::into_reply(output)
                },
            },
        )*];

        /// Name, input and output of each use case of this room, and the types' declarations.
        #[cfg(feature = "ts")]
        pub fn typescript(to: &ts_rs::Config) -> Result<Vec<(&'static str, String, String)>, ts_rs::ExportError> {
            use ts_rs::TS;
            Ok(vec![$({
                <$input as TS>::export_all(to)?;
                <$output as TS>::export_all(to)?;
                (stringify!($name), <$input as TS>::name(to), <$output as TS>::name(to))
            },)*])
        }
    };
}
pub(crate) use use_cases;

/// No input, or no answer.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Empty {}

/// All rooms with their use cases.
pub fn rooms() -> [&'static [UseCase]; 16] {
    [
        access::USE_CASES,
        patients::USE_CASES,
        duplicates::USE_CASES,
        documents::USE_CASES,
        exchange::USE_CASES,
        handing_out::USE_CASES,
        messages::USE_CASES,
        paper::USE_CASES,
        cohorts::USE_CASES,
        cohort_definitions::USE_CASES,
        cohort_review::USE_CASES,
        data_sets::USE_CASES,
        cohort_patients::USE_CASES,
        elsewhere::USE_CASES,
        imaging::USE_CASES,
        admin::USE_CASES,
    ]
}

/// All use cases.
pub fn all() -> impl Iterator<Item = &'static UseCase> {
    rooms().into_iter().flatten()
}

/// The use case of a name.
pub fn find(name: &str) -> Option<&'static UseCase> {
    all().find(|c| c.name == name)
}

/// Whether a role may call it.
pub fn allows(case: &UseCase, role: Role) -> bool {
    match case.access {
        Access::Anyone | Access::AnyStaff => true,
        Access::Roles(roles) => roles.contains(&role),
    }
}
