//! Time at risk of a first outcome.
//!
//! Source of the meaning: OHDSI WebAPI, `incidencerate/sql/performAnalysis.sql`. Each span of the target cohort is looked at by
//! itself. It counts when the day on which risk begins lies in the period of observation that holds the span's first day, before
//! the day on which risk ends, and when the person's first outcome of all did not come on that day or before it. It ends with the
//! first outcome, with the last day of risk or with observation; an outcome on that day still counts. Time is the days from the
//! first day of risk to the end, the last one not counted.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Index;
use super::cohort::{Cohort, Span};
use crate::omop::NO_DAY;

/// From which day of a span an offset is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum RiskEnd {
    /// The span's first day.
    Start,
    /// The span's last day.
    End,
}

/// When a span is at risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TimeAtRisk {
    /// Risk begins with this day of the span …
    pub start_from: RiskEnd,
    /// … and so many days later.
    pub start_offset_days: i32,
    /// Risk ends with this day of the span …
    pub end_from: RiskEnd,
    /// … and so many days later.
    pub end_offset_days: i32,
}

impl Default for TimeAtRisk {
    /// From the first to the last day of the span.
    fn default() -> Self {
        Self { start_from: RiskEnd::Start, start_offset_days: 0, end_from: RiskEnd::End, end_offset_days: 0 }
    }
}

impl TimeAtRisk {
    /// First and last day of risk of a span.
    fn of(self, span: Span) -> (i32, i32) {
        let day = |from: RiskEnd| match from {
            RiskEnd::Start => span.start,
            RiskEnd::End => span.end,
        };
        (
            day(self.start_from).saturating_add(self.start_offset_days),
            day(self.end_from).saturating_add(self.end_offset_days),
        )
    }
}

/// A span that was at risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowedUp {
    /// The span.
    pub span: Span,
    /// Days at risk.
    pub days: u32,
    /// Whether the outcome ended it.
    pub is_case: bool,
}

/// The spans of a target cohort that were at risk of an outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AtRisk {
    /// By patient and first day.
    pub followed: Vec<FollowedUp>,
}

impl AtRisk {
    /// Follows every span of the target up. `outcome`: its first span of a person is the outcome.
    #[must_use]
    pub fn new(index: &Index, target: &Cohort, outcome: &Cohort, risk: TimeAtRisk) -> Self {
        let outcomes = outcome.entry_days(index);
        let follow = |span: &Span| -> Option<FollowedUp> {
            let (starts, ends) = risk.of(*span);
            let mut periods = index.periods.of(span.patient);
            let (opens, closes) = periods.find(|(opens, closes)| (*opens..=*closes).contains(&span.start))?;
            let came = outcomes.get(span.patient as usize).copied().filter(|day| *day != NO_DAY);
            if starts >= ends || starts < opens || starts > closes || came.is_some_and(|day| day <= starts) {
                return None;
            }
            let last = ends.min(closes);
            let is_case = came.is_some_and(|day| day <= last);
            let end = came.filter(|_| is_case).unwrap_or(last);
            Some(FollowedUp { span: *span, days: u32::try_from(end - starts).unwrap_or(0), is_case })
        };
        Self { followed: target.spans().par_iter().filter_map(follow).collect() }
    }
}
