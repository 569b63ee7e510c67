//! HL7 v2.5.1 ADT^A28 (add person) and ADT^A31 (update person): one message a patient, a batch when there are several.
//!
//! Source: HL7 v2.5.1, chapter 2 (encoding, escapes, batch protocol) and chapter 3 (ADT_A05: MSH, EVN, PID, PV1, NK1 order as
//! there: NK1 stands before PV1). MSH-18 says UTF-8.

use std::io::Write;

use rustcare_model::birth::Birth;
use rustcare_model::patient::{PatientSecrets, Sex};
use rustcare_vault::table::patient::{self, StoredPatient};
use rustcare_vault::table::patient_secret;

use super::csv::note_left;
use super::loss::Cause;
use super::patient::is_sealed;
use super::{ExportContext, ExportError, Outgoing, Running, go_on, sealed};

/// What the messages tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A28: persons that the recipient does not have.
    AddPerson,
    /// A31: what is known now of persons that the recipient has.
    UpdatePerson,
}

impl Event {
    /// Its code in table 0003. Both have the structure ADT_A05.
    fn code(self) -> &'static str {
        match self {
            Self::AddPerson => "A28",
            Self::UpdatePerson => "A31",
        }
    }
}

/// A value with the delimiters of `|^~\&` escaped, and line ends as the sequences of hexadecimal data.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '|' => out.push_str("\\F\\"),
            '^' => out.push_str("\\S\\"),
            '~' => out.push_str("\\R\\"),
            '\\' => out.push_str("\\E\\"),
            '&' => out.push_str("\\T\\"),
            '\r' => out.push_str("\\X0D\\"),
            '\n' => out.push_str("\\X0A\\"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

fn optional(value: &Option<String>) -> String {
    value.as_deref().map(escaped).unwrap_or_default()
}

/// Components without the empty ones at the end.
fn components(parts: &[String]) -> String {
    parts.join("^").trim_end_matches('^').to_owned()
}

fn repeated(parts: Vec<String>) -> String {
    parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("~")
}

/// A segment without the empty fields at the end.
fn segment(fields: &[String]) -> String {
    fields.join("|").trim_end_matches('|').to_owned()
}

/// `2026-11-24T10:00:00.123Z` as `20261124100000+0000`.
fn time_stamp(timestamp: &str) -> String {
    let digits: String = timestamp.chars().filter(char::is_ascii_digit).take(14).collect();
    format!("{digits}+0000")
}

fn date_text(birth: &Birth) -> String {
    let written = match birth {
        Birth::Known { date } => date.date().to_string(),
        Birth::Partial { written } => written.as_written().chars().take(10).collect(),
        Birth::Estimated { .. } => {
            birth.reference_day().map(|d| format!("{:04}", d.year())).unwrap_or_default()
        }
        Birth::NotRecorded => String::new(),
    };
    written.replace('-', "")
}

/// Table 0001, administrative sex.
fn sex_code(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "F",
        Sex::Male => "M",
        Sex::Other => "O",
        Sex::Unknown => "U",
    }
}

/// An identifier (CX) whose authority is a universal id.
fn identifier(value: &str, authority: &str, kind: &str) -> String {
    let authority = if authority.is_empty() { String::new() } else { format!("&{}&URI", escaped(authority)) };
    components(&[escaped(value), String::new(), String::new(), authority, escaped(kind)])
}

fn pid(stored: &StoredPatient, secrets: Option<&PatientSecrets>, out: &Outgoing<'_>) -> String {
    let d = &stored.patient.demographics;
    let mut identifiers = vec![identifier(stored.patient.mrn.as_str(), &out.mrn_system, "MR")];
    let open = d.identifiers.iter().filter(|i| !is_sealed(i));
    identifiers.extend(open.map(|i| identifier(&i.value, &i.authority, &i.kind)));
    let name = &d.name;
    let legal = components(&[
        optional(&name.family),
        optional(&name.given),
        optional(&name.middle),
        optional(&name.suffix),
        optional(&name.prefix),
        String::new(),
        "L".into(),
    ]);
    let nickname = name.preferred.as_deref().map(|preferred| {
        let mut parts = vec![String::new(); 7];
        parts[1] = escaped(preferred);
        parts[6] = "N".into();
        components(&parts)
    });
    let a = &d.address;
    let address = components(&[
        optional(&a.line),
        String::new(),
        optional(&a.city),
        optional(&a.state),
        optional(&a.postal_code),
        optional(&a.country),
    ]);
    let mut telecoms: Vec<String> =
        d.phones.iter().map(|p| components(&[escaped(&p.as_written), "PRN".into(), "PH".into()])).collect();
    telecoms.extend(
        d.email
            .as_ref()
            .map(|e| components(&[String::new(), "NET".into(), "Internet".into(), escaped(e.as_str())])),
    );
    let mut fields = vec![String::new(); 31];
    fields[0] = "PID".into();
    fields[1] = "1".into();
    fields[3] = repeated(identifiers);
    fields[5] = repeated([Some(legal), nickname].into_iter().flatten().collect());
    fields[7] = date_text(&d.birth);
    fields[8] = sex_code(d.sex).into();
    fields[11] = address;
    fields[13] = repeated(telecoms);
    fields[15] = optional(&d.language);
    if out.with_ssn {
        let ssn = secrets.and_then(|s| s.ssn.as_ref());
        fields[19] = ssn.map(|s| escaped(s.reveal())).unwrap_or_default();
    }
    fields[29] = d.deceased_on.map(|day| day.to_string().replace('-', "")).unwrap_or_default();
    fields[30] = if d.deceased { "Y".into() } else { String::new() };
    segment(&fields)
}

/// MSH-10, at most 20 characters: one for each patient, version of the record, event and export. The same id under another MSH-7
/// would be a reused one, which receivers refuse.
fn control_id(patient_id: &str, version: i64, event: Event, now: &str) -> String {
    let hash = blake3::hash(format!("{patient_id}|{version}|{}|{now}", event.code()).as_bytes()).to_hex();
    hash[..20].to_uppercase()
}

fn message(
    stored: &StoredPatient,
    secrets: Option<&PatientSecrets>,
    (event, now): (Event, &str),
    context: &ExportContext<'_>,
    out: &Outgoing<'_>,
) -> String {
    let d = &stored.patient.demographics;
    let control = control_id(&stored.patient.id.to_string(), stored.version, event, now);
    let event = event.code();
    let clinic = escaped(&context.clinic);
    // Table 0103, processing id: invented patients are for training, and nobody may take them for real ones.
    let processing = if context.vault.header().practice { "T" } else { "P" };
    let mut segments = vec![
        format!(
            "MSH|^~\\&|RustCare|{clinic}|||{now}||ADT^{event}^ADT_A05|{control}|{processing}|2.5.1||||||UNICODE UTF-8"
        ),
        format!("EVN||{now}"),
        pid(stored, secrets, out),
    ];
    let contact = &d.contact;
    if contact.name.is_some() || contact.phone.is_some() {
        let relationship = optional(&contact.relationship);
        let relationship = if relationship.is_empty() { relationship } else { format!("^{relationship}") };
        segments.push(segment(&[
            "NK1".into(),
            "1".into(),
            optional(&contact.name),
            relationship,
            String::new(),
            optional(&contact.phone),
        ]));
    }
    segments.push("PV1||N".into());
    segments.join("\r") + "\r"
}

/// A message without sealed numbers; `None` when it holds none. The header, our own number, sex and dates are made by us, not
/// typed: a short insurance number that looks like a part of them takes nothing out of them.
fn without_numbers(message: &str, secrets: Option<&PatientSecrets>) -> Option<String> {
    let segments = message.split('\r').map(|segment| {
        let made_by_us: &[usize] = match segment.split('|').next() {
            Some("PID") => &[0, 1, 7, 8, 29, 30],
            Some("NK1") => &[0, 1],
            _ => return segment.to_owned(),
        };
        let fields = segment.split('|').enumerate().map(|(at, field)| {
            if made_by_us.contains(&at) {
                return field.to_owned();
            }
            let own = usize::from(segment.starts_with("PID") && at == 3);
            let parts = field.split('~').enumerate().map(|(n, part)| match n < own {
                true => part.to_owned(),
                false => sealed::without_numbers(part, secrets).unwrap_or_else(|| part.to_owned()),
            });
            parts.collect::<Vec<_>>().join("~")
        });
        fields.collect::<Vec<_>>().join("|")
    });
    let clean = segments.collect::<Vec<_>>().join("\r");
    (clean != message).then_some(clean)
}

/// Writes the messages, segments ended by a carriage return.
pub(crate) fn messages(
    t: &rusqlite::Connection,
    context: &ExportContext<'_>,
    out: &Outgoing<'_>,
    event: Event,
    into: &mut dyn Write,
    running: &mut Running,
) -> Result<(), ExportError> {
    let batch = context.patients.len() != 1;
    let now = time_stamp(&rustcare_vault::vault::timestamp());
    let clinic = escaped(&context.clinic);
    if batch {
        for segment in ["FHS", "BHS"] {
            write!(into, "{segment}|^~\\&|RustCare|{clinic}|||{now}\r")?;
        }
    }
    for (done, row) in context.patients.iter().enumerate() {
        go_on(context)?;
        let stored = patient::by_row(t, *row)?;
        note_left(t, &stored, out.with_ssn, &mut running.losses)?;
        let secrets = match out.secrets {
            Some(key) => Some(patient_secret::open_of_all(t, *row, key)?),
            None => None,
        };
        let mut text = message(&stored, secrets.as_ref(), (event, &now), context, out);
        if !out.with_ssn
            && let Some(clean) = without_numbers(&text, secrets.as_ref())
        {
            text = clean;
            running.losses.note("PID", Cause::Sealed);
        }
        for i in &stored.patient.demographics.identifiers {
            if i.period_start.is_some() || i.period_end.is_some() {
                running.losses.note("patient.identifiers.period", Cause::NoPlace);
            }
        }
        into.write_all(text.as_bytes())?;
        running.count(&format!("ADT^{}", event.code()));
        (context.progress)(done as u64 + 1);
    }
    if batch {
        write!(into, "BTS|{}\rFTS|1\r", context.patients.len())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_export_has_control_ids_of_its_own() {
        let first = control_id("0193", 1, Event::AddPerson, "20261124100001+0000");
        assert_eq!(first.len(), 20);
        assert_eq!(first, control_id("0193", 1, Event::AddPerson, "20261124100001+0000"));
        assert_ne!(first, control_id("0193", 1, Event::UpdatePerson, "20261124100001+0000"));
        assert_ne!(first, control_id("0193", 1, Event::AddPerson, "20261124100002+0000"));
        assert_ne!(first, control_id("0194", 1, Event::AddPerson, "20261124100001+0000"));
    }

    #[test]
    fn delimiters_are_escaped_and_no_value_ends_a_segment() {
        assert_eq!(escaped("a|b^c~d\\e&f\r\ng"), "a\\F\\b\\S\\c\\R\\d\\E\\e\\T\\f\\X0D\\\\X0A\\g");
        assert_eq!(components(&["a".into(), String::new(), "b".into(), String::new()]), "a^^b");
        assert_eq!(time_stamp("2026-11-24T10:00:01.123Z"), "20261124100001+0000");
    }
}
