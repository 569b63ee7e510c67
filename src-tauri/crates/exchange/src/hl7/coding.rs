//! Codes, identifiers, names and addresses of HL7 v2 as FHIR writes them.

use serde_json::{Map, Value, json};

use super::message::Part;

/// What a v2 coding system's name is in FHIR (HL7 table 0396).
pub fn system(name: &str) -> String {
    let upper = name.trim().to_ascii_uppercase();
    let known = match upper.as_str() {
        "LN" | "LOINC" => "http://loinc.org",
        "SCT" | "SNM3" | "SNOMED" | "SNOMED-CT" | "SNOMED CT" => "http://snomed.info/sct",
        "I9" | "I9C" | "I9CDX" | "ICD9" | "ICD-9-CM" | "I9M" => "http://hl7.org/fhir/sid/icd-9-cm",
        "I10" | "ICD10" | "ICD-10" => "http://hl7.org/fhir/sid/icd-10",
        "I10C" | "ICD-10-CM" | "ICD10CM" => "http://hl7.org/fhir/sid/icd-10-cm",
        "CVX" => "http://hl7.org/fhir/sid/cvx",
        "NDC" => "http://hl7.org/fhir/sid/ndc",
        "RXNORM" | "RXN" | "RXNO" => "http://www.nlm.nih.gov/research/umls/rxnorm",
        "C4" | "CPT" => "http://www.ama-assn.org/go/cpt",
        "UCUM" => "http://unitsofmeasure.org",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    match upper.strip_prefix("HL7") {
        Some(table) if table.len() == 4 && table.bytes().all(|b| b.is_ascii_digit()) => {
            format!("http://terminology.hl7.org/CodeSystem/v2-{table}")
        }
        _ => name.trim().to_owned(),
    }
}

fn put(object: &mut Map<String, Value>, key: &str, value: Option<String>) {
    if let Some(value) = value {
        object.insert(key.to_owned(), value.into());
    }
}

/// CE, CWE, CNE and CF: up to two codes and their words. `None` where nothing is said.
pub fn concept(part: Part<'_>) -> Option<Value> {
    let part = part.first();
    let text_of = |n: usize| part.component(n).whole();
    let mut coding = Vec::new();
    for (code, display, name) in [(1, 2, 3), (4, 5, 6)] {
        let Some(code) = text_of(code) else { continue };
        let mut one = Map::new();
        put(&mut one, "system", text_of(name).map(|n| system(&n)));
        one.insert("code".into(), code.into());
        put(&mut one, "display", text_of(display));
        coding.push(Value::Object(one));
    }
    let text = text_of(9).or_else(|| text_of(2)).or_else(|| text_of(5));
    if coding.is_empty() && text.is_none() {
        return None;
    }
    let mut concept = Map::new();
    if !coding.is_empty() {
        concept.insert("coding".into(), coding.into());
    }
    put(&mut concept, "text", text);
    Some(Value::Object(concept))
}

/// A plain code of an HL7 table.
pub fn table_code(code: &str, table: &str) -> Value {
    json!({ "coding": [{ "system": format!("http://terminology.hl7.org/CodeSystem/v2-{table}"), "code": code }] })
}

/// Who assigned a number: an object identifier where one is given, else the name; else the sender, whose numbers mean
/// something only there.
pub fn authority(hd: Part<'_>, sender: &str) -> String {
    let (name, universal, kind) =
        (hd.subcomponent(1).whole(), hd.subcomponent(2).whole(), hd.subcomponent(3).whole());
    match (universal, kind.as_deref()) {
        (Some(oid), Some("ISO")) => format!("urn:oid:{oid}"),
        (Some(uuid), Some("UUID" | "GUID")) => format!("urn:uuid:{}", uuid.to_lowercase()),
        (Some(uri), Some("URI" | "L")) if name.is_none() => uri,
        (universal, _) => name.or(universal).unwrap_or_else(|| sender.to_owned()),
    }
}

/// EI: entity, namespace, universal id, type.
pub fn entity(ei: Part<'_>) -> Option<String> {
    let ei = ei.first();
    let id = ei.component(1).whole()?;
    let names = [ei.component(2).whole(), ei.component(3).whole()];
    let authority = names.into_iter().flatten().next().unwrap_or_default();
    Some(format!("{authority}|{id}"))
}

/// XPN (and PN, and the name in an XCN from its second component on) as a HumanName.
pub fn human_name(name: Part<'_>, first: usize) -> Option<Value> {
    let name = name.first();
    let text_of = |n: usize| name.component(first + n).value();
    let family = text_of(0);
    let given: Vec<String> = [text_of(1), text_of(2)].into_iter().flatten().collect();
    if family.is_none() && given.is_empty() {
        return None;
    }
    let mut human = Map::new();
    put(&mut human, "family", family);
    if !given.is_empty() {
        human.insert("given".into(), given.into());
    }
    if let Some(suffix) = text_of(3) {
        human.insert("suffix".into(), json!([suffix]));
    }
    if let Some(prefix) = text_of(4) {
        human.insert("prefix".into(), json!([prefix]));
    }
    let role = match name.component(first + 6).value().as_deref() {
        Some("M") => "maiden",
        Some("N") => "nickname",
        Some("A") => "old",
        Some("D") => "usual",
        _ => "official",
    };
    human.insert("use".into(), role.into());
    Some(Value::Object(human))
}

/// XAD and AD as an Address.
pub fn address(part: Part<'_>) -> Option<Value> {
    let street = part.component(1);
    // SAD: the whole line, or street and number apart.
    let line = match (
        street.subcomponent(1).whole(),
        street.subcomponent(2).whole(),
        street.subcomponent(3).whole(),
    ) {
        (Some(line), None, None) => Some(line),
        (line, name, number) => {
            let line = line.unwrap_or_default();
            let all: Vec<String> =
                std::iter::once(line).chain(number).chain(name).filter(|s| !s.is_empty()).collect();
            (!all.is_empty()).then(|| all.join(" "))
        }
    };
    let lines: Vec<String> = [line, part.component(2).whole()].into_iter().flatten().collect();
    let mut address = Map::new();
    if !lines.is_empty() {
        address.insert("line".into(), lines.into());
    }
    for (key, number) in [("city", 3), ("state", 4), ("postalCode", 5), ("country", 6)] {
        put(&mut address, key, part.component(number).whole());
    }
    (!address.is_empty()).then_some(Value::Object(address))
}

/// XTN as a ContactPoint: the e-mail address, or the number from its parts.
pub fn telecom(part: Part<'_>) -> Option<Value> {
    let text_of = |n: usize| part.component(n).whole();
    if let Some(mail) = text_of(4).filter(|m| m.contains('@')) {
        return Some(json!({ "system": "email", "value": mail }));
    }
    let kind = text_of(3);
    let parts: Vec<String> = [5, 6, 7].into_iter().filter_map(text_of).collect();
    let from_parts = || {
        let mut number = parts.join(" ");
        // A country code is one only in front of an area code and a number.
        if text_of(5).is_some() && text_of(6).is_some() && !number.starts_with('+') {
            number.insert(0, '+');
        }
        if let Some(extension) = text_of(8) {
            number.push_str(" x");
            number.push_str(&extension);
        }
        text_of(7).map(|_| number)
    };
    let number = text_of(1).or_else(|| text_of(12)).or_else(from_parts)?;
    let system = if number.contains('@') {
        "email"
    } else if kind.as_deref() == Some("FX") {
        "fax"
    } else {
        "phone"
    };
    let role = match text_of(2).as_deref() {
        Some("WPN") => "work",
        Some("PRN" | "ORN" | "VHN") => "home",
        _ => "",
    };
    let mut point = json!({ "system": system, "value": number });
    if !role.is_empty() {
        point["use"] = role.into();
    }
    Some(point)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hl7::message::Message;

    fn field(text: &str) -> Message {
        Message::parse(format!("MSH|^~\\&|\rZZZ|{text}")).unwrap()
    }

    #[test]
    fn codes_addresses_and_numbers_read_as_fhir() {
        let message = field(
            "8867-4^heart rate^LN^HR^pulse^99LOCAL|1&Main St^Apt 2^Ann Arbor^MI^99999^USA|^PRN^PH^^1^734^5551234|^NET^Internet^a@b.org|H&1.2.3&ISO",
        );
        let zzz = message.first("ZZZ").unwrap();
        let concept = concept(zzz.field(1)).unwrap();
        assert_eq!(concept["coding"][0]["system"], "http://loinc.org");
        assert_eq!(
            (&concept["coding"][1]["system"], &concept["text"]),
            (&json!("99LOCAL"), &json!("heart rate"))
        );
        assert_eq!(address(zzz.field(2)).unwrap()["line"], json!(["1 Main St", "Apt 2"]));
        assert_eq!(telecom(zzz.field(3)).unwrap()["value"], "+1 734 5551234");
        assert_eq!(telecom(zzz.field(4)).unwrap()["system"], "email");
        assert_eq!(authority(zzz.field(5), "X"), "urn:oid:1.2.3");
        assert_eq!(authority(zzz.field(6), "X"), "X");
    }
}
