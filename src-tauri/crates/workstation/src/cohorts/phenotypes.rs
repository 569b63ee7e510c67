//! The published phenotypes on the clinic's records or a data set: which can be counted, and what they find.

use std::collections::BTreeSet;

use rustcare_cohorts::athena::DescribedConcept;
use rustcare_cohorts::clinic::{self, Gap, GapKind, Whose};
use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::disclosure::Disclosure;
use rustcare_cohorts::engine::Engine;
use rustcare_cohorts::phenotypes::{self, Phenotype, RELEASE};
use rustcare_model::reason::Reason;
use rustcare_vault::table::data_set;

use super::clinic_cache::{ClinicCohorts, Reader};
use super::count::{narrow, refused};
use super::definitions::keep_definition;
use super::{on_screen, stored_vocabulary};
use crate::choke_point::Call;
use crate::contract::cohort_definitions::CohortView;
use crate::contract::data_sets::{CountPhenotypes, OnePhenotype, PhenotypeLine, PhenotypeList};
use crate::problem::{Problem, ProblemCode};

pub fn count_phenotypes(call: &mut Call<'_>, input: CountPhenotypes) -> Result<PhenotypeList, Problem> {
    let disclosure = on_screen(call)?;
    let records = Reader::of(call)?;
    let cache = &call.workstation.clinic_data;
    let ask = cache.ask();
    let (data, has_vocabulary) = call.read(|t, told| {
        told.details = Some(match &input.data_set {
            None => "counts only".to_owned(),
            Some(data_set) => format!("counts only; data set {data_set}"),
        });
        let has_vocabulary = input.data_set.is_some() || data_set::vocabulary(t)?.is_some();
        Ok((records.read_data(t, input.data_set.as_deref())?, has_vocabulary))
    })?;
    // What a thousand definitions find would push out what the builder's own has found.
    let engine = data.engine.afresh();
    let mut lines = Vec::new();
    for phenotype in phenotypes::library() {
        let counted = counted(&engine, &data, phenotype, disclosure, &|| cache.is_newest(ask))?;
        lines.push(counted);
    }
    lines.sort_by_cached_key(|line| line.name.to_lowercase());
    Ok(PhenotypeList {
        release: RELEASE.to_owned(),
        phenotypes: lines,
        has_vocabulary,
        smallest_shown: narrow(disclosure),
    })
}

/// One of them, for as long as somebody waits for it.
fn counted(
    engine: &Engine,
    data: &ClinicCohorts,
    phenotype: &Phenotype,
    disclosure: Disclosure,
    is_wanted: &(dyn Fn() -> bool + Sync),
) -> Result<PhenotypeLine, Problem> {
    let mut line = PhenotypeLine {
        phenotype_id: phenotype.id,
        name: phenotype.name.to_string(),
        logic: phenotype.logic.to_string(),
        is_accepted: phenotype.is_accepted,
        unmapped: 0,
        not_kept: Vec::new(),
        patients: None,
        is_hidden: false,
    };
    let written = phenotype.definition().map_err(|error| refused(&error))?;
    let own = match data.whose {
        Whose::Clinic => clinic::localised(&written),
        Whose::Others => written,
    };
    let mut not_kept = BTreeSet::new();
    for Gap { kind, what } in clinic::gaps(engine.index(), &own, data.whose) {
        match kind {
            GapKind::UnknownConcept => line.unmapped += 1,
            _ => drop(not_kept.insert(what)),
        }
    }
    line.not_kept = not_kept.into_iter().collect();
    if line.unmapped > 0 || !line.not_kept.is_empty() {
        return Ok(line);
    }
    match engine.run_while(&own, is_wanted) {
        Ok(Some(result)) => {
            let (found, all) = (result.persons, engine.index().patients() as u64);
            let is_shown = !disclosure.is_small(found) && !disclosure.is_small(all - found);
            line.patients = is_shown.then(|| disclosure.rounded(found));
            line.is_hidden = line.patients.is_none();
            Ok(line)
        }
        Ok(None) => Err(Problem::new(ProblemCode::Cancelled, Reason::CountSuperseded)),
        // What the engine does not run is refused by its name.
        Err(error) => {
            line.not_kept.push(error.to_string());
            Ok(line)
        }
    }
}

pub fn take_phenotype(call: &mut Call<'_>, input: OnePhenotype) -> Result<CohortView, Problem> {
    let phenotype = phenotypes::find(input.phenotype_id);
    let phenotype = phenotype.ok_or_else(|| Problem::new(ProblemCode::NotFound, Reason::CohortUnknown))?;
    let mut definition = phenotype.definition().map_err(|error| refused(&error))?;
    let blobs = call.vault()?.blobs().clone();
    let names = call.vault()?.read(|t| match stored_vocabulary::open(t, &blobs)? {
        Some(vocabulary) => vocabulary.described(named(&definition)),
        None => Ok(Vec::new()),
    })?;
    name_concepts(&mut definition, &names);
    keep_definition(call, &phenotype.name, &definition)
}

/// The concepts that the sets of a definition name.
fn named(definition: &CohortExpression) -> BTreeSet<i64> {
    let items = definition.concept_sets.iter().flat_map(|set| &set.items);
    items.map(|item| item.concept.concept_id).collect()
}

/// Gives the concepts of a definition the names that the clinic's vocabulary has for them.
fn name_concepts(definition: &mut CohortExpression, names: &[DescribedConcept]) {
    for item in definition.concept_sets.iter_mut().flat_map(|set| &mut set.items) {
        let concept = &mut item.concept;
        let Ok(at) = names.binary_search_by_key(&concept.concept_id, |known| known.id) else { continue };
        concept.concept_name = Some(names[at].name.clone());
        concept.concept_code = Some(names[at].code.clone());
        concept.vocabulary_id = Some(names[at].vocabulary.clone());
    }
}
