//! Finding codes by word or code, with how many patients of the clinic have them.

use std::collections::{BTreeMap, HashSet};

use rustcare_model::code::{ICD_10_CM, short_system_name};
use rustcare_model::name::folded;
use serde::Serialize;

use super::{ClinicConcept, Whose, icd_concept_id, is_own};
use crate::athena::vocabulary_of;
use crate::definition::CriterionKind;
use crate::disclosure::Disclosure;
use crate::icd_10_cm;
use crate::index::Index;
use crate::sketch::EventKind;

/// A code that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FoundConcept {
    /// Its concept.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub concept_id: i64,
    /// Short name of its system.
    pub system: String,
    /// As written.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Patients with it or anything below it, among records of the kind.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub patients: u64,
}

const fn criterion_kind(kind: EventKind) -> CriterionKind {
    match kind {
        EventKind::Condition => CriterionKind::ConditionOccurrence,
        EventKind::Drug => CriterionKind::DrugExposure,
        EventKind::Procedure => CriterionKind::ProcedureOccurrence,
        EventKind::Measurement => CriterionKind::Measurement,
        EventKind::Observation => CriterionKind::Observation,
        EventKind::Visit => CriterionKind::VisitOccurrence,
        EventKind::Death => CriterionKind::Death,
    }
}

/// Patients with an event of a kind under a concept or anything below it.
#[must_use]
pub fn patients_with(index: &Index, kind: EventKind, concept_id: i64) -> u64 {
    let Some(domain) = index.domain(criterion_kind(kind)) else { return 0 };
    let mut patients: Vec<u32> = Vec::new();
    for id in index.vocabulary().below(concept_id) {
        patients.extend_from_slice(&domain.patients[domain.postings(id)]);
    }
    patients.sort_unstable();
    patients.dedup();
    patients.len() as u64
}

/// The codes that a person who types may mean, for records of a kind: those that the clinic's patients have first, then, of
/// conditions, the rest of ICD-10-CM. Codes of too few patients to be shown are as if nobody had them: what few have can be a
/// sentence about one. Of others' data only what they hold.
#[must_use]
pub fn search(
    index: &Index,
    concepts: &BTreeMap<i64, ClinicConcept>,
    kind: EventKind,
    typed: &str,
    (disclosure, most): (Disclosure, usize),
    whose: Whose,
) -> Vec<FoundConcept> {
    let words = folded(typed);
    let words: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let code = typed.trim().to_lowercase();
    let mut found = Vec::new();
    for (concept_id, concept) in concepts {
        let title = folded(&concept.title);
        let begins = |word: &&str| title.starts_with(*word) || title.contains(&format!(" {word}"));
        if words.iter().all(begins) || concept.code.to_lowercase().starts_with(&code) {
            found.push(FoundConcept {
                concept_id: *concept_id,
                system: short_system_name(&concept.system).to_owned(),
                code: concept.code.clone(),
                title: concept.title.clone(),
                patients: patients_with(index, kind, *concept_id),
            });
        }
    }
    found.retain(|one| one.patients >= disclosure.smallest());
    leave_out_twice_named(&mut found, concepts);
    // Before they are put in order: the order of what looks alike would tell.
    found.iter_mut().for_each(|one| one.patients = disclosure.rounded(one.patients));
    found.sort_by(|a, b| b.patients.cmp(&a.patients).then_with(|| a.code.cmp(&b.code)));
    if kind == EventKind::Condition && whose == Whose::Clinic {
        let tree = icd_10_cm::tree();
        for entry in tree.search(typed, most).into_iter().filter_map(|node| tree.entry(node)) {
            let concept_id = icd_concept_id(&entry.code);
            if !found.iter().any(|known| known.concept_id == concept_id) {
                found.push(FoundConcept {
                    concept_id,
                    system: short_system_name(ICD_10_CM).to_owned(),
                    code: entry.code.to_string(),
                    title: entry.title.to_string(),
                    patients: 0,
                });
            }
        }
    }
    found.truncate(most);
    found
}

/// A code that is found as a published concept need not be found as the clinic's own too: the published one finds the same records.
fn leave_out_twice_named(found: &mut Vec<FoundConcept>, concepts: &BTreeMap<i64, ClinicConcept>) {
    let published: HashSet<(String, String)> = found
        .iter()
        .filter(|one| !is_own(one.concept_id))
        .map(|one| (one.system.clone(), one.code.clone()))
        .collect();
    let is_said = |one: &FoundConcept| {
        let vocabulary = concepts.get(&one.concept_id).and_then(|concept| vocabulary_of(&concept.system));
        vocabulary.is_some_and(|of| published.contains(&(of.to_owned(), one.code.clone())))
    };
    found.retain(|one| !is_own(one.concept_id) || !is_said(one));
}
