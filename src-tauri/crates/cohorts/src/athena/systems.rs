//! Which vocabulary of OHDSI a code system of FHIR is. Systems: HL7 Terminology, external code systems; vocabularies: OHDSI
//! Vocabulary-v5.0, table VOCABULARY.

use rustcare_model::code::{ICD_10, ICD_10_CM, LOINC, SNOMED_CT};

/// `vocabulary_id` of a system.
pub(crate) fn vocabulary_of(system: &str) -> Option<&'static str> {
    Some(match system {
        ICD_10_CM => "ICD10CM",
        ICD_10 => "ICD10",
        LOINC => "LOINC",
        SNOMED_CT => "SNOMED",
        "http://www.nlm.nih.gov/research/umls/rxnorm" => "RxNorm",
        "http://hl7.org/fhir/sid/cvx" => "CVX",
        "http://hl7.org/fhir/sid/ndc" => "NDC",
        "http://hl7.org/fhir/sid/icd-9-cm" => "ICD9CM",
        "http://www.cms.gov/Medicare/Coding/ICD10" => "ICD10PCS",
        "http://www.ama-assn.org/go/cpt" => "CPT4",
        "http://www.whocc.no/atc" => "ATC",
        "http://unitsofmeasure.org" => "UCUM",
        _ => return None,
    })
}

/// A code as it is compared: codes of the ICD are written with and without their dot, those of the NDC with and without hyphens.
pub(crate) fn normal_code(vocabulary: &str, code: &str) -> String {
    let code = code.trim();
    match vocabulary {
        "ICD10CM" | "ICD10" | "ICD9CM" | "ICD10PCS" => code.replace('.', "").to_ascii_uppercase(),
        "NDC" => code.replace('-', ""),
        _ => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_compared_as_they_are_meant() {
        assert_eq!(vocabulary_of(ICD_10_CM), Some("ICD10CM"));
        assert_eq!(vocabulary_of("urn:oid:1.2.3"), None);
        assert_eq!(normal_code("ICD10CM", " e11.9 "), normal_code("ICD10CM", "E119"));
        assert_ne!(normal_code("LOINC", "4548-4"), normal_code("LOINC", "45484"));
        assert_ne!(normal_code("UCUM", "Mg"), normal_code("UCUM", "mg"), "UCUM tells capital letters apart");
    }
}
