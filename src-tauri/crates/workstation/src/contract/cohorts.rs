//! The population broken down by primary diagnosis.

use rustcare_cohorts::text::Language;
use rustcare_cohorts::{Breakdown, BreakdownFilter};
use rustcare_vault::Role;
use rustcare_vault::Role::{Analyst, Clinician};
use serde::Deserialize;
use validator::Validate;

use super::exchange::HandedOut;
use super::{Access, use_cases};
use crate::cohorts as act;

/// Who counts cohorts.
pub(super) const COUNT: &[Role] = &[Analyst, Clinician];

/// Which patients.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct CohortBreakdown {
    pub filter: BreakdownFilter,
    /// As it leaves: without the numbers that give a small group away, whoever asks.
    #[serde(default)]
    pub to_hand_out: bool,
}

/// Form of a figure or table that leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum FigureFormat {
    Csv,
    Svg,
    Png,
}

/// Hand a breakdown out.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct ExportBreakdown {
    pub filter: BreakdownFilter,
    pub format: FigureFormat,
    /// None: the person's documents.
    pub place_id: Option<String>,
    /// Of the words in the drawing.
    #[serde(default)]
    pub language: Language,
}

use_cases! {
    room "cohorts";
    "Break the population down by primary diagnosis"
    cohort_breakdown (CohortBreakdown) -> Breakdown, access Access::Roles(COUNT), trail Always, activity true, stale [], by act::cohort_breakdown;
    "Hand a breakdown out"
    export_breakdown (ExportBreakdown) -> HandedOut, access Access::Roles(COUNT), trail Always, activity true, stale [], by act::export_breakdown;
}
