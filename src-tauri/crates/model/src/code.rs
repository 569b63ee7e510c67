//! Coded values: which system, which code, what it is called.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// One coding. `display` is what the source called it, kept as written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Code {
    /// The system's URI, for example `http://loinc.org`.
    pub system: String,
    /// The code in that system.
    pub code: String,
    /// The name that the source gave.
    pub display: Option<String>,
}

/// The codings of one concept. Nearly always one or two, so they live inline.
pub type Codes = SmallVec<[Code; 2]>;

/// URI of ICD-10-CM in FHIR.
pub const ICD_10_CM: &str = "http://hl7.org/fhir/sid/icd-10-cm";
/// URI of the WHO's ICD-10 in FHIR.
pub const ICD_10: &str = "http://hl7.org/fhir/sid/icd-10";
/// URI of LOINC in FHIR.
pub const LOINC: &str = "http://loinc.org";
/// URI of SNOMED CT in FHIR.
pub const SNOMED_CT: &str = "http://snomed.info/sct";

/// The short name that staff know a code system by.
pub fn short_system_name(system: &str) -> &str {
    match system {
        ICD_10_CM => "ICD-10-CM",
        ICD_10 => "ICD-10",
        LOINC => "LOINC",
        SNOMED_CT => "SNOMED CT",
        "http://www.nlm.nih.gov/research/umls/rxnorm" => "RxNorm",
        "http://hl7.org/fhir/sid/cvx" => "CVX",
        other => other,
    }
}
