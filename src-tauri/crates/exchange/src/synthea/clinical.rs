//! What Synthea writes of a patient and of what happened to them.

use serde_json::{Value, json};

use super::row::{CVX, LOINC, OWN, RXNORM, Row, SNOMED, identifier, list, status};

pub(super) fn patient(row: &Row<'_>) -> Value {
    let id = row.id();
    let name = |kind: &str, family: Value| {
        json!({ "use": kind, "family": family, "given": [row.text("FIRST"), row.text("MIDDLE")],
                "prefix": [row.text("PREFIX")], "suffix": [row.text("SUFFIX")] })
    };
    let maiden = row.get("MAIDEN").map(|family| name("maiden", family.into()));
    let gender = match row.get("GENDER") {
        Some("F") => "female",
        Some("M") => "male",
        Some(_) => "other",
        None => "unknown",
    };
    let core = |what: &str| format!("http://hl7.org/fhir/us/core/StructureDefinition/us-core-{what}");
    let said = |url: String, text: Value| {
        if text.is_null() {
            text
        } else {
            json!({ "url": url, "extension": [{ "url": "text", "valueString": text }] })
        }
    };
    row.resource(
        "Patient",
        id.clone(),
        json!({
            "extension": [said(core("race"), row.text("RACE")), said(core("ethnicity"), row.text("ETHNICITY"))],
            "identifier": [
                { "system": OWN, "value": id },
                identifier("SS", "http://hl7.org/fhir/sid/us-ssn", row.text("SSN")),
                identifier("DL", "urn:oid:2.16.840.1.113883.4.3.25", row.text("DRIVERS")),
                identifier("PPN", "http://standardhealthrecord.org/fhir/StructureDefinition/passportNumber", row.text("PASSPORT")),
            ],
            "name": [name("official", row.text("LAST")), maiden],
            "gender": gender,
            "birthDate": row.text("BIRTHDATE"),
            "deceasedDateTime": row.text("DEATHDATE"),
            "maritalStatus": row.get("MARITAL").map(|m| status(m, "v3-MaritalStatus")),
            "address": [{ "line": [row.text("ADDRESS")], "city": row.text("CITY"), "district": row.text("COUNTY"),
                          "state": row.text("STATE"), "postalCode": row.text("ZIP"), "country": "US" }],
        }),
    )
}

pub(super) fn encounter(row: &Row<'_>) -> Value {
    let class = match row.get("ENCOUNTERCLASS") {
        Some("emergency") => "EMER",
        Some("inpatient" | "hospice" | "snf") => "IMP",
        Some("home") => "HH",
        Some("virtual") => "VR",
        _ => "AMB",
    };
    row.resource(
        "Encounter",
        row.id(),
        json!({
            "status": "finished",
            "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": class },
            "type": list(row.coded(SNOMED, "CODE", "DESCRIPTION")),
            "subject": row.reference("Patient", "PATIENT"),
            "participant": [{ "individual": row.reference("Practitioner", "PROVIDER") }],
            "period": { "start": row.text("START"), "end": row.text("STOP") },
            "reasonCode": row.reason(),
            "serviceProvider": row.reference("Organization", "ORGANIZATION"),
        }),
    )
}

pub(super) fn condition(row: &Row<'_>) -> Value {
    let over = row.get("STOP").is_some();
    row.resource(
        "Condition",
        row.id(),
        json!({
            "clinicalStatus": status(if over { "resolved" } else { "active" }, "condition-clinical"),
            "verificationStatus": status("confirmed", "condition-ver-status"),
            "category": [status("encounter-diagnosis", "condition-category")],
            "code": row.coded(SNOMED, "CODE", "DESCRIPTION"),
            "subject": row.reference("Patient", "PATIENT"),
            "encounter": row.reference("Encounter", "ENCOUNTER"),
            "onsetDateTime": row.text("START"),
            "abatementDateTime": row.text("STOP"),
            "recordedDate": row.text("START"),
        }),
    )
}

pub(super) fn observation(row: &Row<'_>) -> Value {
    // Quality-of-life figures have codes of Synthea's own.
    let is_loinc =
        row.get("CODE").is_some_and(|code| code.starts_with(|c: char| c.is_ascii_digit() || c == 'L'));
    let value = row.get("VALUE");
    // Kept as written: `1.0` is not `1`.
    let number = value
        .filter(|_| row.get("TYPE") != Some("text"))
        .and_then(|text| serde_json::from_str::<serde_json::Number>(text).ok());
    let quantity = number.map(|number| {
        let unit = row.text("UNITS");
        json!({ "value": number, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit })
    });
    let text = if quantity.is_some() { Value::Null } else { value.map_or(Value::Null, Value::from) };
    row.resource(
        "Observation",
        row.id(),
        json!({
            "status": "final",
            "category": row.get("CATEGORY").map(|c| vec![status(c, "observation-category")]),
            "code": row.coded(if is_loinc { LOINC } else { OWN }, "CODE", "DESCRIPTION"),
            "subject": row.reference("Patient", "PATIENT"),
            "encounter": row.reference("Encounter", "ENCOUNTER"),
            "effectiveDateTime": row.text("DATE"),
            "valueQuantity": quantity,
            "valueString": text,
        }),
    )
}

pub(super) fn medication(row: &Row<'_>) -> Value {
    row.resource(
        "MedicationRequest",
        row.id(),
        json!({
            "status": if row.get("STOP").is_some() { "stopped" } else { "active" },
            "intent": "order",
            "medicationCodeableConcept": row.coded(RXNORM, "CODE", "DESCRIPTION"),
            "subject": row.reference("Patient", "PATIENT"),
            "encounter": row.reference("Encounter", "ENCOUNTER"),
            "authoredOn": row.text("START"),
            "reasonCode": row.reason(),
            "dispenseRequest": { "validityPeriod": { "start": row.text("START"), "end": row.text("STOP") } },
        }),
    )
}

pub(super) fn procedure(row: &Row<'_>) -> Value {
    // Before Synthea 3 a procedure had one date.
    let start = if row.get("START").is_some() { row.text("START") } else { row.text("DATE") };
    row.resource(
        "Procedure",
        row.id(),
        json!({
            "status": "completed",
            "code": row.coded(SNOMED, "CODE", "DESCRIPTION"),
            "subject": row.reference("Patient", "PATIENT"),
            "encounter": row.reference("Encounter", "ENCOUNTER"),
            "performedPeriod": { "start": start, "end": row.text("STOP") },
            "reasonCode": row.reason(),
        }),
    )
}

pub(super) fn immunization(row: &Row<'_>) -> Value {
    row.resource(
        "Immunization",
        row.id(),
        json!({
            "status": "completed",
            "vaccineCode": row.coded(CVX, "CODE", "DESCRIPTION"),
            "patient": row.reference("Patient", "PATIENT"),
            "encounter": row.reference("Encounter", "ENCOUNTER"),
            "occurrenceDateTime": row.text("DATE"),
            "primarySource": true,
        }),
    )
}

pub(super) fn allergy(row: &Row<'_>) -> Value {
    let system = match row.get("SYSTEM") {
        Some("RxNorm") => RXNORM,
        _ => SNOMED,
    };
    let category =
        row.get("CATEGORY").map(|c| if matches!(c, "drug" | "medicine") { "medication" } else { c });
    let reaction = |n: &str| -> Value {
        let manifestation = row.coded(SNOMED, &format!("REACTION{n}"), &format!("DESCRIPTION{n}"));
        if manifestation.is_null() {
            return manifestation;
        }
        let severity = row.get(&format!("SEVERITY{n}")).map(str::to_lowercase);
        json!({ "manifestation": [manifestation], "severity": severity })
    };
    row.resource(
        "AllergyIntolerance",
        row.id(),
        json!({
            "clinicalStatus": status(if row.get("STOP").is_some() { "inactive" } else { "active" }, "allergyintolerance-clinical"),
            "verificationStatus": status("confirmed", "allergyintolerance-verification"),
            "type": row.text("TYPE"),
            "category": [category],
            "code": row.coded(system, "CODE", "DESCRIPTION"),
            "patient": row.reference("Patient", "PATIENT"),
            "encounter": row.reference("Encounter", "ENCOUNTER"),
            "recordedDate": row.text("START"),
            "reaction": [reaction("1"), reaction("2")],
        }),
    )
}

pub(super) fn care_plan(row: &Row<'_>) -> Value {
    row.resource(
        "CarePlan",
        row.id(),
        json!({
            "status": if row.get("STOP").is_some() { "completed" } else { "active" },
            "intent": "order",
            "category": list(row.coded(SNOMED, "CODE", "DESCRIPTION")),
            "title": row.text("DESCRIPTION"),
            "description": row.text("REASONDESCRIPTION"),
            "subject": row.reference("Patient", "PATIENT"),
            "encounter": row.reference("Encounter", "ENCOUNTER"),
            "period": { "start": row.text("START"), "end": row.text("STOP") },
        }),
    )
}

pub(super) fn device(row: &Row<'_>) -> Value {
    row.resource(
        "Device",
        row.id_of_content(),
        json!({
            "status": if row.get("STOP").is_some() { "inactive" } else { "active" },
            "udiCarrier": [{ "carrierHRF": row.text("UDI") }],
            "type": row.coded(SNOMED, "CODE", "DESCRIPTION"),
            "patient": row.reference("Patient", "PATIENT"),
        }),
    )
}

pub(super) fn imaging_study(row: &Row<'_>) -> Value {
    let dicom = "http://dicom.nema.org/resources/ontology/DCM";
    // A row is an instance; rows of one study share its id.
    row.resource(
        "ImagingStudy",
        row.id_of_content(),
        json!({
            "identifier": [{ "system": OWN, "value": row.text("Id") }],
            "status": "available",
            "subject": row.reference("Patient", "PATIENT"),
            "encounter": row.reference("Encounter", "ENCOUNTER"),
            "started": row.text("DATE"),
            "series": [{
                "uid": row.text("SERIES_UID"),
                "modality": { "system": dicom, "code": row.text("MODALITY_CODE"), "display": row.text("MODALITY_DESCRIPTION") },
                "bodySite": { "system": SNOMED, "code": row.text("BODYSITE_CODE"), "display": row.text("BODYSITE_DESCRIPTION") },
                "instance": [{ "uid": row.text("INSTANCE_UID"), "title": row.text("SOP_DESCRIPTION"),
                               "sopClass": { "system": "urn:ietf:rfc:3986", "code": row.text("SOP_CODE") } }],
            }],
        }),
    )
}
