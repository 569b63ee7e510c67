//! What a definition comes to: the engine's answer and a database's, in one form.

use std::fmt::Write as _;

use rustcare_cohorts::engine::{Attrition, CohortResult};

/// Rows, counts by rule, totals.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Person, first day, last day.
    pub rows: Vec<(i64, String, String)>,
    /// Mode, rule, met, all but this, remaining.
    pub attrition: Vec<(i64, i64, i64, Option<i64>, i64)>,
    /// Spans, persons, persons whose spans lie outside of the calendar.
    pub totals: (i64, i64, i64),
}

fn lines(mode: i64, counts: &Attrition) -> Vec<(i64, i64, i64, Option<i64>, i64)> {
    let count = |number: u64| i64::try_from(number).expect("a count");
    let mut all = vec![(mode, 0, count(counts.total), None, count(counts.total))];
    for (position, rule) in counts.rules.iter().enumerate() {
        let number = i64::try_from(position).expect("a position") + 1;
        all.push((mode, number, count(rule.met), Some(count(rule.all_but_this)), count(rule.remaining)));
    }
    all
}

impl Outcome {
    /// The engine's.
    pub fn of(result: &CohortResult) -> Self {
        let count = |number: usize| i64::try_from(number).expect("a count");
        let mut attrition = lines(0, &result.by_event);
        attrition.extend(lines(1, &result.by_person));
        Self {
            rows: result
                .rows
                .iter()
                .map(|row| (row.person_id, row.start_date.to_string(), row.end_date.to_string()))
                .collect(),
            attrition,
            totals: (
                count(result.rows.len()),
                result.persons.try_into().expect("a count"),
                result.lost_to_censor_window.try_into().expect("a count"),
            ),
        }
    }

    /// How another differs; nothing where it does not.
    pub fn difference(&self, other: &Self) -> Option<String> {
        if self == other {
            return None;
        }
        let mut text = String::new();
        let missing: Vec<_> = self.rows.iter().filter(|row| !other.rows.contains(row)).collect();
        let surplus: Vec<_> = other.rows.iter().filter(|row| !self.rows.contains(row)).collect();
        if self.rows != other.rows {
            let _ = write!(
                text,
                "{} rows here, {} there; missing {:?}, surplus {:?}. ",
                self.rows.len(),
                other.rows.len(),
                missing.iter().take(3).collect::<Vec<_>>(),
                surplus.iter().take(3).collect::<Vec<_>>()
            );
        }
        for (ours, theirs) in self.attrition.iter().zip(&other.attrition).filter(|(a, b)| a != b).take(3) {
            let _ = write!(text, "rule {ours:?} here, {theirs:?} there. ");
        }
        let _ = write!(text, "totals {:?} here, {:?} there", self.totals, other.totals);
        Some(text)
    }
}
