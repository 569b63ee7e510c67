//! `cargo run -p rustcare-exchange --example r4_definitions -- PACKAGE.zip > src-tauri/crates/exchange/src/fhir/r4/definitions.tsv`:
//! what the validator needs of the published FHIR R4 definitions (StructureDefinitions, ValueSets and CodeSystems of the core
//! package 4.0.1, CC0), one line an element.
//!
//! `>Type` begins a type. Then, separated by tabs: name, least and most count (`*` for many), type (`@Path` for an element
//! of its own), the name of the choice that it belongs to, and `=` the codes of a required binding or `>` the types that a
//! reference may be to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::Read;

use serde_json::Value;

/// Elements that say where a type comes from.
const SYSTEM_STRING: &str = "http://hl7.org/fhirpath/System.String";
/// A value set with more codes than this is no enumeration.
const MOST_CODES: usize = 60;

struct Package {
    by_url: HashMap<String, Value>,
    types: BTreeMap<String, Value>,
}

fn read(path: &str) -> Package {
    let mut zip = zip::ZipArchive::new(File::open(path).expect("the package")).expect("a zip");
    let mut package = Package { by_url: HashMap::new(), types: BTreeMap::new() };
    for at in 0..zip.len() {
        let mut text = String::new();
        let mut file = zip.by_index(at).expect("a member");
        let is_json = file.name().is_ok_and(|name| name.ends_with(".json"));
        if !is_json || file.read_to_string(&mut text).is_err() {
            continue;
        }
        let Ok(value) = serde_json::from_str::<Value>(&text) else { continue };
        let kind = value["kind"].as_str().unwrap_or_default();
        let is_type = value["resourceType"] == "StructureDefinition"
            && matches!(kind, "resource" | "complex-type")
            && value["derivation"] != "constraint"
            && value["type"] == value["id"];
        if is_type {
            package.types.insert(value["type"].as_str().unwrap_or_default().to_owned(), value.clone());
        }
        if let Some(url) = value["url"].as_str() {
            package.by_url.insert(url.to_owned(), value);
        }
    }
    package
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn concepts(of: &Value, into: &mut BTreeSet<String>) {
    for concept in list(of, "concept") {
        into.extend(concept["code"].as_str().map(str::to_owned));
        concepts(concept, into);
    }
}

impl Package {
    /// The codes of a value set, where they are all known and few.
    fn codes(&self, url: &str) -> Option<BTreeSet<String>> {
        let set = self.by_url.get(url.split('|').next()?)?;
        let compose = &set["compose"];
        if !list(compose, "exclude").is_empty() {
            return None;
        }
        let mut codes = BTreeSet::new();
        for include in list(compose, "include") {
            if include.get("filter").is_some() {
                return None;
            }
            for other in list(include, "valueSet") {
                codes.extend(self.codes(other.as_str()?)?);
            }
            if include.get("concept").is_some() {
                concepts(include, &mut codes);
            } else if let Some(system) = include["system"].as_str() {
                let system = self.by_url.get(system).filter(|s| s["content"] == "complete")?;
                concepts(system, &mut codes);
            }
        }
        (!codes.is_empty() && codes.len() <= MOST_CODES).then_some(codes)
    }

    fn print(&self, name: &str, definition: &Value) {
        let mut by_parent: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for element in list(&definition["snapshot"], "element") {
            let path = element["path"].as_str().unwrap_or_default();
            if let Some((parent, _)) = path.rsplit_once('.') {
                by_parent.entry(parent).or_default().push(element);
            }
        }
        let parents: BTreeSet<&str> = by_parent.keys().copied().collect();
        for (parent, elements) in &by_parent {
            println!(">{parent}");
            for element in elements {
                self.print_element((name, definition["kind"] == "resource"), element, &parents);
            }
        }
    }

    fn print_element(&self, (of, is_resource): (&str, bool), element: &Value, parents: &BTreeSet<&str>) {
        let path = element["path"].as_str().unwrap_or_default();
        let name = path.rsplit('.').next().unwrap_or_default();
        let (min, max) = (&element["min"], element["max"].as_str().unwrap_or("1"));
        if max == "0" {
            return;
        }
        if let Some(same) = element["contentReference"].as_str() {
            println!("{name}\t{min}\t{max}\t@{}\t\t", same.trim_start_matches('#'));
            return;
        }
        let choice = name.strip_suffix("[x]");
        for one in list(element, "type") {
            let code = one["code"].as_str().unwrap_or_default();
            let code = match code {
                // Only a resource's own id has the narrower type.
                SYSTEM_STRING if path == format!("{of}.id") && is_resource => "id",
                SYSTEM_STRING if name == "url" => "uri",
                SYSTEM_STRING => "string",
                other => other,
            };
            let kind = if parents.contains(path) { format!("@{path}") } else { code.to_owned() };
            let mut extra = String::new();
            if code == "code" && element["binding"]["strength"] == "required" {
                let codes = element["binding"]["valueSet"].as_str().and_then(|url| self.codes(url));
                if let Some(codes) = codes {
                    extra = format!("={}", codes.into_iter().collect::<Vec<_>>().join("|"));
                }
            } else if code == "Reference" {
                let types: Vec<&str> = list(one, "targetProfile")
                    .iter()
                    .filter_map(|t| t.as_str()?.rsplit('/').next())
                    .collect();
                if !types.is_empty() && !types.contains(&"Resource") {
                    extra = format!(">{}", types.join("|"));
                }
            }
            let (shown, group) = match choice {
                Some(base) => {
                    let mut letters = code.chars();
                    let first = letters.next().map(|c| c.to_ascii_uppercase()).unwrap_or_default();
                    (format!("{base}{first}{}", letters.as_str()), base)
                }
                None => (name.to_owned(), ""),
            };
            println!("{shown}\t{min}\t{max}\t{kind}\t{group}\t{extra}");
        }
    }
}

fn main() {
    let path = std::env::args().nth(1).expect("the package's zip");
    let package = read(&path);
    for (name, definition) in &package.types {
        package.print(name, definition);
    }
}
