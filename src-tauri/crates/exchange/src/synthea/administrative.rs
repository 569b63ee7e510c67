//! What Synthea writes of supplies, organisations, practitioners and payers.

use serde_json::{Value, json};

use super::row::{Row, SNOMED};

pub(super) fn supply(row: &Row<'_>) -> Value {
    let quantity = row.get("QUANTITY").and_then(|q| serde_json::from_str::<serde_json::Number>(q).ok());
    row.resource(
        "SupplyDelivery",
        row.id(),
        json!({
            "status": "completed",
            "patient": row.reference("Patient", "PATIENT"),
            "suppliedItem": { "quantity": { "value": quantity },
                              "itemCodeableConcept": row.coded(SNOMED, "CODE", "DESCRIPTION") },
            "occurrenceDateTime": row.text("DATE"),
        }),
    )
}

pub(super) fn organization(row: &Row<'_>) -> Value {
    let state = if row.get("STATE").is_some() { row.text("STATE") } else { row.text("STATE_HEADQUARTERED") };
    row.resource(
        "Organization",
        row.id(),
        json!({
            "active": true,
            "name": row.text("NAME"),
            "telecom": [{ "system": row.get("PHONE").map(|_| "phone"), "value": row.text("PHONE") }],
            "address": [{ "line": [row.text("ADDRESS")], "city": row.text("CITY"), "state": state, "postalCode": row.text("ZIP") }],
        }),
    )
}

pub(super) fn practitioner(row: &Row<'_>) -> Value {
    row.resource(
        "Practitioner",
        row.id(),
        json!({
            "active": true,
            "name": [{ "text": row.text("NAME") }],
            "qualification": [{ "code": { "text": row.text("SPECIALITY") } }],
            "address": [{ "line": [row.text("ADDRESS")], "city": row.text("CITY"), "state": row.text("STATE"), "postalCode": row.text("ZIP") }],
        }),
    )
}

pub(super) fn coverage(row: &Row<'_>) -> Value {
    // Years in older exports, instants since Synthea 3.
    let year = |name: &str| row.get(name).map(|cell| cell.chars().take(10).collect::<String>());
    let start = year("START_YEAR").or_else(|| year("START_DATE"));
    let end = year("END_YEAR").or_else(|| year("END_DATE"));
    row.resource(
        "Coverage",
        row.id_of_content(),
        json!({
            "status": "active",
            "subscriberId": row.text("MEMBERID"),
            "beneficiary": row.reference("Patient", "PATIENT"),
            "relationship": { "text": row.text("OWNERSHIP") },
            "period": { "start": start, "end": end },
            "payor": [row.reference("Organization", "PAYER"), row.reference("Organization", "SECONDARY_PAYER")],
        }),
    )
}

pub(super) fn claim(row: &Row<'_>) -> Value {
    let diagnoses: Vec<Value> = (1..=8)
        .filter_map(|n| Some((n, row.get(&format!("DIAGNOSIS{n}"))?)))
        .map(|(n, code)| json!({ "sequence": n, "diagnosisCodeableConcept": { "coding": [{ "system": SNOMED, "code": code }] } }))
        .collect();
    row.resource(
        "Claim",
        row.id(),
        json!({
            "status": "active",
            "use": "claim",
            "patient": row.reference("Patient", "PATIENTID"),
            "created": row.text("SERVICEDATE"),
            "provider": row.reference("Practitioner", "PROVIDERID"),
            "diagnosis": diagnoses,
        }),
    )
}
