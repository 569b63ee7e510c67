//! A row of Synthea's tables, and what its values become.

use serde_json::{Map, Value, json};

pub(super) const SNOMED: &str = "http://snomed.info/sct";
pub(super) const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";
pub(super) const LOINC: &str = "http://loinc.org";
pub(super) const CVX: &str = "http://hl7.org/fhir/sid/cvx";
pub(super) const OWN: &str = "https://github.com/synthetichealth/synthea";

/// One row of a table.
pub(super) struct Row<'a> {
    pub(super) names: &'a [String],
    pub(super) record: &'a csv::StringRecord,
    pub(super) table: &'static str,
}

impl Row<'_> {
    /// A cell by the name of its column; `None` when it is blank or not there.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let at = self.names.iter().position(|n| n == name)?;
        self.record.get(at).map(str::trim).filter(|cell| !cell.is_empty())
    }

    pub(super) fn text(&self, name: &str) -> Value {
        self.get(name).map_or(Value::Null, Value::from)
    }

    /// The row's own id, or one of its content.
    pub(super) fn id(&self) -> String {
        self.get("Id").map_or_else(|| self.id_of_content(), str::to_owned)
    }

    pub(super) fn id_of_content(&self) -> String {
        let mut hash = blake3::Hasher::new();
        hash.update(self.table.as_bytes());
        for cell in self.record {
            hash.update(&[0]).update(cell.as_bytes());
        }
        hash.finalize().to_hex()[..32].to_owned()
    }

    pub(super) fn reference(&self, kind: &str, column: &str) -> Value {
        self.get(column).map_or(Value::Null, |id| json!({ "reference": format!("{kind}/{id}") }))
    }

    pub(super) fn coded(&self, system: &str, code: &str, display: &str) -> Value {
        match (self.get(code), self.get(display)) {
            (None, None) => Value::Null,
            (code, display) => json!({
                "coding": [{ "system": system, "code": code, "display": display }],
                "text": display,
            }),
        }
    }

    pub(super) fn reason(&self) -> Value {
        list(self.coded(SNOMED, "REASONCODE", "REASONDESCRIPTION"))
    }

    /// A resource; elements that nothing is known of are left out, in depth.
    pub(super) fn resource(&self, kind: &str, id: String, elements: Value) -> Value {
        let mut all = Map::new();
        all.insert("resourceType".into(), kind.into());
        all.insert("id".into(), id.into());
        if let Value::Object(elements) = elements {
            all.extend(elements);
        }
        known(Value::Object(all)).unwrap_or(Value::Null)
    }
}

pub(super) fn list(one: Value) -> Value {
    if one.is_null() { one } else { Value::Array(vec![one]) }
}

/// What is known of a value: no nulls, and nothing that is empty without them.
pub(super) fn known(value: Value) -> Option<Value> {
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

pub(super) fn identifier(code: &str, system: &str, value: Value) -> Value {
    if value.is_null() {
        return value;
    }
    let kind =
        json!({ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": code }] });
    json!({ "type": kind, "system": system, "value": value })
}

pub(super) fn status(code: &str, of: &str) -> Value {
    let system = format!("http://terminology.hl7.org/CodeSystem/{of}");
    json!({ "coding": [{ "system": system, "code": code }] })
}
