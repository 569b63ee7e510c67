//! A group in figures.

use super::count::Counting;
use super::factors::{self, Contrast, RiskFactorCount};
use super::grouping::{GroupIndex, Groups};
use super::shown::{Shown, ShownGroup};
use super::{BreakdownGroup, SexCounts};
use crate::disclosure::Disclosure;
use crate::risk_factor;
use crate::statistics::{Description, Proportion};

/// What every group is described beside.
pub(super) struct Describing<'a> {
    pub groups: &'a Groups,
    /// Everybody who is counted.
    pub all: &'a Counting,
    pub shown: &'a Shown,
    pub disclosure: Disclosure,
}

impl Describing<'_> {
    /// Both counts as they are shown.
    fn proportion(&self, count: u64, total: u64) -> Option<Proportion> {
        let total = self.disclosure.rounded(total);
        Proportion::new(self.disclosure.rounded(count).min(total), total)
    }

    fn percent(&self, count: u64, total: u64) -> Option<f64> {
        self.proportion(count, total).and_then(Proportion::percent)
    }

    pub fn group(&self, group: Option<GroupIndex>, own: &Counting) -> BreakdownGroup {
        let named = group.map(|group| self.groups.get(group));
        let mut described = BreakdownGroup {
            code: named.map(|named| named.code.clone()),
            system: named.map(|named| named.short_system().to_owned()),
            title: named.map_or_else(|| "No diagnosis recorded".to_owned(), |named| named.title.clone()),
            ..BreakdownGroup::default()
        };
        let shown = self.shown.group(group);
        if !shown.count {
            return described;
        }
        let ages = Description::of(own.ages.iter().map(|age| f64::from(*age)).collect());
        let ages = ages.map(|ages| self.disclosure.ages(ages));
        described.count = Some(self.disclosure.rounded(own.count));
        described.share_percent = self.percent(own.count, self.all.count).filter(|_| self.shown.patients);
        described.age_mean = ages.map(|ages| ages.mean);
        described.age_sd = ages.and_then(|ages| ages.standard_deviation);
        described.age_median = ages.map(|ages| ages.median);
        described.age_lower_quartile = ages.map(|ages| ages.lower_quartile);
        described.age_upper_quartile = ages.map(|ages| ages.upper_quartile);
        if shown.sexes {
            let [female, male, other, unknown] = own.sexes.map(|count| Some(self.disclosure.rounded(count)));
            described.sex = SexCounts { female, male, other, unknown };
            described.female_percent = self.percent(own.sexes[0], own.count);
        }
        described.risk_factors = self.factors(own, named.map_or(0, |named| named.own_factors), shown);
        described
    }

    /// Those that the group has at all.
    fn factors(
        &self,
        own: &Counting,
        own_factors: risk_factor::Factors,
        shown: ShownGroup,
    ) -> Vec<RiskFactorCount> {
        let mut found: Vec<RiskFactorCount> = own
            .factors
            .iter()
            .zip(risk_factor::all())
            .enumerate()
            .filter(|(_, (count, _))| **count > 0)
            .map(|(at, (count, factor))| {
                let everybody = self.all.factors.get(at).copied().unwrap_or(*count);
                let is_set = |mask: risk_factor::Factors| mask >> at & 1 == 1;
                let rest = self.proportion(everybody - count, self.all.count - own.count);
                let contrast = self
                    .proportion(*count, own.count)
                    .map(|group| Contrast { group, rest: rest.filter(|_| is_set(self.shown.rest)) });
                RiskFactorCount::new(factor, contrast.filter(|_| is_set(shown.factors)), is_set(own_factors))
            })
            .collect();
        factors::sort(&mut found);
        found
    }
}
