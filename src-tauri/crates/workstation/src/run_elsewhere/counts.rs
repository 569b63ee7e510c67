//! Counts of a cohort, ours and another database's, in one form.

use rustcare_cohorts::engine::{Attrition, CohortResult};
use serde::Serialize;

use crate::cohorts::count::CountedPeople;

/// What one rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RuleCounts {
    /// How many meet it.
    pub met: u64,
    /// How many meet every rule but this one.
    pub all_but_this: u64,
    /// How many meet this rule and all before it.
    pub remaining: u64,
}

/// Counts by rule.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct AttritionCounts {
    /// How many there are before any rule.
    pub total: u64,
    /// By rule, in order.
    pub rules: Vec<RuleCounts>,
}

impl From<&Attrition> for AttritionCounts {
    fn from(attrition: &Attrition) -> Self {
        let rules = attrition.rules.iter().map(|rule| RuleCounts {
            met: rule.met,
            all_but_this: rule.all_but_this,
            remaining: rule.remaining,
        });
        Self { total: attrition.total, rules: rules.collect() }
    }
}

/// Counts of a cohort.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct CohortCounts {
    /// Persons in the data.
    pub population: u64,
    /// Qualified events.
    pub by_event: AttritionCounts,
    /// The best event of each person.
    pub by_person: AttritionCounts,
    /// Spans in the cohort.
    pub spans: u64,
    /// Persons in the cohort.
    pub persons: u64,
    /// Persons whose spans all lie outside of the definition's calendar.
    pub lost_to_censor_window: u64,
}

/// A count that is another there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which count.
    pub what: String,
    /// Ours.
    pub here: u64,
    /// The other database's.
    pub there: u64,
}

impl CohortCounts {
    /// The engine's counts. `population`: persons in its data.
    #[must_use]
    pub fn of(result: &CohortResult, population: u64) -> Self {
        Self {
            population,
            by_event: (&result.by_event).into(),
            by_person: (&result.by_person).into(),
            spans: result.rows.len() as u64,
            persons: result.persons,
            lost_to_censor_window: result.lost_to_censor_window,
        }
    }

    /// As far as patients are counted.
    pub(crate) fn as_counted(&self) -> CountedPeople {
        let rules = self.by_person.rules.iter();
        CountedPeople {
            population: self.population,
            entered: self.by_person.total,
            rules: rules.map(|rule| [rule.met, rule.remaining, rule.all_but_this]).collect(),
            patients: self.persons,
        }
    }

    /// Every count by its name.
    fn named(&self) -> Vec<(String, u64)> {
        let mut all = vec![
            ("persons in the data".to_owned(), self.population),
            ("spans".to_owned(), self.spans),
            ("persons".to_owned(), self.persons),
            ("lost to the calendar".to_owned(), self.lost_to_censor_window),
        ];
        for (of, counts) in [("events", &self.by_event), ("persons", &self.by_person)] {
            all.push((format!("{of} before any rule"), counts.total));
            for (position, rule) in counts.rules.iter().enumerate() {
                let number = position + 1;
                all.push((format!("rule {number}, {of} that meet it"), rule.met));
                all.push((format!("rule {number}, {of} that miss it alone"), rule.all_but_this));
                all.push((format!("rule {number}, {of} that remain"), rule.remaining));
            }
        }
        all
    }

    /// Where the counts there are others, rule by rule. Both are of one definition.
    #[must_use]
    pub fn differences(&self, there: &Self) -> Vec<Difference> {
        let pairs = self.named().into_iter().zip(there.named());
        pairs
            .filter(|((_, here), (_, there))| here != there)
            .map(|((what, here), (_, there))| Difference { what, here, there })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_named_by_its_rule() {
        let rule = RuleCounts { met: 40, all_but_this: 3, remaining: 38 };
        let counts = AttritionCounts { total: 50, rules: vec![rule, rule] };
        let here = CohortCounts {
            population: 100,
            by_event: counts.clone(),
            by_person: counts,
            spans: 38,
            persons: 38,
            lost_to_censor_window: 0,
        };
        assert_eq!(here.differences(&here), []);
        let mut there = here.clone();
        there.persons += 2;
        there.by_person.rules[1].remaining -= 1;
        let named: Vec<String> = here.differences(&there).into_iter().map(|found| found.what).collect();
        assert_eq!(named, ["persons", "rule 2, persons that remain"]);
    }
}
