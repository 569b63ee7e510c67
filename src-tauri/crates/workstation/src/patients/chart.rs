//! The chart and its history.

use std::collections::BTreeMap;

use rusqlite::Transaction;
use rustcare_model::form::long_parts;
use rustcare_model::patient::{Demographics, Patient};
use rustcare_patients::PatientBanner;
use rustcare_patients::chart::Panels;
use rustcare_patients::register::changed_fields;
use rustcare_vault::VaultResult;
use rustcare_vault::audit::chain;
use rustcare_vault::table::match_register;
use rustcare_vault::table::patient::StoredPatient;
use rustcare_vault::table::{
    clinical_record, document, patient, patient_history, patient_merge, patient_secret, study,
};
use rustcare_vault::vault::moment;

use super::patient_id;
use crate::choke_point::Call;
use crate::contract::patients::{
    Chart, HistoryEntry, LabelledValue, MaskedSecrets, MergedRecord, OnePatient, PatientHistory, SEE_CHART,
};
use crate::documents;
use crate::imaging::study::rows_of;
use crate::problem::Problem;
use crate::workstation::Workstation;

/// Most entries of the trail that a history shows of one record.
const MOST_SHOWN: usize = 200;

pub fn open_chart(call: &mut Call<'_>, input: OnePatient) -> Result<Chart, Problem> {
    let id = patient_id(&input.patient_id)?;
    let settings = call.settings()?;
    let practice = call.vault()?.header().practice;
    let actor = call.actor()?.clone();
    let sections_permitted = actor.role_among(SEE_CHART).is_some();
    let chart = call.read(|t, told| {
        let stored = patient::by_id(t, id)?;
        told.subject = Some(stored.patient.id.to_string());
        let panels = if sections_permitted {
            Panels::of(&clinical_record::of_patient(t, stored.row)?)
        } else {
            Panels::default()
        };
        let studies = if sections_permitted {
            rows_of(t, study::list(t, Some(stored.row), None)?)?
        } else {
            Vec::new()
        };
        let masked = |field| {
            if actor.secrets.is_some() {
                patient_secret::masked_of_all(t, stored.row, field)
            } else {
                Ok(None)
            }
        };
        Ok(Chart {
            banner: PatientBanner::of(
                &stored,
                sections_permitted.then(|| panels.allergies_known()),
                practice,
                settings.today(),
            )
            .with_photo(document::photo_of(t, stored.row)?),
            demographics: demographics(&stored),
            demographics_notes: long_parts(&stored.patient.demographics.name),
            sections_permitted,
            secrets: MaskedSecrets { ssn: masked("ssn")?, insurance_number: masked("insurance_number")? },
            problems: panels.problems,
            allergies: panels.allergies,
            medicines: panels.medicines,
            immunisations: panels.immunisations,
            results: panels.results,
            encounters: panels.encounters,
            procedures: panels.procedures,
            documents: panels.documents,
            given_medicines: panels.given_medicines,
            care_plans: panels.care_plans,
            devices: panels.devices,
            coverages: panels.coverages,
            timeline: panels.timeline,
            studies,
            added_documents: documents::listed(t, stored.row, sections_permitted)?,
            merged_records: merged_records(t, stored.row)?,
            alike_records: alike_records(t, stored.row)?,
        })
    })?;
    call.workstation.note_opened_chart(call.token(), &chart.banner.patient_id);
    Ok(chart)
}

impl Workstation {
    /// Remembers that a session has opened a chart: the entry of that act covers the small pictures in it.
    fn note_opened_chart(&self, token: Option<&str>, patient: &str) {
        if let Some(token) = token {
            self.opened_charts.insert((token.to_owned(), patient.to_owned()), ());
        }
    }

    pub(crate) fn has_opened_chart(&self, token: Option<&str>, patient: &str) -> bool {
        token.is_some_and(|t| self.opened_charts.contains_key(&(t.to_owned(), patient.to_owned())))
    }
}

fn merged_records(t: &Transaction<'_>, row: i64) -> VaultResult<Vec<MergedRecord>> {
    let merges = patient_merge::into_patient(t, row)?;
    merges
        .into_iter()
        .map(|merge| {
            let record = patient::by_row(t, merge.retired)?.patient;
            Ok(MergedRecord {
                merge_id: merge.merge.to_string(),
                mrn: record.mrn.as_str().to_owned(),
                family_name: record.demographics.name.family.unwrap_or_default(),
                given_name: record.demographics.name.given.unwrap_or_default(),
                at: merge.at,
                person: merge.person,
                reason: merge.reason,
            })
        })
        .collect()
}

fn alike_records(t: &Transaction<'_>, row: i64) -> VaultResult<usize> {
    let mut open = 0;
    for pair in match_register::pairs_of(t, row)? {
        open += usize::from(match_register::decision(t, pair.patients)?.is_none());
    }
    Ok(open)
}

/// Labels are keys of the window's catalogue.
fn demographics(stored: &StoredPatient) -> Vec<LabelledValue> {
    let d = &stored.patient.demographics;
    let mut rows = Vec::new();
    let mut say = |label: &str, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            rows.push(LabelledValue { label: label.to_owned(), value, iso: None });
        }
    };
    for phone in &d.phones {
        say("phone", Some(phone.shown()));
    }
    say("email", d.email.as_ref().map(|e| e.as_str().to_owned()));
    say("address", Some(d.address.shown()));
    say("language", d.language.clone());
    let contact = [&d.contact.name, &d.contact.relationship, &d.contact.phone];
    say("contact_name", Some(contact.into_iter().flatten().cloned().collect::<Vec<_>>().join(", ")));
    say("consent_to_contact", d.consent_to_contact.map(|c| if c { "yes" } else { "no" }.to_owned()));
    let deceased = d.deceased_on.map(|day| LabelledValue {
        label: "deceased_date".to_owned(),
        value: rustcare_model::date_reading::shown(day),
        iso: Some(day.to_string()),
    });
    rows.extend(deceased);
    let mut say = |label: &str, value: Option<String>| {
        let value = value.filter(|v| !v.is_empty());
        rows.extend(value.map(|value| LabelledValue { label: label.to_owned(), value, iso: None }));
    };
    for identifier in &d.identifiers {
        say("identifiers", Some(format!("{} · {}", identifier.value, identifier.authority)));
    }
    rows
}

pub fn patient_history(call: &mut Call<'_>, input: OnePatient) -> Result<PatientHistory, Problem> {
    let id = patient_id(&input.patient_id)?;
    call.read(|t, told| {
        let stored = patient::by_id(t, id)?;
        told.subject = Some(stored.patient.id.to_string());
        // By moment: stamps as texts are not in order. Of one moment, changes come before the acts that told of them.
        let mut entries: BTreeMap<(jiff::Timestamp, i64), HistoryEntry> = BTreeMap::new();
        // Records that were merged into this one keep their past; it is told here.
        for row in patient_merge::rows_of(t, stored.row)? {
            let record = patient::by_row(t, row)?.patient;
            let versions = patient_history::list(t, row)?;
            let as_patient = |d: &Demographics| Patient { demographics: d.clone(), ..record.clone() };
            for (at, pair) in versions.windows(2).enumerate() {
                let (when, person, role, after) = &pair[0];
                let fields = changed_fields(&as_patient(&pair[1].3), &as_patient(after));
                let fields = fields.into_iter().map(str::to_owned).collect();
                let entry = HistoryEntry {
                    at: when.clone(),
                    person: person.clone(),
                    role: role.clone(),
                    action: "changed".into(),
                    fields,
                };
                let nth = i64::from(u32::MAX) * row + at as i64;
                entries.insert((moment(when), -nth), entry);
            }
            let mut placed = chain::list(t, Some(&record.id.to_string()), None, MOST_SHOWN)?;
            // While it was merged its chart was seen through the other patient's.
            for merge in patient_merge::taken_back(t, row)? {
                let other = patient::by_row(t, merge.survivor)?.patient.id.to_string();
                let (since, until) = (moment(&merge.at), moment(&merge.undone_at.unwrap_or_default()));
                let meanwhile = chain::list(t, Some(&other), None, usize::MAX >> 1)?;
                placed
                    .extend(meanwhile.into_iter().filter(|p| (since..=until).contains(&moment(&p.entry.at))));
            }
            for placed in placed {
                let entry = placed.entry;
                let key = (moment(&entry.at), placed.sequence);
                entries.insert(
                    key,
                    HistoryEntry {
                        at: entry.at,
                        person: entry.person,
                        role: entry.role,
                        action: entry.action,
                        fields: Vec::new(),
                    },
                );
            }
        }
        Ok(PatientHistory { entries: entries.into_values().rev().collect() })
    })
}
