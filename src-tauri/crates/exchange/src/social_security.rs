//! Which identifiers are US social security numbers, however a source names them. They are secrets: taken out of what is
//! kept, sealed apart, and handed out only where an export may carry them.

/// The system in FHIR (HL7 Terminology, `us-ssn`).
pub(crate) const SSN_SYSTEM: &str = "http://hl7.org/fhir/sid/us-ssn";
/// The same as an object identifier (HL7 OID registry).
const SSN_OID: &str = "2.16.840.1.113883.4.1";
/// HL7 table 0203: social security number, social beneficiary identifier.
const KINDS: [&str; 2] = ["SS", "SB"];

/// Whether an identifier is one, by who gave it or by any of the codes that say what it is.
pub(crate) fn is_social_security<'c>(system: Option<&str>, kinds: impl IntoIterator<Item = &'c str>) -> bool {
    system.is_some_and(is_system) || kinds.into_iter().any(|kind| KINDS.contains(&kind.trim()))
}

fn is_system(system: &str) -> bool {
    let system = system.trim().trim_end_matches('/');
    let bare = match system.get(..8) {
        Some(start) if start.eq_ignore_ascii_case("urn:oid:") => &system[8..],
        _ => system,
    };
    bare == SSN_OID || bare == SSN_SYSTEM || bare == "https://hl7.org/fhir/sid/us-ssn"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_known_by_its_system_in_any_form_and_by_any_coding() {
        for system in
            [SSN_SYSTEM, "http://hl7.org/fhir/sid/us-ssn/", SSN_OID, "urn:oid:2.16.840.1.113883.4.1"]
        {
            assert!(is_social_security(Some(system), ["PI"]), "{system}");
        }
        assert!(is_social_security(None, ["PI", "SS"]) && is_social_security(Some("x"), ["SB"]));
        assert!(!is_social_security(Some("urn:oid:2.16.840.1.113883.4.2"), ["MR"]));
        assert!(!is_social_security(None, []));
    }
}
