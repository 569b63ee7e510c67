//! Whether a resource is what FHIR R4 (4.0.1) defines: its elements, how often each may be, their types, the codes of required
//! bindings and what a reference may be to.
//!
//! It advises: what is in the chart is read by [`super::patient`] and [`super::record`], which refuse what they cannot read
//! rightly. A resource that differs from the definitions elsewhere is taken, and the report says in which element it
//! differs. Not looked at: invariants (FHIRPath), profiles, bindings of `Coding` and `CodeableConcept`.

mod definitions;
mod primitive;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use definitions::{Element, Kind, Type, definitions};

/// Faults of one resource that are listed; one that is wrong throughout is not worth more.
const MOST_ISSUES: usize = 20;
/// Deepest nesting that is looked at.
const DEEPEST: usize = 60;

/// How a resource differs from its definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The definition has no such element.
    UnknownElement,
    /// A required element is missing.
    Missing,
    /// It may be there once, and is a list.
    NotAList,
    /// It is a list, and is not written as one.
    AList,
    /// An empty list, object or text.
    Empty,
    /// Another type of value.
    WrongType,
    /// The right type, but not a value of it (a date that is none, a code with blanks).
    WrongValue,
    /// Not one of the codes of the required value set.
    WrongCode,
    /// Two values where one may be chosen.
    TwoChoices,
    /// A reference to a type that is not allowed here.
    WrongTarget,
}

impl Fault {
    /// The code of `OperationOutcome.issue.code` (value set issue-type).
    pub const fn issue_type(self) -> &'static str {
        match self {
            Self::UnknownElement | Self::NotAList | Self::AList | Self::Empty | Self::WrongType => {
                "structure"
            }
            Self::Missing => "required",
            Self::WrongValue => "value",
            Self::WrongCode => "code-invalid",
            Self::TwoChoices | Self::WrongTarget => "invariant",
        }
    }

    /// In English, for an `OperationOutcome`.
    pub const fn words(self) -> &'static str {
        match self {
            Self::UnknownElement => "FHIR R4 has no such element here",
            Self::Missing => "a required element is missing",
            Self::NotAList => "this may be there once, and is a list",
            Self::AList => "this is a list, and must be written as one",
            Self::Empty => "this is empty",
            Self::WrongType => "this is another type of value",
            Self::WrongValue => "this is not a value of its type",
            Self::WrongCode => "this is none of the codes that are allowed here",
            Self::TwoChoices => "two values where one may be chosen",
            Self::WrongTarget => "a reference to a type that is not allowed here",
        }
    }
}

/// One difference. It names the element, never the value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Issue {
    /// Where: `Observation.component[2].valueQuantity`.
    pub path: String,
    /// What.
    pub fault: Fault,
}

/// How a resource differs from the definition of its type; nothing of a type that is not defined, which is for others to say.
pub fn check(json: &str) -> Vec<Issue> {
    match serde_json::from_str::<Value>(json) {
        Ok(Value::Object(resource)) => check_resource(&resource),
        // What is no JSON is refused before.
        _ => Vec::new(),
    }
}

fn check_resource(resource: &Map<String, Value>) -> Vec<Issue> {
    let mut checker = Checker { path: String::new(), issues: Vec::new(), depth: 0 };
    checker.resource(resource);
    checker.issues
}

/// An `OperationOutcome` (FHIR R4) of one entry.
pub fn operation_outcome(issues: &[Issue]) -> Value {
    let issues: Vec<Value> = issues
        .iter()
        .map(|issue| {
            // An expression is FHIRPath: it names the element that holds the foreign one.
            let holder = issue.path.split(&format!(".{FOREIGN_NAME}")).next();
            serde_json::json!({
                "severity": "error",
                "code": issue.fault.issue_type(),
                "diagnostics": issue.fault.words(),
                "expression": [holder],
            })
        })
        .collect();
    serde_json::json!({ "resourceType": "OperationOutcome", "issue": issues })
}

struct Checker {
    path: String,
    issues: Vec<Issue>,
    depth: usize,
}

impl Checker {
    fn note(&mut self, fault: Fault) {
        if self.issues.len() < MOST_ISSUES {
            self.issues.push(Issue { path: self.path.clone(), fault });
        }
    }

    /// Does something one step further down.
    fn at(&mut self, step: std::fmt::Arguments<'_>, look: impl FnOnce(&mut Self)) {
        let before = self.path.len();
        let _ = self.path.write_fmt(step);
        look(self);
        self.path.truncate(before);
    }

    fn resource(&mut self, resource: &Map<String, Value>) {
        let Some(name) = resource.get("resourceType").and_then(Value::as_str) else { return };
        let Some(definition) = definitions().get(name) else { return };
        let before = std::mem::take(&mut self.path);
        // Within another resource the path goes on; at the top it begins with the type.
        self.path = if before.is_empty() { name.to_owned() } else { before.clone() };
        self.object(resource, definition, true);
        self.path = before;
    }

    fn object(&mut self, object: &Map<String, Value>, definition: &Type, is_resource: bool) {
        if self.depth > DEEPEST {
            return;
        }
        self.depth += 1;
        if object.is_empty() {
            self.note(Fault::Empty);
        }
        let mut choices: Vec<&str> = Vec::new();
        for (name, value) in object {
            if is_resource && name == "resourceType" {
                continue;
            }
            let (own, is_beside) = name.strip_prefix('_').map_or((name.as_str(), false), |own| (own, true));
            let element = definition.elements.get(own).filter(|e| !is_beside || e.kind.is_primitive());
            let Some(element) = element else {
                self.at(format_args!(".{}", shown(name)), |c| c.note(Fault::UnknownElement));
                continue;
            };
            if let Some(choice) = element.choice
                && !is_beside
            {
                if choices.contains(&choice) {
                    self.at(format_args!(".{choice}[x]"), |c| c.note(Fault::TwoChoices));
                }
                choices.push(choice);
            }
            self.at(format_args!(".{own}"), |c| match is_beside {
                true => c.beside(value, element),
                false => c.values(value, element, object.get(&format!("_{own}"))),
            });
        }
        for required in &definition.required {
            let is_there =
                |name: &&str| object.contains_key(*name) || object.contains_key(&format!("_{name}"));
            if !required.names.iter().any(is_there) {
                self.at(format_args!(".{}", required.shown), |c| c.note(Fault::Missing));
            }
        }
        self.depth -= 1;
    }

    /// The value of an element, or its list; `beside` is what stands under the name with `_`.
    fn values(&mut self, value: &Value, element: &Element, beside: Option<&Value>) {
        match (value, element.is_list) {
            (Value::Array(items), true) => {
                if items.is_empty() {
                    self.note(Fault::Empty);
                }
                for (at, item) in items.iter().enumerate() {
                    // A null holds the place of a value that has only extensions.
                    if item.is_null() && beside.and_then(|b| b.get(at)).is_some_and(|b| !b.is_null()) {
                        continue;
                    }
                    self.at(format_args!("[{at}]"), |c| c.value(item, element));
                }
            }
            (Value::Array(_), false) => self.note(Fault::NotAList),
            (_, true) => self.note(Fault::AList),
            (one, false) => self.value(one, element),
        }
    }

    /// What stands beside primitive values: an id and extensions of each.
    fn beside(&mut self, value: &Value, element: &Element) {
        let items = match (value, element.is_list) {
            (Value::Array(items), true) => items.as_slice(),
            (Value::Array(_), false) => return self.note(Fault::NotAList),
            (_, true) => return self.note(Fault::AList),
            (one, false) => std::slice::from_ref(one),
        };
        for item in items.iter().filter(|item| !item.is_null()) {
            match (item, definitions().get("Element")) {
                (Value::Object(object), Some(definition)) => self.object(object, definition, false),
                _ => self.note(Fault::WrongType),
            }
        }
    }

    fn value(&mut self, value: &Value, element: &Element) {
        match element.kind {
            Kind::Primitive(primitive) => {
                if let Some(fault) = primitive::fault(primitive, value) {
                    self.note(fault);
                } else if let (Some(codes), Some(code)) = (&element.codes, value.as_str())
                    && !codes.contains(&code)
                {
                    self.note(Fault::WrongCode);
                }
            }
            Kind::Resource => match value {
                Value::Object(resource) => self.resource(resource),
                _ => self.note(Fault::WrongType),
            },
            Kind::Complex(name) => match (value, definitions().get(name)) {
                (Value::Object(object), Some(definition)) => {
                    self.object(object, definition, false);
                    self.target(object, element);
                }
                (_, Some(_)) => self.note(Fault::WrongType),
                (_, None) => {}
            },
        }
    }

    fn target(&mut self, reference: &Map<String, Value>, element: &Element) {
        let (Some(targets), Some(text)) =
            (&element.targets, reference.get("reference").and_then(Value::as_str))
        else {
            return;
        };
        // `Patient/1`, `https://server/Patient/1`, `Patient/1/_history/2`; fragments and urn: say no type.
        let text = text.split("/_history/").next().unwrap_or_default();
        let mut parts = text.rsplit('/').skip(1);
        if let Some(target) = parts.next()
            && definitions().contains_key(target)
            && !targets.contains(&target)
        {
            self.note(Fault::WrongTarget);
        }
    }
}

/// Stands for a member's name that FHIR R4 nowhere has: a foreign file may have written anything there, a patient's name too.
const FOREIGN_NAME: &str = "(another name)";

/// A member's name where it is one of FHIR R4's, of whatever type.
pub(crate) fn shown(name: &str) -> &str {
    static NAMES: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let types = definitions().values();
        types.flat_map(|t| t.elements.keys().copied()).chain(["resourceType"]).collect()
    });
    if names.contains(name.strip_prefix('_').unwrap_or(name)) { name } else { FOREIGN_NAME }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issues(json: &str) -> Vec<(String, Fault)> {
        check(json).into_iter().map(|i| (i.path, i.fault)).collect()
    }

    #[test]
    fn each_fault_names_its_element() {
        let right = r#"{"resourceType":"Observation","id":"a","status":"final","code":{"text":"x"},
            "subject":{"reference":"Patient/1"},"valueQuantity":{"value":1.00,"unit":"mg"},"_effectiveDateTime":{"extension":[{"url":"http://x"}]},
            "contained":[{"resourceType":"Patient","id":"p","name":[{"given":[null,"B"],"_given":[{"id":"g"},null]}]}]}"#;
        assert_eq!(issues(right), []);
        let wrong = r#"{"resourceType":"Observation","id":"a b","status":"done","subject":{"reference":"Practitioner/1"},
            "colour":1,"identifier":{},"effectiveDateTime":"2020-13-01","valueString":"x","valueBoolean":true,"issued":["x"],
            "component":[{"valueInteger":"1"}],"note":[],"contained":[{"resourceType":"Patient","gender":"F"}]}"#;
        let found = issues(wrong);
        for (path, fault) in [
            ("Observation.id", Fault::WrongValue),
            ("Observation.status", Fault::WrongCode),
            ("Observation.code", Fault::Missing),
            ("Observation.subject", Fault::WrongTarget),
            ("Observation.(another name)", Fault::UnknownElement),
            ("Observation.identifier", Fault::AList),
            ("Observation.effectiveDateTime", Fault::WrongValue),
            ("Observation.value[x]", Fault::TwoChoices),
            ("Observation.issued", Fault::NotAList),
            ("Observation.component[0].valueInteger", Fault::WrongType),
            ("Observation.component[0].code", Fault::Missing),
            ("Observation.note", Fault::Empty),
            ("Observation.contained[0].gender", Fault::WrongCode),
        ] {
            assert!(found.contains(&(path.to_owned(), fault)), "{path} {fault:?} is not among {found:?}");
        }
        assert_eq!(found.len(), 13, "{found:?}");
        // A choice that is required may be any of its types.
        let given = r#"{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"display":"x"}}"#;
        assert_eq!(issues(given), [("MedicationRequest.medication[x]".to_owned(), Fault::Missing)]);
    }

    #[test]
    fn nothing_of_a_foreign_name_is_told_that_is_no_name() {
        let found = issues(r#"{"resourceType":"Patient","Ruiz, Ana 536-90-4399":1}"#);
        assert_eq!(found, [("Patient.(another name)".to_owned(), Fault::UnknownElement)]);
        let outcome = operation_outcome(&check(r#"{"resourceType":"Patient","active":"yes"}"#));
        assert_eq!(outcome["issue"][0]["expression"][0], "Patient.active");
        assert_eq!(outcome["issue"][0]["code"], "structure");
    }

    /// The official examples of 4.0.1 are right but for what is listed here, each looked at.
    #[test]
    fn published_resources_are_what_the_definitions_say() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../../shared/data/fhir/r4_official_examples_4.0.1");
        if !folder.is_dir() {
            println!("skipped (no data)");
            return;
        }
        let (mut seen, mut differ) = (0, Vec::new());
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            seen += 1;
            for (at, fault) in issues(&text) {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                let element = at.rsplit('.').next().unwrap_or_default().to_owned();
                differ.push((name, element, fault));
            }
        }
        differ.sort();
        differ.dedup();
        assert!(seen > 250, "{seen}");
        let known = [
            // The definition of a device for the device, a practitioner for an organisation, an encounter for a performer;
            // items without their link.
            ("DeviceMetric-example.json", "parent", Fault::WrongTarget),
            ("MedicationRequest-medrx0301.json", "performer", Fault::WrongTarget),
            ("Observation-clinical-gender.json", "performer[0]", Fault::WrongTarget),
            ("Questionnaire-qs1.json", "linkId", Fault::Missing),
        ];
        let known = known.map(|(file, element, fault)| (file.to_owned(), element.to_owned(), fault));
        assert_eq!(differ, known);
    }
}
