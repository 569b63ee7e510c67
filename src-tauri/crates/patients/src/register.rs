//! Registering: one form, one patient, one record number, however often the button is pressed.

use rusqlite::Connection;
use rustcare_model::Birth;
use rustcare_model::form::{FormRules, PatientForm, ReadForm};
use rustcare_model::mrn::Mrn;
use rustcare_model::note::FieldNote;
use rustcare_model::patient::{Patient, PatientId, PatientSecrets};
use rustcare_model::reason::Reason;
use rustcare_vault::table::patient::{self, ChangedBy, StoredPatient};
use rustcare_vault::table::patient_secret;
use rustcare_vault::{SecretsKey, VaultError};

/// Why a form was not saved. The form itself is untouched.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// At least one field is not valid.
    #[error("the form has errors")]
    Invalid(Vec<FieldNote>),
    /// The person may not enter social security or insurance numbers.
    #[error("secrets need a key that this person does not hold")]
    NoSecretsKey(&'static str),
    /// The vault refused.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// How the clinic numbers its patients.
#[derive(Debug, Clone)]
pub struct MrnBlock {
    /// 1 to 3 of `A-Z0-9`, this workstation's own.
    pub prefix: String,
    /// First number.
    pub first: u64,
}

/// A saved patient.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The patient.
    pub stored: StoredPatient,
    /// Warnings that did not stop the save.
    pub notes: Vec<FieldNote>,
    /// False when this form had been saved before.
    pub new: bool,
}

fn needs_key(secrets: &PatientSecrets) -> Option<&'static str> {
    if secrets.ssn.is_some() {
        Some("ssn")
    } else if secrets.insurance_number.is_some() {
        Some("insurance_number")
    } else {
        None
    }
}

fn taken(field: &str, reason: Reason) -> RegisterError {
    RegisterError::Invalid(vec![FieldNote::error(field, "already_used", reason)])
}

fn refuse_used(error: VaultError) -> RegisterError {
    match error {
        VaultError::Taken("this record number") => taken("mrn", Reason::MrnUsed),
        VaultError::Taken(_) => taken("identifiers", Reason::IdentifierUsed),
        other => other.into(),
    }
}

/// Saves a form as a new patient, or answers with the patient that the same form made before.
///
/// # Errors
/// [`RegisterError`]; nothing is saved then.
pub fn register(
    connection: &Connection,
    form: &PatientForm,
    rules: &FormRules,
    block: &MrnBlock,
    secrets_key: Option<&SecretsKey>,
    by: ChangedBy<'_>,
) -> Result<Registered, RegisterError> {
    let form_id = Some(form.form_id.trim()).filter(|id| !id.is_empty());
    if let Some(id) = form_id
        && let Some(stored) = patient::by_form(connection, id)?
    {
        return Ok(Registered { stored, notes: Vec::new(), new: false });
    }
    let ReadForm { demographics, secrets, mrn, notes } = form.read(rules).map_err(RegisterError::Invalid)?;
    if let (Some(field), None) = (needs_key(&secrets), secrets_key) {
        return Err(RegisterError::NoSecretsKey(field));
    }
    let mrn = match mrn {
        Some(mrn) => mrn,
        None => patient::issue_mrn(connection, &block.prefix, block.first)?,
    };
    let new = Patient { id: PatientId::new(), mrn, demographics };
    let row = patient::insert(connection, &new, form_id, by).map_err(refuse_used)?;
    if let Some(key) = secrets_key {
        patient_secret::put(connection, row, new.id, key, &secrets)?;
    }
    Ok(Registered { stored: patient::by_row(connection, row)?, notes, new: true })
}

/// Saves a changed form over version `version` of a patient. A blank record number keeps the present one.
///
/// # Errors
/// [`RegisterError`]; `Vault(Stale)` when somebody else saved in between.
pub fn update(
    connection: &Connection,
    id: PatientId,
    version: i64,
    form: &PatientForm,
    rules: &FormRules,
    secrets_key: Option<&SecretsKey>,
    by: ChangedBy<'_>,
) -> Result<(i64, Vec<&'static str>), RegisterError> {
    let stored = patient::by_id(connection, id)?;
    // A record that was merged since it was shown: what is on the screen is not its survivor, whatever its version.
    if stored.patient.id != id || stored.version != version {
        return Err(VaultError::Stale.into());
    }
    let before = &stored.patient.demographics;
    let ReadForm { mut demographics, secrets, mrn, .. } =
        form.read_over(rules, Some(before)).map_err(RegisterError::Invalid)?;
    if let (Some(field), None) = (needs_key(&secrets), secrets_key) {
        return Err(RegisterError::NoSecretsKey(field));
    }
    keep_unshown(&mut demographics, &stored);
    let mrn: Mrn = mrn.unwrap_or_else(|| stored.patient.mrn.clone());
    let next = Patient { id, mrn, demographics };
    let mut changed = changed_fields(&stored.patient, &next);
    let new_version = patient::update(connection, &stored, &next, by).map_err(refuse_used)?;
    if let Some(key) = secrets_key {
        changed.extend(needs_key(&secrets));
        patient_secret::put(connection, stored.row, id, key, &secrets)?;
    }
    Ok((new_version, changed))
}

/// The form has one telephone and cannot show an estimate's day: what it does not show is kept.
fn keep_unshown(next: &mut rustcare_model::patient::Demographics, stored: &StoredPatient) {
    let before = &stored.patient.demographics;
    next.phones.extend(before.phones.iter().skip(1).cloned());
    match (&next.birth, &before.birth) {
        (Birth::Estimated { age_years: a, .. }, Birth::Estimated { age_years: b, .. }) if a == b => {
            next.birth = before.birth.clone();
        }
        _ => {}
    }
}

/// Names of the fields that differ, for the trail and the history. Names only, never values.
pub fn changed_fields(before: &Patient, after: &Patient) -> Vec<&'static str> {
    let (a, b) = (&before.demographics, &after.demographics);
    let pairs = [
        ("mrn", before.mrn != after.mrn),
        ("name", a.name != b.name),
        ("date_of_birth", a.birth != b.birth),
        ("sex", a.sex != b.sex),
        ("email", a.email != b.email),
        ("phone", a.phones != b.phones),
        ("language", a.language != b.language || a.interpreter_needed != b.interpreter_needed),
        ("address", a.address != b.address),
        ("contact", a.contact != b.contact),
        ("consent_to_contact", a.consent_to_contact != b.consent_to_contact),
        ("deceased", a.deceased != b.deceased || a.deceased_on != b.deceased_on),
        ("identifiers", a.identifiers != b.identifiers),
        ("unknown_person", a.unknown_person != b.unknown_person),
    ];
    pairs.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}

/// The form of a stored patient, for editing. Secrets stay out.
pub fn form_of(stored: &StoredPatient) -> PatientForm {
    let d = &stored.patient.demographics;
    PatientForm {
        given_name: d.name.given.clone(),
        middle_name: d.name.middle.clone(),
        family_name: d.name.family.clone(),
        prefix: d.name.prefix.clone(),
        suffix: d.name.suffix.clone(),
        preferred_name: d.name.preferred.clone(),
        unknown_person: d.unknown_person,
        date_of_birth: match &d.birth {
            Birth::Known { .. } | Birth::Partial { .. } => Some(d.birth.shown()),
            _ => None,
        },
        estimated_age_years: match &d.birth {
            Birth::Estimated { age_years, .. } => Some(age_years.to_string()),
            _ => None,
        },
        sex: Some(d.sex),
        email: d.email.as_ref().map(|e| e.as_str().to_owned()),
        phone: d.phones.first().map(rustcare_model::Phone::shown),
        mrn: Some(stored.patient.mrn.as_str().to_owned()),
        language: d.language.clone(),
        interpreter_needed: d.interpreter_needed,
        address_line: d.address.line.clone(),
        city: d.address.city.clone(),
        state: d.address.state.clone(),
        postal_code: d.address.postal_code.clone(),
        country: d.address.country.clone(),
        contact_name: d.contact.name.clone(),
        contact_relationship: d.contact.relationship.clone(),
        contact_phone: d.contact.phone.clone(),
        consent_to_contact: d.consent_to_contact,
        deceased: d.deceased,
        deceased_date: d.deceased_on.map(rustcare_model::date_reading::shown),
        identifiers: d.identifiers.to_vec(),
        ..PatientForm::default()
    }
}
