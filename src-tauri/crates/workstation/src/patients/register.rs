//! Registering and correcting.

use rustcare_patients::register;
use rustcare_vault::table::patient::{self, ChangedBy};
use rustcare_vault::table::patient_secret;

use super::patient_id;
use crate::choke_point::Call;
use crate::contract::patients::{
    CheckPatientForm, EditablePatient, OnePatient, PatientFormChecked, PatientRegistered, PatientUpdated,
    RegisterPatient, UpdatePatient,
};
use crate::problem::Problem;

pub fn check_patient_form(
    call: &mut Call<'_>,
    input: CheckPatientForm,
) -> Result<PatientFormChecked, Problem> {
    let rules = call.settings()?.form_rules();
    let id = input.patient_id.as_deref().map(patient_id).transpose()?;
    // Nothing of the record is answered but whether what was typed can be saved over it.
    let stored =
        id.map(|id| call.vault()?.read(|t| patient::by_id(t, id)).map_err(Problem::from)).transpose()?;
    let before = stored.as_ref().map(|s| &s.patient.demographics);
    Ok(PatientFormChecked {
        notes: input.form.check(&rules, &input.fields, before),
        readings: input.form.readings(&rules),
    })
}

pub fn register_patient(call: &mut Call<'_>, input: RegisterPatient) -> Result<PatientRegistered, Problem> {
    let settings = call.settings()?;
    let (actor, role) = (call.actor()?.clone(), call.role());
    let at = rustcare_vault::vault::timestamp();
    let registered = call.write(|t, told| {
        let by = ChangedBy { at: &at, person: &actor.person, role };
        let done = register::register(
            t,
            &input.form,
            &settings.form_rules(),
            &settings.mrn_block(),
            actor.secrets.as_ref(),
            by,
        )?;
        told.subject = Some(done.stored.patient.id.to_string());
        told.details = (!done.new).then(|| "the same form again".to_owned());
        Ok(done)
    })?;
    call.workstation.matches.follow_save(call.vault()?);
    Ok(PatientRegistered {
        patient_id: registered.stored.patient.id.to_string(),
        mrn: registered.stored.patient.mrn.as_str().to_owned(),
        notes: registered.notes,
    })
}

pub fn update_patient(call: &mut Call<'_>, input: UpdatePatient) -> Result<PatientUpdated, Problem> {
    let rules = call.settings()?.form_rules();
    let id = patient_id(&input.patient_id)?;
    let (actor, role) = (call.actor()?.clone(), call.role());
    let at = rustcare_vault::vault::timestamp();
    let version = call.write(|t, told| {
        told.subject = Some(patient::by_id(t, id)?.patient.id.to_string());
        let by = ChangedBy { at: &at, person: &actor.person, role };
        let (version, fields) =
            register::update(t, id, input.version, &input.form, &rules, actor.secrets.as_ref(), by)?;
        told.details = Some(format!("changed: {}", fields.join(", ")));
        Ok(version)
    })?;
    call.workstation.matches.follow_save(call.vault()?);
    Ok(PatientUpdated { version })
}

pub fn patient_form(call: &mut Call<'_>, input: OnePatient) -> Result<EditablePatient, Problem> {
    let id = patient_id(&input.patient_id)?;
    let sees_secrets = call.actor()?.secrets.is_some();
    call.read(|t, told| {
        let stored = patient::by_id(t, id)?;
        told.subject = Some(stored.patient.id.to_string());
        let masked = |field| {
            if sees_secrets { patient_secret::masked_of_all(t, stored.row, field) } else { Ok(None) }
        };
        Ok(EditablePatient {
            patient_id: stored.patient.id.to_string(),
            form: register::form_of(&stored),
            version: stored.version,
            ssn_on_file: masked("ssn")?,
            insurance_on_file: masked("insurance_number")?,
        })
    })
}
