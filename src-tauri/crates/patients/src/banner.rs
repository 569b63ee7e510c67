//! The patient banner: who this is, on every screen that shows a patient.

use jiff::civil::Date;
use rustcare_model::birth::{Age, KnownDate};
use rustcare_vault::table::patient::StoredPatient;
use serde::{Deserialize, Serialize};

use crate::chart::KnownAllergies;

/// What is known of allergies; "none known" is said only where somebody recorded that there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum AllergiesState {
    /// Nobody asked.
    NotAsked,
    /// Nothing stands on record now; what was recorded is past or was withdrawn.
    NoneRecorded,
    /// Asked, and there are none.
    NoneKnown,
    /// There are some.
    Listed,
    /// The role does not see them.
    NotPermitted,
}

/// The banner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // each field is the label it has on screen
pub struct PatientBanner {
    pub patient_id: String,
    pub mrn: String,
    pub family_name: String,
    pub given_name: String,
    pub preferred_name: Option<String>,
    pub date_of_birth: String,
    pub age: String,
    /// The same for the window's own wording.
    pub birth: Option<KnownDate>,
    /// The same for the window's own wording; of the dead the age at death.
    pub age_today: Option<Age>,
    pub sex: String,
    pub allergies_state: AllergiesState,
    pub allergies: Vec<String>,
    pub deceased: bool,
    pub unknown_person: bool,
    pub practice: bool,
    /// The document with the newest photo of the face.
    pub photo_id: Option<String>,
}

impl PatientBanner {
    /// The banner of a stored patient; `allergies` is `None` for roles that do not see them.
    pub fn of(
        stored: &StoredPatient,
        allergies: Option<KnownAllergies>,
        practice: bool,
        today: Date,
    ) -> Self {
        let d = &stored.patient.demographics;
        let allergies_state = match &allergies {
            None => AllergiesState::NotPermitted,
            Some(known) if !known.names.is_empty() => AllergiesState::Listed,
            Some(known) if known.none_known => AllergiesState::NoneKnown,
            Some(known) if known.recorded || stored.allergies_asked => AllergiesState::NoneRecorded,
            Some(_) => AllergiesState::NotAsked,
        };
        let age_on = d.age_is_of(today);
        Self {
            patient_id: stored.patient.id.to_string(),
            mrn: stored.patient.mrn.as_str().to_owned(),
            family_name: d.name.family.clone().unwrap_or_default(),
            given_name: [d.name.given.as_deref(), d.name.middle.as_deref()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" "),
            preferred_name: d.name.preferred.clone(),
            date_of_birth: d.birth.shown(),
            age: age_on.map_or_else(|| "–".into(), |day| d.birth.age_shown(day)),
            birth: d.birth.known_date(),
            age_today: age_on.and_then(|day| d.birth.age(day)),
            sex: d.sex.as_str().to_owned(),
            allergies_state,
            allergies: allergies.map(|known| known.names).unwrap_or_default(),
            deceased: d.deceased,
            unknown_person: d.unknown_person,
            practice,
            photo_id: None,
        }
    }

    /// The same with the document that holds the photo of the face.
    pub fn with_photo(self, document: Option<i64>) -> Self {
        Self { photo_id: document.map(|number| number.to_string()), ..self }
    }
}
