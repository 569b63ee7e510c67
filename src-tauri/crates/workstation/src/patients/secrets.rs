//! Social security and insurance numbers: shown only with a reason, compared without being shown.

use jiff::Timestamp;
use rustcare_model::patient::PatientSecrets;
use rustcare_model::reason::Reason;
use rustcare_model::secret::{InsuranceNumber, Ssn};
use rustcare_vault::table::{patient, patient_secret};
use rustcare_vault::{SecretsKey, throttle};
use zeroize::Zeroizing;

use super::patient_id;
use crate::choke_point::Call;
use crate::contract::patients::{CheckIdentity, IdentityChecked, RevealSecret, RevealedSecret, SecretField};
use crate::problem::{Problem, ProblemCode};

fn secrets_key(call: &Call<'_>) -> Result<SecretsKey, Problem> {
    call.actor()?.secrets.clone().ok_or_else(|| Problem::new(ProblemCode::NotPermitted, Reason::NoSecretsKey))
}

fn name(secret: SecretField) -> &'static str {
    match secret {
        SecretField::Ssn => "ssn",
        SecretField::InsuranceNumber => "insurance_number",
    }
}

pub fn reveal_secret(call: &mut Call<'_>, input: RevealSecret) -> Result<RevealedSecret, Problem> {
    let id = patient_id(&input.patient_id)?;
    let key = secrets_key(call)?;
    call.read(|t, told| {
        told.details = Some(format!("{}; reason: {}", name(input.secret), input.reason.trim()));
        let stored = patient::by_id(t, id)?;
        told.subject = Some(stored.patient.id.to_string());
        let secrets = patient_secret::open_of_all(t, stored.row, &key)?;
        let value = match input.secret {
            SecretField::Ssn => secrets.ssn.as_ref().map(|s| s.reveal().to_owned()),
            SecretField::InsuranceNumber => secrets.insurance_number.as_ref().map(|s| s.reveal().to_owned()),
        };
        value
            .map(|value| RevealedSecret { value: Zeroizing::new(value) })
            .ok_or_else(|| Problem::new(ProblemCode::NotFound, Reason::NumberNotOnFile))
    })
}

/// Answers match or no match, in constant time; three wrong answers and there is a wait, as for a passphrase.
pub fn check_identity(call: &mut Call<'_>, input: CheckIdentity) -> Result<IdentityChecked, Problem> {
    let id = patient_id(&input.patient_id)?;
    let key = secrets_key(call)?;
    let vault = call.vault()?.clone();
    // Guesses at one patient are counted together, whichever of its merged records is named.
    let guessed = vault.read(|t| patient::by_id(t, id)).map_or(id, |stored| stored.patient.id);
    let attempt = format!("identity/{guessed}");
    throttle::check(vault.folder(), &attempt, Timestamp::now())?;
    let matches = call.read(|t, told| {
        let stored = patient::by_id(t, id)?;
        told.subject = Some(stored.patient.id.to_string());
        let on_file = patient_secret::open_of_all(t, stored.row, &key)?;
        let matches = compare(&on_file, input.secret, &input.value);
        told.details =
            Some(format!("{}: {}", name(input.secret), if matches { "match" } else { "no match" }));
        Ok(matches)
    })?;
    if matches {
        throttle::forget(vault.folder(), &attempt)?;
    } else {
        throttle::count_failure(vault.folder(), &attempt, Timestamp::now())?;
    }
    Ok(IdentityChecked { matches })
}

fn compare(on_file: &PatientSecrets, secret: SecretField, typed: &str) -> bool {
    match secret {
        SecretField::Ssn => {
            on_file.ssn.as_ref().zip(Ssn::imported(typed).ok()).is_some_and(|(a, b)| a.matches(&b))
        }
        SecretField::InsuranceNumber => on_file
            .insurance_number
            .as_ref()
            .zip(InsuranceNumber::parse(typed).ok())
            .is_some_and(|(a, b)| a.matches(&b)),
    }
}
