//! A table of patients as clinics expect it: one row each, plain column names, safe to open in a spreadsheet.

use std::io::Write;

use rustcare_model::birth::Birth;
use rustcare_model::clinical_record::RecordKind;
use rustcare_vault::VaultResult;
use rustcare_vault::table::{clinical_record, document, patient, patient_secret, resource, study};

use super::loss::{Cause, LossTally};
use super::{ExportContext, ExportError, Outgoing, Running, go_on, sealed};

/// The columns; `ssn` only where numbers may go out.
pub const COLUMNS: [&str; 23] = [
    "mrn",
    "family_name",
    "given_name",
    "middle_name",
    "prefix",
    "suffix",
    "preferred_name",
    "birth_date",
    "sex",
    "phone",
    "other_phones",
    "email",
    "address",
    "city",
    "state",
    "postal_code",
    "country",
    "language",
    "contact_name",
    "contact_relationship",
    "contact_phone",
    "deceased",
    "deceased_date",
];

/// Columns that hold what we made ourselves.
const STRUCTURAL: [&str; 5] = ["mrn", "birth_date", "sex", "deceased", "deceased_date"];

/// A value that no spreadsheet takes for a formula (OWASP, CSV Injection).
fn cell(value: &str) -> String {
    let risky = value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if risky { quoted(&format!("'{value}")) } else { quoted(value) }
}

/// Quoted where CSV (RFC 4180) asks for it.
fn quoted(value: &str) -> String {
    if value.contains(['"', ',', ';', '\r', '\n', '\t']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}

/// A line of CSV for a program: values exactly as they are, a minus before a number among them.
pub(crate) fn exact_line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|c| quoted(c)).collect();
    cells.join(",") + "\r\n"
}

/// A line of CSV for a person's spreadsheet.
pub(crate) fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|c| cell(c)).collect();
    cells.join(",") + "\r\n"
}

fn birth_text(birth: &Birth) -> String {
    match birth {
        Birth::Known { date } => date.date().to_string(),
        Birth::Partial { written } => written.as_written().to_owned(),
        Birth::Estimated { .. } => {
            birth.reference_day().map(|d| format!("{:04}", d.year())).unwrap_or_default()
        }
        Birth::NotRecorded => String::new(),
    }
}

/// Sources that the chart has no place for (appointments, tasks, accounts, bills) and that only FHIR carries; images and documents.
pub(crate) fn note_kept(t: &rusqlite::Connection, row: i64, losses: &mut LossTally) -> VaultResult<()> {
    for (kind, _) in resource::names_of_patient(t, row)? {
        if kind != "Patient" && RecordKind::of_resource_type(&kind).is_none() {
            losses.note(kind, Cause::NoPlace);
        }
    }
    losses.note_many("study", Cause::NoPlace, study::list(t, Some(row), None)?.len() as u64);
    losses.note_many("document", Cause::NoPlace, document::count_of(t, row)?);
    Ok(())
}

/// What a table or a message of demographics leaves behind.
pub(crate) fn note_left(
    t: &rusqlite::Connection,
    stored: &patient::StoredPatient,
    with_ssn: bool,
    losses: &mut LossTally,
) -> VaultResult<()> {
    let d = &stored.patient.demographics;
    if d.unknown_person {
        losses.note("patient.unknown_person", Cause::NoPlace);
    }
    if d.interpreter_needed {
        losses.note("patient.interpreter_needed", Cause::NoPlace);
    }
    if d.consent_to_contact.is_some() {
        losses.note("patient.consent_to_contact", Cause::NoPlace);
    }
    if matches!(d.birth, Birth::Estimated { .. }) {
        losses.note("patient.birth.age_years", Cause::NoPlace);
    }
    for placed in clinical_record::placed_of_patient(t, stored.row, None)? {
        losses.note(placed.record.kind.resource_type(), Cause::NoPlace);
    }
    note_kept(t, stored.row, losses)?;
    for field in ["ssn", "insurance_number"] {
        let carried = with_ssn && field == "ssn";
        if !carried && patient_secret::masked_of_all(t, stored.row, field)?.is_some() {
            losses.note(format!("patient_secret.{field}"), Cause::Sealed);
        }
    }
    Ok(())
}

/// Writes the table: UTF-8 with a byte order mark, which spreadsheets need to show names rightly.
pub(crate) fn table(
    t: &rusqlite::Connection,
    context: &ExportContext<'_>,
    out: &Outgoing<'_>,
    into: &mut dyn Write,
    running: &mut Running,
) -> Result<(), ExportError> {
    let mut header: Vec<String> = COLUMNS.iter().map(|c| (*c).to_owned()).collect();
    if out.with_ssn {
        header.push("ssn".into());
    }
    into.write_all(b"\xEF\xBB\xBF")?;
    into.write_all(line(&header).as_bytes())?;
    for (done, row) in context.patients.iter().enumerate() {
        go_on(context)?;
        let stored = patient::by_row(t, *row)?;
        note_left(t, &stored, out.with_ssn, &mut running.losses)?;
        let secrets = match out.secrets {
            Some(key) => Some(patient_secret::open_of_all(t, *row, key)?),
            None => None,
        };
        let d = &stored.patient.demographics;
        running.losses.note_many("patient.identifiers", Cause::NoPlace, d.identifiers.len() as u64);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let other_phones: Vec<&str> = d.phones.iter().skip(1).map(|p| p.as_written.as_str()).collect();
        let mut cells = vec![
            stored.patient.mrn.as_str().to_owned(),
            text(&d.name.family),
            text(&d.name.given),
            text(&d.name.middle),
            text(&d.name.prefix),
            text(&d.name.suffix),
            text(&d.name.preferred),
            birth_text(&d.birth),
            d.sex.as_str().to_owned(),
            d.phones.first().map(|p| p.as_written.clone()).unwrap_or_default(),
            other_phones.join("; "),
            d.email.as_ref().map(|e| e.as_str().to_owned()).unwrap_or_default(),
            text(&d.address.line),
            text(&d.address.city),
            text(&d.address.state),
            text(&d.address.postal_code),
            text(&d.address.country),
            text(&d.language),
            text(&d.contact.name),
            text(&d.contact.relationship),
            text(&d.contact.phone),
            if d.deceased { "yes".into() } else { String::new() },
            d.deceased_on.map(|day| day.to_string()).unwrap_or_default(),
        ];
        if !out.with_ssn {
            for (at, cell) in cells.iter_mut().enumerate() {
                // Our own number and dates are made by us, not typed.
                if STRUCTURAL.contains(&COLUMNS[at]) {
                    continue;
                }
                if let Some(clean) = sealed::without_numbers(cell, secrets.as_ref()) {
                    *cell = clean;
                    running.losses.note(format!("csv.{}", COLUMNS[at]), Cause::Sealed);
                }
            }
        } else {
            let ssn = secrets.as_ref().and_then(|s| s.ssn.as_ref());
            cells.push(ssn.map(|s| s.reveal().to_owned()).unwrap_or_default());
        }
        into.write_all(line(&cells).as_bytes())?;
        running.count("Patient");
        (context.progress)(done as u64 + 1);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_quotes_are_doubled() {
        for risky in ["=1+1", "+41446681800", "-2", "@SUM(A1)", "\tx", "\rx"] {
            assert!(cell(risky).trim_start_matches('"').starts_with('\''), "{risky:?}");
        }
        assert_eq!(cell("O\"Hara, Ana"), "\"O\"\"Hara, Ana\"");
        assert_eq!(cell("plain"), "plain");
        assert_eq!(exact_line(&["-2.3".into(), "a,b".into()]), "-2.3,\"a,b\"\r\n");
    }
}
