//! How long until an outcome comes.

use serde::{Deserialize, Serialize};

use super::Index;
use super::at_risk::{AtRisk, TimeAtRisk};
use super::cohort::{Cohort, Span, sex_of};
use crate::disclosure::Disclosure;
use crate::statistics::survival::GroupInLogRank;
use crate::statistics::{Confidence, KaplanMeier, LogRank, SurvivalPoint, Survived, log_rank};

/// Days after entry for which the number still watched is usually told.
pub const WATCHED_ON: [u32; 6] = [0, 90, 180, 365, 730, 1_825];

/// Whose a curve is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CurveOf {
    /// Everybody's.
    All,
    /// Of women.
    Female,
    /// Of men.
    Male,
    /// Of one cohort of several.
    Cohort {
        /// What it is called.
        name: String,
    },
}

/// One curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SurvivalCurve {
    /// Whose it is.
    pub of: CurveOf,
    /// The estimate.
    pub estimate: KaplanMeier,
    /// How many are still watched on the days that were asked for. None: hidden.
    #[cfg_attr(feature = "ts", ts(type = "Array<number | null>"))]
    pub at_risk: Vec<Option<u64>>,
}

/// Curves side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SurvivalResult {
    /// Days for which the number at risk is given.
    pub days: Vec<u32>,
    /// In the order given.
    pub curves: Vec<SurvivalCurve>,
    /// Whether the curves differ; none of one curve, or where nothing can be compared.
    pub log_rank: Option<LogRank>,
}

/// Times of first spans to the outcome's first, from the first day to the last of the span, as long as observed.
fn times(index: &Index, target: &Cohort, outcome: &Cohort) -> Vec<(Span, Survived)> {
    let first = Cohort::of_spans(target.entries().collect());
    let followed = AtRisk::new(index, &first, outcome, TimeAtRisk::default()).followed;
    followed.into_iter().map(|one| (one.span, Survived { days: one.days, is_event: one.is_case })).collect()
}

fn curves(groups: Vec<(CurveOf, Vec<Survived>)>, days: &[u32]) -> SurvivalResult {
    let times: Vec<Vec<Survived>> = groups.iter().map(|(_, times)| times.clone()).collect();
    let curve = |(of, times): (CurveOf, Vec<Survived>)| {
        let estimate = KaplanMeier::new(&times, Confidence::NINETY_FIVE);
        let at_risk = estimate.at_risk(days).into_iter().map(Some).collect();
        SurvivalCurve { of, estimate, at_risk }
    };
    SurvivalResult {
        days: days.to_vec(),
        log_rank: if times.len() > 1 { log_rank(&times) } else { None },
        curves: groups.into_iter().map(curve).collect(),
    }
}

/// A curve for each cohort: from a person's first entry to the first outcome. Who had the outcome on the day of entry or before it
/// is left out, as in [`AtRisk`]; who leaves the cohort or observation without it is censored.
#[must_use]
pub fn survival(
    index: &Index,
    targets: &[(CurveOf, &Cohort)],
    outcome: &Cohort,
    days: &[u32],
) -> SurvivalResult {
    let of = |(whose, target): &(CurveOf, &Cohort)| {
        let times = times(index, target, outcome).into_iter().map(|(_, survived)| survived);
        (whose.clone(), times.collect())
    };
    curves(targets.iter().map(of).collect(), days)
}

/// A curve for women and one for men; people of no other known sex are in neither.
#[must_use]
pub fn survival_by_sex(index: &Index, target: &Cohort, outcome: &Cohort, days: &[u32]) -> SurvivalResult {
    let times = times(index, target, outcome);
    let of = |(whose, sex): (CurveOf, i64)| {
        let own = times.iter().filter(|(span, _)| sex_of(index, span.patient) == sex);
        (whose, own.map(|(_, survived)| *survived).collect())
    };
    curves(
        [(CurveOf::Female, crate::index::FEMALE), (CurveOf::Male, crate::index::MALE)].map(of).into(),
        days,
    )
}

impl SurvivalResult {
    /// The curves without what gives a small group away: days are put together until those with the event, and those without it,
    /// are none or enough of them; what is left at the end is cut off. Numbers at risk are hidden where they, or those who left
    /// since the last that is shown, are few. Where counts are rounded the curve is that of the rounded counts: a share with all its
    /// decimals is a fraction, whose parts are counts.
    #[must_use]
    pub fn suppressed(mut self, disclosure: Disclosure) -> Self {
        if disclosure.smallest() <= 1 {
            return self;
        }
        for curve in &mut self.curves {
            let mut points: Vec<SurvivalPoint> = Vec::new();
            let mut left: Option<SurvivalPoint> = None;
            for point in std::mem::take(&mut curve.estimate.points) {
                let joined = match left {
                    None => point,
                    Some(before) => SurvivalPoint {
                        at_risk: before.at_risk,
                        events: before.events + point.events,
                        censored: before.censored + point.censored,
                        ..point
                    },
                };
                let is_small =
                    [joined.events, joined.censored].into_iter().any(|count| disclosure.is_small(count));
                left = if is_small { Some(joined) } else { None };
                points.extend((!is_small && !disclosure.is_small(joined.at_risk)).then_some(joined));
            }
            curve.estimate.events = points.iter().map(|point| point.events).sum();
            let mut last = curve.estimate.people;
            for count in &mut curve.at_risk {
                *count = count.filter(|own| !disclosure.is_small(*own) && !disclosure.is_small(last - own));
                last = count.unwrap_or(last);
            }
            if disclosure.is_small(curve.estimate.people) {
                curve.estimate = KaplanMeier::default();
            }
            curve.estimate.points = if curve.estimate.people == 0 { Vec::new() } else { points };
            curve.estimate.median = curve.estimate.median.within(&curve.estimate.points);
            if disclosure.rounds() {
                curve.round(disclosure);
            }
        }
        let is_small = |group: &GroupInLogRank| disclosure.is_small(group.observed);
        self.log_rank = self.log_rank.filter(|test| !test.groups.iter().any(is_small));
        if disclosure.rounds() {
            self.log_rank = self.log_rank.map(|test| rounded(test, disclosure));
        }
        self
    }
}

fn rounded(mut test: LogRank, disclosure: Disclosure) -> LogRank {
    for group in &mut test.groups {
        group.observed = disclosure.rounded(group.observed);
        group.expected = disclosure.figure(group.expected);
    }
    let chi_square = disclosure.figure(test.chi_square);
    test.with_statistic(chi_square)
}

impl SurvivalCurve {
    fn round(&mut self, disclosure: Disclosure) {
        let mut points = std::mem::take(&mut self.estimate.points);
        for point in &mut points {
            point.at_risk = disclosure.rounded(point.at_risk);
            point.events = disclosure.rounded(point.events);
            point.censored = disclosure.rounded(point.censored);
        }
        let people = disclosure.rounded(self.estimate.people);
        self.estimate = KaplanMeier::of_points(people, &points, Confidence::NINETY_FIVE);
        for count in &mut self.at_risk {
            *count = count.map(|own| disclosure.rounded(own));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// People who are watched for 1 to 400 days; a third of them have the event.
    fn watched(people: u32) -> Vec<Survived> {
        (0..people).map(|at| Survived { days: 1 + at * 7 % 400, is_event: at % 3 == 0 }).collect()
    }

    #[test]
    fn a_curve_for_others_is_that_of_rounded_counts() {
        let groups = |more: u32| vec![(CurveOf::Female, watched(300 + more)), (CurveOf::Male, watched(240))];
        let of = |more: u32| curves(groups(more), &[0, 180, 365]).suppressed(Disclosure::FOR_OTHERS);
        let found = of(0);
        let is_middle = |count: u64| count == 0 || count % 11 == 5;
        for curve in &found.curves {
            let points = curve.estimate.points.iter();
            let counts = points.flat_map(|point| [point.at_risk, point.events, point.censored]);
            assert!(counts.chain(curve.at_risk.iter().flatten().copied()).all(is_middle), "{curve:?}");
            // Each share follows from the counts beside it.
            let mut survival = 1.0;
            for point in &curve.estimate.points {
                survival *= 1.0 - point.events as f64 / point.at_risk as f64;
                assert!((point.survival - survival).abs() < 1e-12);
            }
        }
        assert!(found.curves[0].estimate.points.len() > 3 && found.curves[0].at_risk[0] == Some(302));
        assert!(
            found.log_rank.as_ref().is_some_and(|test| test.groups.iter().all(|g| is_middle(g.observed)))
        );
        // A few people more look alike: 300 and 307 are in one band.
        assert_eq!(of(7).curves[0].estimate.people, found.curves[0].estimate.people);
    }
}
