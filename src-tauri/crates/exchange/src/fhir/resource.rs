//! The shapes of FHIR R4 that are read. Unknown elements are passed over here; the source is kept whole elsewhere.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// Text borrowed from the source where it has no escapes.
pub type Text<'a> = Cow<'a, str>;

/// Type and id, read before anything else.
#[derive(Debug, Clone, Deserialize)]
pub struct Envelope<'a> {
    /// `resourceType`.
    #[serde(rename = "resourceType", borrow)]
    pub resource_type: Option<Text<'a>>,
    /// Logical id.
    #[serde(borrow)]
    pub id: Option<Text<'a>>,
    /// `meta`, unread.
    #[serde(borrow)]
    pub meta: Option<&'a RawValue>,
}

impl Envelope<'_> {
    /// When the resource last changed; `None` where it does not say.
    pub fn last_updated(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Meta<'a> {
            #[serde(rename = "lastUpdated", borrow)]
            last_updated: Option<Text<'a>>,
        }
        let meta: Meta<'_> = serde_json::from_str(self.meta?.get()).ok()?;
        meta.last_updated.map(Text::into_owned)
    }
}

/// A bundle with its entries unread.
#[derive(Debug, Deserialize)]
pub struct Bundle<'a> {
    /// Entries.
    #[serde(borrow, default)]
    pub entry: Vec<BundleEntry<'a>>,
}

/// An entry of a bundle.
#[derive(Debug, Deserialize)]
pub struct BundleEntry<'a> {
    /// `urn:uuid:…` or a URL.
    #[serde(rename = "fullUrl", borrow)]
    pub full_url: Option<Text<'a>>,
    /// The resource, unread.
    #[serde(borrow)]
    pub resource: Option<&'a RawValue>,
}

/// A coding.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct Coding<'a> {
    #[serde(borrow)]
    pub system: Option<Text<'a>>,
    #[serde(borrow)]
    pub code: Option<Text<'a>>,
    #[serde(borrow)]
    pub display: Option<Text<'a>>,
}

/// A concept.
#[derive(Debug, Clone, Default, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct CodeableConcept<'a> {
    #[serde(borrow, default)]
    pub coding: Vec<Coding<'a>>,
    #[serde(borrow)]
    pub text: Option<Text<'a>>,
}

impl CodeableConcept<'_> {
    /// What to call it.
    pub fn title(&self) -> Option<String> {
        let display = || self.coding.iter().find_map(|c| c.display.as_deref());
        let code = || self.coding.iter().find_map(|c| c.code.as_deref());
        self.text.as_deref().or_else(display).or_else(code).map(str::to_owned)
    }

    /// Its first code.
    pub fn first_code(&self) -> Option<String> {
        self.coding.iter().find_map(|c| c.code.as_deref()).map(str::to_owned)
    }
}

/// One, or a list of, concepts; AllergyIntolerance.category is a list of plain codes.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Concepts<'a> {
    /// One.
    #[serde(borrow)]
    One(CodeableConcept<'a>),
    /// Several.
    Many(Vec<CodeableConcept<'a>>),
    /// Plain codes.
    Codes(Vec<String>),
}

impl<'a> Concepts<'a> {
    /// The first concept.
    pub fn first(&self) -> Option<&CodeableConcept<'a>> {
        match self {
            Self::One(one) => Some(one),
            Self::Many(many) => many.first(),
            Self::Codes(_) => None,
        }
    }

    /// The first code, however written.
    pub fn first_code(&self) -> Option<String> {
        match self {
            Self::Codes(codes) => codes.first().cloned(),
            _ => self.first().and_then(CodeableConcept::first_code),
        }
    }
}

/// A reference.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct Reference<'a> {
    #[serde(borrow)]
    pub reference: Option<Text<'a>>,
    #[serde(borrow)]
    pub display: Option<Text<'a>>,
}

/// A period.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct Period<'a> {
    #[serde(borrow)]
    pub start: Option<Text<'a>>,
    #[serde(borrow)]
    pub end: Option<Text<'a>>,
}

/// A quantity; the decimal stays as written.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct Quantity<'a> {
    #[serde(borrow)]
    pub value: Option<&'a RawValue>,
    #[serde(borrow)]
    pub comparator: Option<Text<'a>>,
    #[serde(borrow)]
    pub unit: Option<Text<'a>>,
    #[serde(borrow)]
    pub system: Option<Text<'a>>,
    #[serde(borrow)]
    pub code: Option<Text<'a>>,
}

/// A reference range.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct ReferenceRange<'a> {
    #[serde(borrow)]
    pub low: Option<Quantity<'a>>,
    #[serde(borrow)]
    pub high: Option<Quantity<'a>>,
    /// Which of several it is: normal, recommended, therapeutic.
    #[serde(rename = "type", borrow)]
    pub kind: Option<CodeableConcept<'a>>,
    /// Whom it is for.
    #[serde(rename = "appliesTo", borrow, default)]
    pub applies_to: Vec<CodeableConcept<'a>>,
    /// At which ages.
    #[serde(borrow)]
    pub age: Option<Range<'a>>,
    #[serde(borrow)]
    pub text: Option<Text<'a>>,
}

/// Two amounts, or one, between which a value lies.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct Range<'a> {
    #[serde(borrow)]
    pub low: Option<Quantity<'a>>,
    #[serde(borrow)]
    pub high: Option<Quantity<'a>>,
}

/// One amount against another: a titre, a mixture.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct Ratio<'a> {
    #[serde(borrow)]
    pub numerator: Option<Quantity<'a>>,
    #[serde(borrow)]
    pub denominator: Option<Quantity<'a>>,
}

/// A component of an observation.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // FHIR R4 element names
pub struct Component<'a> {
    #[serde(borrow)]
    pub code: Option<CodeableConcept<'a>>,
    #[serde(borrow)]
    pub value_quantity: Option<Quantity<'a>>,
    #[serde(borrow)]
    pub value_codeable_concept: Option<CodeableConcept<'a>>,
    #[serde(borrow)]
    pub value_string: Option<Text<'a>>,
    pub value_boolean: Option<bool>,
    #[serde(borrow)]
    pub value_integer: Option<&'a RawValue>,
    #[serde(borrow)]
    pub value_date_time: Option<Text<'a>>,
    #[serde(borrow)]
    pub value_time: Option<Text<'a>>,
    #[serde(borrow)]
    pub value_period: Option<Period<'a>>,
    #[serde(borrow)]
    pub value_range: Option<Range<'a>>,
    #[serde(borrow)]
    pub value_ratio: Option<Ratio<'a>>,
    #[serde(borrow, default)]
    pub interpretation: Vec<CodeableConcept<'a>>,
    #[serde(borrow, default)]
    pub reference_range: Vec<ReferenceRange<'a>>,
}

/// A diagnosis of an encounter.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct EncounterDiagnosis<'a> {
    #[serde(borrow)]
    pub condition: Option<Reference<'a>>,
    #[serde(rename = "use", borrow)]
    pub role: Option<CodeableConcept<'a>>,
    pub rank: Option<u32>,
}

/// A dosage instruction.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct Dosage<'a> {
    #[serde(borrow)]
    pub text: Option<Text<'a>>,
}

/// A reaction to an allergen.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct Reaction<'a> {
    #[serde(borrow, default)]
    pub manifestation: Vec<CodeableConcept<'a>>,
    #[serde(borrow)]
    pub severity: Option<Text<'a>>,
}

/// The context of a document, or the encounter that a medicine was given in.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct DocumentContext<'a> {
    #[serde(borrow, default)]
    pub encounter: Vec<Reference<'a>>,
    #[serde(borrow)]
    pub reference: Option<Text<'a>>,
    #[serde(borrow)]
    pub period: Option<Period<'a>>,
}

/// A name of a device.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct DeviceName<'a> {
    #[serde(borrow)]
    pub name: Option<Text<'a>>,
}

/// The elements of the clinical resource types, in one shape: each type uses its own.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // FHIR R4 element names
pub struct ClinicalResource<'a> {
    #[serde(borrow)]
    pub status: Option<Text<'a>>,
    #[serde(borrow)]
    pub clinical_status: Option<CodeableConcept<'a>>,
    #[serde(borrow)]
    pub verification_status: Option<CodeableConcept<'a>>,
    #[serde(borrow)]
    pub category: Option<Concepts<'a>>,
    #[serde(rename = "type", borrow)]
    pub kind: Option<&'a RawValue>,
    /// A coding of an encounter; a list of something else in a coverage.
    #[serde(borrow)]
    pub class: Option<&'a RawValue>,
    #[serde(borrow)]
    pub code: Option<CodeableConcept<'a>>,
    #[serde(borrow)]
    pub medication_codeable_concept: Option<CodeableConcept<'a>>,
    #[serde(borrow)]
    pub medication_reference: Option<Reference<'a>>,
    #[serde(borrow)]
    pub vaccine_code: Option<CodeableConcept<'a>>,
    #[serde(borrow)]
    pub subject: Option<Reference<'a>>,
    #[serde(borrow)]
    pub patient: Option<Reference<'a>>,
    #[serde(borrow)]
    pub encounter: Option<Reference<'a>>,
    #[serde(borrow)]
    pub context: Option<DocumentContext<'a>>,
    #[serde(borrow)]
    pub period: Option<Period<'a>>,
    #[serde(borrow)]
    pub onset_date_time: Option<Text<'a>>,
    #[serde(borrow)]
    pub onset_period: Option<Period<'a>>,
    #[serde(borrow)]
    pub abatement_date_time: Option<Text<'a>>,
    #[serde(borrow)]
    pub abatement_period: Option<Period<'a>>,
    #[serde(borrow)]
    pub recorded_date: Option<Text<'a>>,
    #[serde(borrow)]
    pub effective_date_time: Option<Text<'a>>,
    #[serde(borrow)]
    pub effective_instant: Option<Text<'a>>,
    #[serde(borrow)]
    pub effective_period: Option<Period<'a>>,
    #[serde(borrow)]
    pub issued: Option<Text<'a>>,
    #[serde(borrow)]
    pub performed_date_time: Option<Text<'a>>,
    #[serde(borrow)]
    pub performed_period: Option<Period<'a>>,
    #[serde(borrow)]
    pub occurrence_date_time: Option<Text<'a>>,
    #[serde(borrow)]
    pub authored_on: Option<Text<'a>>,
    #[serde(borrow)]
    pub date: Option<Text<'a>>,
    #[serde(borrow)]
    pub value_quantity: Option<Quantity<'a>>,
    #[serde(borrow)]
    pub value_codeable_concept: Option<CodeableConcept<'a>>,
    #[serde(borrow)]
    pub value_string: Option<Text<'a>>,
    pub value_boolean: Option<bool>,
    #[serde(borrow)]
    pub value_integer: Option<&'a RawValue>,
    #[serde(borrow)]
    pub value_date_time: Option<Text<'a>>,
    #[serde(borrow)]
    pub value_time: Option<Text<'a>>,
    #[serde(borrow)]
    pub value_period: Option<Period<'a>>,
    #[serde(borrow)]
    pub value_range: Option<Range<'a>>,
    #[serde(borrow)]
    pub value_ratio: Option<Ratio<'a>>,
    /// An order not to give a medicine.
    pub do_not_perform: Option<bool>,
    #[serde(borrow)]
    pub intent: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub component: Vec<Component<'a>>,
    #[serde(borrow, default)]
    pub reference_range: Vec<ReferenceRange<'a>>,
    #[serde(borrow, default)]
    pub interpretation: Vec<CodeableConcept<'a>>,
    #[serde(borrow, default)]
    pub dosage_instruction: Vec<Dosage<'a>>,
    #[serde(borrow, default)]
    pub reaction: Vec<Reaction<'a>>,
    #[serde(borrow, default)]
    pub diagnosis: Vec<EncounterDiagnosis<'a>>,
    #[serde(borrow)]
    pub description: Option<Text<'a>>,
    #[serde(borrow)]
    pub title: Option<Text<'a>>,
    #[serde(borrow)]
    pub conclusion: Option<Text<'a>>,
    #[serde(borrow)]
    pub beneficiary: Option<Reference<'a>>,
    #[serde(borrow, default)]
    pub device_name: Vec<DeviceName<'a>>,
    #[serde(borrow)]
    pub manufacture_date: Option<Text<'a>>,
    #[serde(borrow)]
    pub expiration_date: Option<Text<'a>>,
    #[serde(borrow)]
    pub dosage: Option<Dosage<'a>>,
}

/// Whom any resource is about, for those that are kept word for word.
#[derive(Debug, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct AboutWhom<'a> {
    #[serde(borrow)]
    pub subject: Option<&'a RawValue>,
    #[serde(borrow)]
    pub patient: Option<&'a RawValue>,
    #[serde(borrow)]
    pub beneficiary: Option<&'a RawValue>,
    /// Of a task.
    #[serde(rename = "for", borrow)]
    pub task_for: Option<&'a RawValue>,
    /// Of an appointment: the patient is one of those who take part.
    #[serde(borrow)]
    pub participant: Option<&'a RawValue>,
}

/// Who takes part in an appointment.
#[derive(Debug, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct Participant<'a> {
    #[serde(borrow)]
    pub actor: Option<Reference<'a>>,
}

/// A file within a resource; its bytes are not read here.
#[derive(Debug, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct Attachment {
    pub data: Option<serde::de::IgnoredAny>,
}

/// The content of a document.
#[derive(Debug, Deserialize)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct DocumentContent {
    pub attachment: Option<Attachment>,
}

/// Where a patient, a document and a report hold files.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)] // FHIR R4 element names
pub struct Attached {
    pub photo: Vec<Attachment>,
    pub content: Vec<DocumentContent>,
    pub presented_form: Vec<Attachment>,
}
