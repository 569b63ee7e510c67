//! A definition in words, and what is wrong in it.

use rustcare_cohorts::check::{Finding, check};
use rustcare_cohorts::text::describe;

use super::count::meant;
use crate::choke_point::Call;
use crate::contract::cohort_review::{CohortText, DescribeCohort, FindingLine};
use crate::problem::Problem;

/// Number of the rule that a place lies in, from 1.
fn rule_of(place: &str) -> Option<u32> {
    let (number, _) = place.strip_prefix("InclusionRules[")?.split_once(']')?;
    number.parse::<u32>().ok().map(|at| at + 1)
}

pub fn describe_cohort(call: &mut Call<'_>, input: DescribeCohort) -> Result<CohortText, Problem> {
    let expression = call.read(|t, told| meant(t, told, &input.of))?;
    let line = |finding: Finding| FindingLine {
        severity: finding.severity,
        sentence: finding.sentence(input.language),
        rule: rule_of(&finding.place),
        place: finding.place,
    };
    Ok(CohortText {
        blocks: describe(&expression, input.language),
        findings: check(&expression).into_iter().map(line).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::rule_of;

    #[test]
    fn a_place_in_a_rule_names_the_rule() {
        assert_eq!(rule_of("InclusionRules[0].expression.CriteriaList[3]"), Some(1));
        assert_eq!(rule_of("PrimaryCriteria.CriteriaList[3]"), None);
        assert_eq!(rule_of("InclusionRules["), None);
    }
}
