//! How often an outcome comes in how much time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Index;
use super::at_risk::{AtRisk, TimeAtRisk};
use super::cohort::{Cohort, Stratum, stratum_of};
use crate::disclosure::Disclosure;
use crate::disclosure::list::list;
use crate::disclosure::share::{GroupWith, shares};
use crate::statistics::{Confidence, Interval, PersonTime, incidence_rate};

/// By what incidence is looked at; all of it at the span's first day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(default)]
pub struct StratifyBy {
    /// By sex.
    pub sex: bool,
    /// By ten years of age.
    pub age: bool,
    /// By calendar year.
    pub year: bool,
}

impl StratifyBy {
    const fn of(self, stratum: Stratum) -> Stratum {
        Stratum {
            sex_concept_id: if self.sex { stratum.sex_concept_id } else { None },
            age_from: if self.age { stratum.age_from } else { None },
            year: if self.year { stratum.year } else { None },
        }
    }
}

/// Cases and time of a stratum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct IncidenceStratum {
    /// The stratum; all none in the total.
    pub stratum: Stratum,
    /// Spans at risk. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub spans: Option<u64>,
    /// First outcomes. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub cases: Option<u64>,
    /// Days at risk, of all together. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub person_days: Option<u64>,
    /// Cases in 1 000 years, with the exact 95 % interval; none without time.
    pub rate_per_1000_years: Option<Interval>,
}

/// Incidence of an outcome in a target cohort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Incidence {
    /// When spans were at risk.
    pub time_at_risk: TimeAtRisk,
    /// All strata together.
    pub total: IncidenceStratum,
    /// In order; one where nothing is asked for.
    pub strata: Vec<IncidenceStratum>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    spans: u64,
    cases: u64,
    days: u64,
}

fn described(stratum: Stratum, sum: Sum, is_shown: bool, disclosure: Disclosure) -> IncidenceStratum {
    let shown = |value: u64| is_shown.then_some(value);
    let cases = disclosure.rounded(sum.cases);
    let days = disclosure.sum(sum.days, sum.spans);
    let rate = incidence_rate(cases, PersonTime::of_days(days), Confidence::NINETY_FIVE);
    IncidenceStratum {
        stratum,
        spans: shown(disclosure.rounded(sum.spans)),
        cases: shown(cases),
        person_days: shown(days),
        rate_per_1000_years: rate.filter(|_| is_shown),
    }
}

/// The incidence of an outcome's first span in the spans of a target cohort; see [`AtRisk`].
#[must_use]
pub fn incidence(
    index: &Index,
    (target, outcome): (&Cohort, &Cohort),
    risk: TimeAtRisk,
    by: StratifyBy,
    disclosure: Disclosure,
) -> Incidence {
    let mut sums: BTreeMap<Stratum, Sum> = BTreeMap::new();
    let mut total = Sum::default();
    for followed in AtRisk::new(index, target, outcome, risk).followed {
        let stratum = by.of(stratum_of(index, followed.span));
        for sum in [sums.entry(stratum).or_default(), &mut total] {
            sum.spans += 1;
            sum.cases += u64::from(followed.is_case);
            sum.days += u64::from(followed.days);
        }
    }
    // Spans of the strata beside those of all, and in each those with and without the outcome.
    let spans: Vec<u64> = sums.values().map(|sum| sum.spans).collect();
    let spans = list(&spans, disclosure);
    let with = |(sum, shown): (&Sum, &bool)| GroupWith {
        count: sum.cases,
        total: sum.spans,
        total_is_shown: *shown && spans.total,
    };
    let groups: Vec<GroupWith> = sums.values().zip(&spans.counts).map(with).collect();
    let shown = shares(&groups, disclosure);
    let all = Stratum { sex_concept_id: None, age_from: None, year: None };
    let strata = sums.into_iter().zip(&shown.groups);
    Incidence {
        time_at_risk: risk,
        total: described(all, total, shown.total && spans.total, disclosure),
        strata: strata.map(|((stratum, sum), shown)| described(stratum, sum, *shown, disclosure)).collect(),
    }
}
