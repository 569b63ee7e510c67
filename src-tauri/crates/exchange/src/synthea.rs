//! Synthea's CSV export (a folder of 18 tables) as the FHIR resources that Synthea's own FHIR exporter writes of the same
//! rows, so that the same people come in by either way as the same register.
//!
//! Columns: Synthea wiki, "CSV File Data Dictionary". Rows without an id of their own get one from their content, so that
//! the same row is never taken twice. Costs, and the table of claims' transactions, are left out and said to be.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use rustcare_model::reason::Reason;
use serde_json::{Map, Value, json};

const SNOMED: &str = "http://snomed.info/sct";
const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";
const LOINC: &str = "http://loinc.org";
const CVX: &str = "http://hl7.org/fhir/sid/cvx";
const OWN: &str = "https://github.com/synthetichealth/synthea";

/// The tables that come in.
const TABLES: [(&str, fn(&Row<'_>) -> Value); 17] = [
    ("allergies", allergy),
    ("careplans", care_plan),
    ("claims", claim),
    ("conditions", condition),
    ("devices", device),
    ("encounters", encounter),
    ("imaging_studies", imaging_study),
    ("immunizations", immunization),
    ("medications", medication),
    ("observations", observation),
    ("organizations", organization),
    ("patients", patient),
    ("payer_transitions", coverage),
    ("payers", organization),
    ("procedures", procedure),
    ("providers", practitioner),
    ("supplies", supply),
];
/// The table that is left out: money between payers.
pub const LEFT_OUT: &str = "claims_transactions";

/// Which table a file of the set is, by its name.
pub fn table_of(name: &str) -> Option<&'static str> {
    let stem = name.rsplit(['/', '\\']).next()?.strip_suffix(".csv")?;
    TABLES.iter().map(|(table, _)| *table).chain([LEFT_OUT]).find(|table| *table == stem)
}

/// Whether a folder holds such a set: its table of patients has Synthea's columns.
pub fn is_set(folder: &Path) -> bool {
    let mut start = [0; 64];
    let read = File::open(folder.join("patients.csv")).and_then(|mut file| file.read(&mut start));
    read.is_ok_and(|n| {
        String::from_utf8_lossy(&start[..n]).trim_start_matches('\u{feff}').starts_with("Id,BIRTHDATE,")
    })
}

/// Opens a table as one resource a line. Line n of what is read is line n of the file: that of the names is blank.
///
/// # Errors
/// Why it cannot be read.
pub fn open(path: &Path, table: &'static str) -> Result<Box<dyn Read>, Reason> {
    let file = File::open(path).map_err(|_| Reason::FileUnreadable)?;
    let Some((_, convert)) = TABLES.iter().find(|(name, _)| *name == table) else {
        return Err(Reason::SyntheaTransactions);
    };
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(BufReader::new(file));
    let names = rows.headers().map_err(|_| Reason::FileNotText)?.iter().map(str::to_owned).collect();
    Ok(Box::new(Converted { rows, names, table, convert: *convert, ready: b"\n".to_vec(), at: 0 }))
}

struct Converted<R> {
    rows: csv::Reader<R>,
    names: Vec<String>,
    table: &'static str,
    convert: fn(&Row<'_>) -> Value,
    ready: Vec<u8>,
    at: usize,
}

impl<R: Read> Read for Converted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.ready.len() {
            let mut record = csv::StringRecord::new();
            if !self.rows.read_record(&mut record).map_err(std::io::Error::other)? {
                return Ok(0);
            }
            let row = Row { names: &self.names, record: &record, table: self.table };
            self.ready = serde_json::to_vec(&(self.convert)(&row)).map_err(std::io::Error::other)?;
            self.ready.push(b'\n');
            self.at = 0;
        }
        let count = buffer.len().min(self.ready.len() - self.at);
        buffer[..count].copy_from_slice(&self.ready[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// One row of a table.
struct Row<'a> {
    names: &'a [String],
    record: &'a csv::StringRecord,
    table: &'static str,
}

impl Row<'_> {
    /// A cell by the name of its column; `None` when it is blank or not there.
    fn get(&self, name: &str) -> Option<&str> {
        let at = self.names.iter().position(|n| n == name)?;
        self.record.get(at).map(str::trim).filter(|cell| !cell.is_empty())
    }

    fn text(&self, name: &str) -> Value {
        self.get(name).map_or(Value::Null, Value::from)
    }

    /// The row's own id, or one of its content.
    fn id(&self) -> String {
        self.get("Id").map_or_else(|| self.id_of_content(), str::to_owned)
    }

    fn id_of_content(&self) -> String {
        let mut hash = blake3::Hasher::new();
        hash.update(self.table.as_bytes());
        for cell in self.record {
            hash.update(&[0]).update(cell.as_bytes());
        }
        hash.finalize().to_hex()[..32].to_owned()
    }

    fn reference(&self, kind: &str, column: &str) -> Value {
        self.get(column).map_or(Value::Null, |id| json!({ "reference": format!("{kind}/{id}") }))
    }

    fn coded(&self, system: &str, code: &str, display: &str) -> Value {
        match (self.get(code), self.get(display)) {
            (None, None) => Value::Null,
            (code, display) => json!({
                "coding": [{ "system": system, "code": code, "display": display }],
                "text": display,
            }),
        }
    }

    fn reason(&self) -> Value {
        list(self.coded(SNOMED, "REASONCODE", "REASONDESCRIPTION"))
    }

    /// A resource; elements that nothing is known of are left out, in depth.
    fn resource(&self, kind: &str, id: String, elements: Value) -> Value {
        let mut all = Map::new();
        all.insert("resourceType".into(), kind.into());
        all.insert("id".into(), id.into());
        if let Value::Object(elements) = elements {
            all.extend(elements);
        }
        known(Value::Object(all)).unwrap_or(Value::Null)
    }
}

fn list(one: Value) -> Value {
    if one.is_null() { one } else { Value::Array(vec![one]) }
}

/// What is known of a value: no nulls, and nothing that is empty without them.
fn known(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(all) => {
            let kept: Map<_, _> = all.into_iter().filter_map(|(k, v)| Some((k, known(v)?))).collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        Value::Array(all) => {
            let kept: Vec<_> = all.into_iter().filter_map(known).collect();
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        other => Some(other),
    }
}

fn identifier(code: &str, system: &str, value: Value) -> Value {
    if value.is_null() {
        return value;
    }
    let kind =
        json!({ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": code }] });
    json!({ "type": kind, "system": system, "value": value })
}

fn status(code: &str, of: &str) -> Value {
    let system = format!("http://terminology.hl7.org/CodeSystem/{of}");
    json!({ "coding": [{ "system": system, "code": code }] })
}

fn patient(row: &Row<'_>) -> Value {
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

fn encounter(row: &Row<'_>) -> Value {
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

fn condition(row: &Row<'_>) -> Value {
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

fn observation(row: &Row<'_>) -> Value {
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

fn medication(row: &Row<'_>) -> Value {
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

fn procedure(row: &Row<'_>) -> Value {
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

fn immunization(row: &Row<'_>) -> Value {
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

fn allergy(row: &Row<'_>) -> Value {
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

fn care_plan(row: &Row<'_>) -> Value {
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

fn device(row: &Row<'_>) -> Value {
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

fn imaging_study(row: &Row<'_>) -> Value {
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

fn supply(row: &Row<'_>) -> Value {
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

fn organization(row: &Row<'_>) -> Value {
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

fn practitioner(row: &Row<'_>) -> Value {
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

fn coverage(row: &Row<'_>) -> Value {
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

fn claim(row: &Row<'_>) -> Value {
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
