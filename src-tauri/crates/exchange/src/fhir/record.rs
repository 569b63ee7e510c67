//! The clinical resource types → records of the chart.

use rustcare_model::clinical_record::{Amount, ClinicalRecord, EncounterDiagnosis, Qualifier, RecordKind};
use rustcare_model::code::{Code, Codes};
use rustcare_model::date_reading::PartialDate;

use super::FhirError;
use super::reference::Entries;
use super::resource::{
    ClinicalResource, CodeableConcept, Coding, Component, Concepts, Quantity, Reference, Text,
};
use super::value::{self, interpretations, ranges_text};

/// Most components of one observation.
const MOST_COMPONENTS: usize = 1000;

/// What a clinical resource says: the record itself, then one for each component.
#[derive(Debug)]
pub struct ReadRecords {
    /// The id that its subject's reference ends in.
    pub patient: Option<String>,
    /// The records; the first is the resource, the others its components.
    pub records: Vec<ClinicalRecord>,
}

/// Reads a resource of `kind` with logical id `id`.
///
/// # Errors
/// [`FhirError`].
pub fn read(kind: RecordKind, id: &str, json: &str, entries: &Entries<'_>) -> Result<ReadRecords, FhirError> {
    let resource: ClinicalResource<'_> = serde_json::from_str(json)?;
    let source_id = format!("{}/{id}", kind.resource_type());
    let own_kind = match resource.kind {
        Some(raw) => serde_json::from_str::<Concepts<'_>>(raw.get()).ok(),
        None => None,
    };
    let concept = concept_of(kind, &resource, own_kind.as_ref());
    let (start, end) = dates_of(kind, &resource)?;
    let title = title_of(kind, &resource, concept).ok_or(FhirError::Missing(super::CODE_OR_TEXT))?;
    let mut record = ClinicalRecord {
        kind,
        source_id,
        codes: concept.map(codes).unwrap_or_default(),
        title,
        start,
        end,
        status: status_of(kind, &resource),
        qualifier: qualifier_of(kind, &resource),
        issued: issued_of(kind, &resource),
        category: resource.category.as_ref().and_then(Concepts::first_code),
        encounter: encounter_of(&resource, entries),
        amount: None,
        detail: detail_of(kind, &resource),
        detail_is_closed: match kind {
            RecordKind::Observation => value::is_closed!(resource),
            // The class of a visit is a code.
            _ => kind == RecordKind::Encounter,
        },
        reference_range: None,
        interpretation: None,
        diagnoses: diagnoses_of(&resource, entries),
    };
    if kind == RecordKind::Observation {
        record.amount = resource.value_quantity.as_ref().map(amount).transpose()?.flatten();
        record.reference_range = ranges_text(&resource.reference_range);
        record.interpretation = interpretations(&resource.interpretation);
    }
    let subject = resource.subject.as_ref().or(resource.patient.as_ref()).or(resource.beneficiary.as_ref());
    let patient = subject.and_then(|s| target(s, "Patient", entries));
    let components = components_of(&record, &resource.component)?;
    let records = std::iter::once(record).chain(components).collect();
    Ok(ReadRecords { patient, records })
}

fn target(reference: &Reference<'_>, wanted: &str, entries: &Entries<'_>) -> Option<String> {
    entries.id_of(wanted, reference.reference.as_deref()?)
}

fn concept_of<'r, 'a>(
    kind: RecordKind,
    resource: &'r ClinicalResource<'a>,
    own_kind: Option<&'r Concepts<'a>>,
) -> Option<&'r CodeableConcept<'a>> {
    match kind {
        RecordKind::MedicationRequest | RecordKind::MedicationAdministration => {
            resource.medication_codeable_concept.as_ref()
        }
        RecordKind::Immunization => resource.vaccine_code.as_ref(),
        RecordKind::Encounter | RecordKind::DocumentReference | RecordKind::Coverage | RecordKind::Device => {
            own_kind.and_then(Concepts::first)
        }
        RecordKind::CarePlan => None,
        _ => resource.code.as_ref(),
    }
}

fn title_of(
    kind: RecordKind,
    resource: &ClinicalResource<'_>,
    concept: Option<&CodeableConcept<'_>>,
) -> Option<String> {
    let from_concept = concept.and_then(CodeableConcept::title);
    let class = || class_of(resource).and_then(|c| c.display.or(c.code));
    let medicine = || resource.medication_reference.as_ref().and_then(|r| r.display.as_deref());
    let device = || resource.device_name.iter().find_map(|n| n.name.as_deref());
    let fallback = match kind {
        RecordKind::Encounter => {
            return from_concept
                .or_else(|| class().map(Text::into_owned))
                .or_else(|| Some("Encounter".into()));
        }
        RecordKind::DocumentReference => resource.description.as_deref().or(Some("Document")),
        RecordKind::MedicationRequest | RecordKind::MedicationAdministration => {
            medicine().or(Some("Medicine named in another record"))
        }
        RecordKind::DiagnosticReport => None,
        RecordKind::CarePlan => {
            let category =
                || resource.category.as_ref().and_then(Concepts::first).and_then(CodeableConcept::title);
            let said = resource.title.as_deref().or(resource.description.as_deref()).map(str::to_owned);
            return said.or_else(category).or_else(|| Some("Care plan".into()));
        }
        RecordKind::Coverage => Some("Coverage"),
        RecordKind::Device => device().or(Some("Device without a name")),
        RecordKind::Condition | RecordKind::Observation | RecordKind::Procedure => None,
        RecordKind::Immunization => None,
        RecordKind::AllergyIntolerance => Some("Allergy without a name"),
    };
    from_concept.or_else(|| fallback.map(str::to_owned))
}

/// The class of an encounter.
fn class_of<'a>(resource: &ClinicalResource<'a>) -> Option<Coding<'a>> {
    serde_json::from_str(resource.class?.get()).ok()
}

fn codes(concept: &CodeableConcept<'_>) -> Codes {
    concept
        .coding
        .iter()
        .filter_map(|c| {
            Some(Code {
                system: c.system.as_deref().unwrap_or_default().to_owned(),
                code: c.code.as_deref()?.to_owned(),
                display: c.display.as_deref().map(str::to_owned),
            })
        })
        .collect()
}

type Dates = (Option<PartialDate>, Option<PartialDate>);

fn dates_of(kind: RecordKind, r: &ClinicalResource<'_>) -> Result<Dates, FhirError> {
    let first = |candidates: &[(&'static str, Option<&Text<'_>>)]| {
        for (field, text) in candidates {
            if let Some(text) = text {
                return PartialDate::parse(text).map(Some).map_err(|_| FhirError::Value(field));
            }
        }
        Ok(None)
    };
    let start = match kind {
        RecordKind::Encounter => {
            first(&[("Encounter.period.start", r.period.as_ref().and_then(|p| p.start.as_ref()))])
        }
        RecordKind::Condition => first(&[
            ("Condition.onsetDateTime", r.onset_date_time.as_ref()),
            ("Condition.onsetPeriod", r.onset_period.as_ref().and_then(|p| p.start.as_ref())),
            ("Condition.recordedDate", r.recorded_date.as_ref()),
        ]),
        RecordKind::Observation => first(&[
            ("Observation.effectiveDateTime", r.effective_date_time.as_ref()),
            ("Observation.effectiveInstant", r.effective_instant.as_ref()),
            ("Observation.effectivePeriod", r.effective_period.as_ref().and_then(|p| p.start.as_ref())),
            ("Observation.issued", r.issued.as_ref()),
        ]),
        RecordKind::MedicationRequest => first(&[("MedicationRequest.authoredOn", r.authored_on.as_ref())]),
        RecordKind::Procedure => first(&[
            ("Procedure.performedDateTime", r.performed_date_time.as_ref()),
            ("Procedure.performedPeriod", r.performed_period.as_ref().and_then(|p| p.start.as_ref())),
        ]),
        RecordKind::Immunization => {
            first(&[("Immunization.occurrenceDateTime", r.occurrence_date_time.as_ref())])
        }
        RecordKind::AllergyIntolerance => first(&[
            ("AllergyIntolerance.onsetDateTime", r.onset_date_time.as_ref()),
            ("AllergyIntolerance.recordedDate", r.recorded_date.as_ref()),
        ]),
        RecordKind::DocumentReference => first(&[("DocumentReference.date", r.date.as_ref())]),
        RecordKind::DiagnosticReport => first(&[
            ("DiagnosticReport.effectiveDateTime", r.effective_date_time.as_ref()),
            ("DiagnosticReport.effectivePeriod", r.effective_period.as_ref().and_then(|p| p.start.as_ref())),
            ("DiagnosticReport.issued", r.issued.as_ref()),
        ]),
        RecordKind::CarePlan => {
            first(&[("CarePlan.period.start", r.period.as_ref().and_then(|p| p.start.as_ref()))])
        }
        RecordKind::Coverage => {
            first(&[("Coverage.period.start", r.period.as_ref().and_then(|p| p.start.as_ref()))])
        }
        RecordKind::Device => first(&[("Device.manufactureDate", r.manufacture_date.as_ref())]),
        RecordKind::MedicationAdministration => first(&[
            ("MedicationAdministration.effectiveDateTime", r.effective_date_time.as_ref()),
            (
                "MedicationAdministration.effectivePeriod",
                r.effective_period.as_ref().and_then(|p| p.start.as_ref()),
            ),
        ]),
    }?;
    let end = match kind {
        RecordKind::Encounter | RecordKind::CarePlan | RecordKind::Coverage => {
            first(&[("period.end", r.period.as_ref().and_then(|p| p.end.as_ref()))])
        }
        RecordKind::DiagnosticReport | RecordKind::MedicationAdministration => {
            first(&[("effectivePeriod.end", r.effective_period.as_ref().and_then(|p| p.end.as_ref()))])
        }
        RecordKind::Device => first(&[("Device.expirationDate", r.expiration_date.as_ref())]),
        RecordKind::Condition => first(&[
            ("Condition.abatementDateTime", r.abatement_date_time.as_ref()),
            ("Condition.abatementPeriod", r.abatement_period.as_ref().and_then(|p| p.start.as_ref())),
        ]),
        RecordKind::Procedure => {
            first(&[("Procedure.performedPeriod", r.performed_period.as_ref().and_then(|p| p.end.as_ref()))])
        }
        _ => Ok(None),
    }?;
    Ok((start, end))
}

/// The first of these words that the verification status says, in a code of any system or in words alone.
fn verification<'w>(r: &ClinicalResource<'_>, words: &[&'w str]) -> Option<&'w str> {
    let said = r.verification_status.as_ref()?;
    let text = said.text.as_deref().filter(|_| said.coding.is_empty());
    let text = text.map(|t| t.trim().to_lowercase().replace(' ', "-"));
    let is_said = |word: &&&str| {
        said.coding.iter().any(|c| c.code.as_deref() == Some(**word)) || text.as_deref() == Some(**word)
    };
    words.iter().find(is_said).copied()
}

/// What turns the meaning around, or leaves it open. An order not to give a medicine that is only planned is one all the same.
fn qualifier_of(kind: RecordKind, r: &ClinicalResource<'_>) -> Option<Qualifier> {
    match kind {
        RecordKind::MedicationRequest if r.do_not_perform == Some(true) => Some(Qualifier::DoNotPerform),
        RecordKind::MedicationRequest => match r.intent.as_deref()? {
            intent @ ("proposal" | "plan" | "option") => Qualifier::of_code(intent),
            _ => None,
        },
        RecordKind::Condition | RecordKind::AllergyIntolerance => {
            verification(r, &["differential", "provisional", "unconfirmed"]).and_then(Qualifier::of_code)
        }
        _ => None,
    }
}

/// When this version of a result was made available. It only orders what came of one day: one that is no date is passed over.
fn issued_of(kind: RecordKind, r: &ClinicalResource<'_>) -> Option<PartialDate> {
    match kind {
        RecordKind::Observation | RecordKind::DiagnosticReport => {
            PartialDate::parse(r.issued.as_deref()?).ok()
        }
        _ => None,
    }
}

fn status_of(kind: RecordKind, r: &ClinicalResource<'_>) -> Option<String> {
    let refuted = verification(r, &["entered-in-error", "refuted"]);
    match (kind, refuted) {
        (RecordKind::Condition | RecordKind::AllergyIntolerance, Some(word)) => Some(word.to_owned()),
        (RecordKind::Condition | RecordKind::AllergyIntolerance, _) => {
            r.clinical_status.as_ref().and_then(CodeableConcept::first_code)
        }
        _ => r.status.as_deref().map(str::to_owned),
    }
}

fn encounter_of(r: &ClinicalResource<'_>, entries: &Entries<'_>) -> Option<String> {
    let of_document = r.context.as_ref().and_then(|c| c.encounter.first());
    let of_medicine = || r.context.as_ref().and_then(|c| c.reference.as_deref());
    let reference = r.encounter.as_ref().or(of_document).and_then(|e| e.reference.as_deref());
    let id = entries.id_of("Encounter", reference.or_else(of_medicine)?)?;
    Some(format!("Encounter/{id}"))
}

fn detail_of(kind: RecordKind, r: &ClinicalResource<'_>) -> Option<String> {
    match kind {
        RecordKind::Observation => value::text!(r),
        RecordKind::MedicationRequest => {
            r.dosage_instruction.first().and_then(|d| d.text.as_deref()).map(str::to_owned)
        }
        RecordKind::Encounter => class_of(r).and_then(|c| c.code).map(Text::into_owned),
        RecordKind::DiagnosticReport => r.conclusion.as_deref().map(str::to_owned),
        RecordKind::CarePlan => r.description.as_deref().filter(|_| r.title.is_some()).map(str::to_owned),
        RecordKind::MedicationAdministration => {
            r.dosage.as_ref().and_then(|d| d.text.as_deref()).map(str::to_owned)
        }
        RecordKind::AllergyIntolerance => {
            let reaction = r.reaction.first()?;
            let parts = [
                reaction.manifestation.first().and_then(CodeableConcept::title),
                reaction.severity.as_deref().map(str::to_owned),
            ];
            let text = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
            (!text.is_empty()).then_some(text)
        }
        _ => None,
    }
}

fn diagnoses_of(r: &ClinicalResource<'_>, entries: &Entries<'_>) -> Vec<EncounterDiagnosis> {
    r.diagnosis
        .iter()
        .filter_map(|d| {
            Some(EncounterDiagnosis {
                condition: format!("Condition/{}", target(d.condition.as_ref()?, "Condition", entries)?),
                rank: d.rank,
                role: d.role.as_ref().and_then(CodeableConcept::first_code),
            })
        })
        .collect()
}

/// The decimal as written, a comparator in front of it.
fn amount(quantity: &Quantity<'_>) -> Result<Option<Amount>, FhirError> {
    let Some(raw) = quantity.value else {
        return Ok(None);
    };
    let text = raw.get();
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return Err(FhirError::Value("Quantity.value"));
    }
    let written = match quantity.comparator.as_deref() {
        Some(comparator) => format!("{comparator}{text}"),
        None => text.to_owned(),
    };
    let ucum = quantity.system.as_deref() == Some("http://unitsofmeasure.org");
    Ok(Some(Amount {
        written,
        unit: quantity.unit.as_deref().or(quantity.code.as_deref()).map(str::to_owned),
        ucum: quantity.code.as_deref().filter(|_| ucum).map(str::to_owned),
    }))
}

fn components_of(
    whole: &ClinicalRecord,
    components: &[Component<'_>],
) -> Result<Vec<ClinicalRecord>, FhirError> {
    if components.len() > MOST_COMPONENTS {
        return Err(FhirError::Value("Observation.component"));
    }
    components
        .iter()
        .enumerate()
        .map(|(at, component)| {
            let concept = component.code.as_ref().ok_or(FhirError::Missing("Observation.component.code"))?;
            Ok(ClinicalRecord {
                source_id: format!("{}#{}", whole.source_id, at + 1),
                codes: codes(concept),
                title: concept.title().ok_or(FhirError::Missing("Observation.component.code"))?,
                amount: component.value_quantity.as_ref().map(amount).transpose()?.flatten(),
                detail: value::text!(component),
                detail_is_closed: value::is_closed!(component),
                reference_range: ranges_text(&component.reference_range),
                interpretation: interpretations(&component.interpretation),
                ..whole.clone()
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_and_dates_stay_as_written_and_components_are_records() {
        let json = r#"{"resourceType":"Observation","id":"bp","status":"final","subject":{"reference":"urn:uuid:p1"},
          "code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}],"text":"Blood pressure"},
          "effectiveDateTime":"2020-05","component":[
            {"code":{"text":"Systolic"},"valueQuantity":{"value":120.50,"unit":"mm[Hg]","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
            {"code":{"text":"Diastolic"},"valueQuantity":{"value":1E2,"comparator":"<","unit":"mm[Hg]"}}]}"#;
        let read = read(RecordKind::Observation, "bp", json, &Entries::default()).unwrap();
        assert_eq!(read.patient.as_deref(), Some("p1"));
        assert_eq!(read.records.len(), 3);
        assert_eq!(read.records[0].start.as_ref().unwrap().as_written(), "2020-05");
        assert_eq!(read.records[1].amount.as_ref().unwrap().written, "120.50");
        assert_eq!(read.records[2].amount.as_ref().unwrap().written, "<1E2");
        assert_eq!(read.records[2].source_id, "Observation/bp#2");
    }

    #[test]
    fn a_condition_without_code_and_a_wrong_date_are_refused_by_name() {
        let missing =
            read(RecordKind::Condition, "c", r#"{"resourceType":"Condition"}"#, &Entries::default())
                .unwrap_err();
        assert_eq!(missing, FhirError::Missing(crate::fhir::CODE_OR_TEXT));
        let wrong = read(
            RecordKind::Condition,
            "c",
            r#"{"code":{"text":"x"},"onsetDateTime":"yesterday"}"#,
            &Entries::default(),
        )
        .unwrap_err();
        assert_eq!(wrong.to_string(), "Condition.onsetDateTime has a value that FHIR R4 does not allow");
    }
}
