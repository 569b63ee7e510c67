//! Who a form could be already. It advises; it never stops anybody and never merges.

use std::time::Instant;

use rustcare_model::patient::PatientId;
use rustcare_patients::find;
use rustcare_patients::matching::fields::Field;
use rustcare_patients::matching::registered::{key_of, of_form};
use rustcare_patients::matching::scoring::Reason as Found;
use rustcare_patients::merge::decided_different;
use rustcare_vault::table::patient;

use super::match_keeper::id_of;
use super::patient_id;
use crate::choke_point::Call;
use crate::contract::duplicates::{CandidateRow, CandidatesFound, FindCandidates, Rarity, WeightReason};
use crate::problem::Problem;

/// Most candidates that are shown beside a form.
const SHOWN: usize = 5;
/// A frequency that changes a weight by less is not worth a word.
const SAID: f64 = 1.0;

pub fn find_candidates(call: &mut Call<'_>, input: FindCandidates) -> Result<CandidatesFound, Problem> {
    let started = Instant::now();
    let settings = call.settings()?;
    let edited = input.patient_id.as_deref().map(patient_id).transpose()?;
    let fields = of_form(&input.form, &settings.form_rules());
    let vault = call.vault()?.clone();
    let seen = call.workstation.matches.look(&vault, |index| {
        let except = edited.map(|id: PatientId| id.0.into_bytes());
        (index.find(&fields, except, SHOWN), index.len())
    })?;
    call.read(|t, told| {
        let edited = edited.map(|id| patient::by_id(t, id)).transpose()?;
        told.subject = edited.as_ref().map(|s| s.patient.id.to_string());
        let Some((found, patients)) = seen else {
            told.details = Some("index not ready".into());
            return Ok(CandidatesFound {
                ready: false,
                candidates: Vec::new(),
                ambiguous: false,
                weighed: 0,
                patients: 0,
                took_microseconds: started.elapsed().as_micros() as u64,
            });
        };
        let mut candidates = Vec::with_capacity(found.candidates.len());
        let mut rows = Vec::with_capacity(found.candidates.len());
        for candidate in found.candidates {
            let stored = patient::record_by_id(t, id_of(candidate.patient))?;
            debug_assert_eq!(key_of(&stored.patient), candidate.patient);
            let different = match &edited {
                Some(edited) => decided_different(t, edited.row, stored.row)?,
                None => false,
            };
            rows.push(stored.row.to_string());
            let hits = find::hits_of_rows(t, &[stored.row], settings.today())?;
            candidates.extend(hits.into_iter().map(|patient| CandidateRow {
                patient,
                grade: candidate.grade,
                combination: candidate.combination,
                probability: candidate.probability,
                weight: candidate.weight,
                reasons: candidate.reasons.iter().map(weight_reason).collect(),
                decided_different: different,
            }));
        }
        told.details = Some(format!("{} candidates, rows shown: {}", rows.len(), rows.join(" ")));
        Ok(CandidatesFound {
            ready: true,
            candidates,
            ambiguous: found.ambiguous,
            weighed: found.weighed,
            patients,
            took_microseconds: started.elapsed().as_micros() as u64,
        })
    })
}

/// A reason as the window gets it: names, which it says in its own words.
pub(super) fn weight_reason(found: &Found) -> WeightReason {
    let field = found.field.as_deref().and_then(|name| Field::ALL.into_iter().find(|f| f.name() == name));
    let level = field.and_then(|f| f.levels().get(usize::from(found.level).checked_sub(1)?));
    let rarity = match found.frequency_adjustment {
        by if by >= SAID => Some(Rarity::Rare),
        by if by <= -SAID => Some(Rarity::Frequent),
        _ => None,
    };
    WeightReason {
        part: match &found.field {
            Some(name) => name.clone(),
            None if found.is_household() => "household".into(),
            None => "start".into(),
        },
        finding: level.map(|l| Field::finding(l.meaning)).unwrap_or_default(),
        rarity,
        bits: found.weight,
    }
}
