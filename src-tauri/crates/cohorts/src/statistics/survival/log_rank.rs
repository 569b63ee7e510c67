//! Whether groups survive alike.

use serde::{Deserialize, Serialize};

use super::{Survived, days};
use crate::statistics::special::{chi_square_tail, solve};

/// Events of a group beside those that it would have if all groups were alike.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct GroupInLogRank {
    /// Events that came.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub observed: u64,
    /// Events that were to be expected.
    pub expected: f64,
}

/// The log-rank test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LogRank {
    /// The statistic.
    pub chi_square: f64,
    /// Its degrees of freedom: one less than there are groups with anybody at risk of an event.
    pub degrees_of_freedom: u32,
    /// Between 0 and 1.
    pub p_value: f64,
    /// By group, in order.
    pub groups: Vec<GroupInLogRank>,
}

impl LogRank {
    /// The same with this statistic, as rounding makes it, and the tail that belongs to it.
    #[must_use]
    pub fn with_statistic(self, chi_square: f64) -> Self {
        let p_value = chi_square_tail(chi_square, self.degrees_of_freedom as usize);
        Self { chi_square, p_value, ..self }
    }
}

/// Compares the groups at every day with an event (Mantel 1966; Peto & Peto 1972, "Asymptotically efficient rank invariant test
/// procedures"), with the hypergeometric variance. `None` where nothing can be compared: fewer than two groups at risk, or no
/// event.
#[must_use]
pub fn log_rank(groups: &[Vec<Survived>]) -> Option<LogRank> {
    let together: Vec<Survived> = groups.iter().flatten().copied().collect();
    let own_days: Vec<_> = groups.iter().map(|group| days(group)).collect();
    let mut places = vec![0_usize; groups.len()];
    let mut observed = vec![0_u64; groups.len()];
    let mut expected = vec![0.0_f64; groups.len()];
    let mut variance = vec![vec![0.0_f64; groups.len()]; groups.len()];
    for day in days(&together).into_iter().filter(|day| day.events > 0) {
        let mut at_risk = vec![0.0_f64; groups.len()];
        for (group, own) in own_days.iter().enumerate() {
            while own.get(places[group]).is_some_and(|own| own.days < day.days) {
                places[group] += 1;
            }
            let Some(own) = own.get(places[group]) else { continue };
            at_risk[group] = own.at_risk as f64;
            observed[group] += if own.days == day.days { own.events } else { 0 };
        }
        let (all, events) = (day.at_risk as f64, day.events as f64);
        let spread = if day.at_risk > 1 { events * (all - events) / (all * all * (all - 1.0)) } else { 0.0 };
        for (one, own) in at_risk.iter().enumerate() {
            expected[one] += events * own / all;
            for (other, theirs) in at_risk.iter().enumerate() {
                variance[one][other] += spread * own * (if one == other { all - own } else { -theirs });
            }
        }
    }
    // A group that was never at risk cannot differ; of the others one follows from the rest.
    let compared: Vec<usize> = (0..groups.len()).filter(|group| expected[*group] > 0.0).collect();
    let (_, free) = compared.split_first()?;
    if free.is_empty() {
        return None;
    }
    let difference: Vec<f64> = free.iter().map(|group| observed[*group] as f64 - expected[*group]).collect();
    let part = free.iter().map(|one| free.iter().map(|other| variance[*one][*other]).collect()).collect();
    let scaled = solve(part, difference.clone())?;
    let chi_square = difference.iter().zip(&scaled).map(|(a, b)| a * b).sum::<f64>().max(0.0);
    let of_group = |(observed, expected): (u64, f64)| GroupInLogRank { observed, expected };
    Some(LogRank {
        chi_square,
        degrees_of_freedom: u32::try_from(free.len()).unwrap_or(u32::MAX),
        p_value: chi_square_tail(chi_square, free.len()),
        groups: observed.into_iter().zip(expected).map(of_group).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::freireich;
    use super::*;

    #[test]
    fn the_two_groups_of_children_differ_as_published() {
        let (treated, placebo) = freireich();
        // Kleinbaum & Klein 2012, chapter 2: expected 19.25 and 10.75, chi-square 16.79.
        let found = log_rank(&[treated.clone(), placebo.clone()]).unwrap();
        assert!((found.chi_square - 16.79).abs() < 0.005, "{found:?}");
        assert_eq!(found.degrees_of_freedom, 1);
        assert_eq!((found.groups[0].observed, found.groups[1].observed), (9, 21));
        assert!((found.groups[0].expected - 19.25).abs() < 0.005);
        // A group of nobody changes nothing.
        let with_nobody = log_rank(&[treated, Vec::new(), placebo]).unwrap();
        assert!((with_nobody.chi_square - found.chi_square).abs() < 1e-12);
        assert_eq!(with_nobody.degrees_of_freedom, 1);
    }

    #[test]
    fn what_cannot_be_compared_has_no_answer() {
        let (treated, _) = freireich();
        assert_eq!(log_rank(&[treated]), None);
        assert_eq!(log_rank(&[]), None);
        let censored = vec![Survived { days: 4, is_event: false }; 3];
        assert_eq!(log_rank(&[censored.clone(), censored]), None);
    }
}
