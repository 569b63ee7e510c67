//! Two definitions beside each other: who is gained, who is lost, and by which rule.

use std::collections::BTreeMap;

use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::engine::{Cause, Moved};

use super::clinic_cache::Reader;
use super::count::{meant, narrow, refused};
use super::on_screen;
use super::run::Localised;
use crate::choke_point::Call;
use crate::contract::cohort_review::{ChangeCause, CohortChange, CompareCohorts};
use crate::problem::Problem;

/// How many each cause moved, the most first.
fn by_cause(moved: &[Moved], expression: &CohortExpression) -> Vec<ChangeCause> {
    let mut counts: BTreeMap<Cause, u64> = BTreeMap::new();
    for one in moved {
        *counts.entry(one.cause).or_default() += 1;
    }
    let cause = |(cause, patients): (Cause, u64)| {
        let rule = match cause {
            Cause::Rule(at) => Some(at),
            Cause::Entry | Cause::Exit => None,
        };
        let name = rule.and_then(|at| expression.inclusion_rules.get(at)?.name.clone());
        ChangeCause {
            rule: rule.and_then(|at| u32::try_from(at + 1).ok()),
            name: name.unwrap_or_default(),
            is_exit: cause == Cause::Exit,
            patients,
        }
    };
    let mut causes: Vec<ChangeCause> = counts.into_iter().map(cause).collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.patients));
    causes
}

pub fn compare_cohorts(call: &mut Call<'_>, input: CompareCohorts) -> Result<CohortChange, Problem> {
    let disclosure = on_screen(call)?;
    let records = Reader::of(call)?;
    let (before, after, clinic) = call.read(|t, told| {
        let (before, after) = (meant(t, told, &input.before)?, meant(t, told, &input.after)?);
        Ok((before, after, records.read_for(t, &input.after)?))
    })?;
    let (own_before, own_after) = (Localised::new(&clinic, &before), Localised::new(&clinic, &after));
    let is_answered = own_before.gaps.is_empty() && own_after.gaps.is_empty();
    let difference =
        clinic.engine.compare(&own_before.own, &own_after.own).map_err(|error| refused(&error))?;
    let (gained, lost) = (difference.gained.len() as u64, difference.lost.len() as u64);
    let (mut gained_by, mut lost_by) =
        (by_cause(&difference.gained, &before), by_cause(&difference.lost, &after));
    let is_large = |count: u64| !disclosure.is_small(count);
    let causes = gained_by.iter().chain(&lost_by).map(|cause| cause.patients);
    // One small number gives the others away beside the two counts, which are known.
    let is_shown = is_answered && [gained, lost, difference.stayed].into_iter().chain(causes).all(is_large);
    let shown = |count: u64| is_shown.then(|| disclosure.rounded(count));
    for cause in gained_by.iter_mut().chain(&mut lost_by) {
        cause.patients = disclosure.rounded(cause.patients);
    }
    Ok(CohortChange {
        stayed: shown(difference.stayed),
        gained: shown(gained),
        lost: shown(lost),
        gained_by: if is_shown { gained_by } else { Vec::new() },
        lost_by: if is_shown { lost_by } else { Vec::new() },
        smallest_shown: narrow(disclosure),
    })
}
