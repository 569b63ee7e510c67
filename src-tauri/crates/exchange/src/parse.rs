//! From a text to parsed resources, sorted by the patient they belong to. Runs on all cores.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;
use rustcare_model::clinical_record::RecordKind;
use rustcare_model::reason::{Reason, Why};
use rustcare_vault::table::resource as stored;

use crate::canonical::{content_hash, reference_id};
use crate::fhir::patient::ReadPatient;
use crate::fhir::reference::Entries;
use crate::fhir::resource::{AboutWhom, Attached, Bundle, Envelope, Participant, Reference};
use crate::fhir::{FhirError, patient, r4, record};
use crate::import::{Body, Group, ImportContext, Parsed, Piece, Refused};
use crate::input::SourceFile;
use crate::out::beyond;
use crate::report::{Differing, Rejection};
use crate::said_at::SaidAt;
use crate::stretch::Stretch;

/// Longest refused text that is kept for handing out; a longer one is named, not copied.
const LONGEST_KEPT: usize = 1 << 20;

/// A resource as it lies in its text.
struct Found<'a> {
    json: &'a str,
    envelope: Envelope<'a>,
    full_url: Option<&'a str>,
    line: Option<u64>,
    /// Number of the bundle's entry, from 1.
    entry: Option<u64>,
}

/// What became of a resource, and how it differs from what FHIR R4 defines.
struct Looked {
    outcome: Result<Piece, Refused>,
    differs: Option<Differing>,
    attachments: u64,
}

impl From<Refused> for Looked {
    fn from(refused: Refused) -> Self {
        Self { outcome: Err(refused), differs: None, attachments: 0 }
    }
}

fn look(found: Found<'_>, file: &Arc<str>, entries: &Entries<'_>, context: &ImportContext<'_>) -> Looked {
    let issues = r4::check(found.json);
    let differs = (!issues.is_empty()).then(|| Differing {
        file: file.to_string(),
        line: found.line,
        entry: found.entry,
        resource: found.envelope.resource_type.as_deref().unwrap_or_default().to_owned(),
        issues,
    });
    let attachments = attachments_of(found.envelope.resource_type.as_deref(), found.json);
    Looked { outcome: one(found, file, entries, context), differs, attachments }
}

/// How many files stand in a resource itself.
fn attachments_of(resource_type: Option<&str>, json: &str) -> u64 {
    if !matches!(resource_type, Some("Patient" | "DocumentReference" | "DiagnosticReport")) {
        return 0;
    }
    let Ok(holding) = serde_json::from_str::<Attached>(json) else { return 0 };
    let of_content = holding.content.into_iter().filter_map(|c| c.attachment);
    let all = holding.photo.into_iter().chain(holding.presented_form).chain(of_content);
    all.filter(|a| a.data.is_some()).count() as u64
}

/// A refusal of a whole text or of one resource.
fn refuse(
    file: &str,
    line: Option<u64>,
    resource: Option<&str>,
    why: impl Into<Why>,
    source: Option<&str>,
) -> Refused {
    let rejection = Rejection::new(file, line, resource, why);
    (rejection, source.filter(|s| s.len() <= LONGEST_KEPT).map(without_social_security_numbers))
}

/// A refused text is kept as it came but for what looks like a social security number: it was never sealed.
pub(crate) fn without_social_security_numbers(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let shape = |at: usize| {
        (0..3).all(|n| digit(at + n))
            && bytes.get(at + 3) == Some(&b'-')
            && (4..6).all(|n| digit(at + n))
            && bytes.get(at + 6) == Some(&b'-')
            && (7..11).all(|n| digit(at + n))
            && !digit(at + 11)
    };
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    let mut at = 0;
    while at < bytes.len() {
        let after_digit = at > 0 && bytes[at - 1].is_ascii_digit();
        if bytes[at].is_ascii_digit() && !after_digit && shape(at) {
            out.push_str(&text[from..at]);
            out.push_str("sealed");
            at += 11;
            from = at;
        } else {
            at += 1;
        }
    }
    out.push_str(&text[from..]);
    out
}

/// Parses one file.
pub(crate) fn file(file: &SourceFile, context: &ImportContext<'_>) -> Parsed {
    let name: Arc<str> = Arc::from(file.name.as_str());
    let text = match file.read() {
        Ok(text) => text,
        Err(reason) => {
            let refused = vec![refuse(&name, None, None, reason, None)];
            return Parsed { refused, ..Parsed::default() };
        }
    };
    let outcomes =
        if file.is_ndjson() { lines(&text, 0, &name, context) } else { document(&text, &name, context) };
    sort_out(outcomes)
}

/// Parses a stretch of a large file. What it holds of a patient may go on in the next one, so all of it waits.
pub(crate) fn stretch(
    file: &SourceFile,
    stretch: Result<Stretch, Reason>,
    context: &ImportContext<'_>,
) -> Parsed {
    let name: Arc<str> = Arc::from(file.name.as_str());
    let stretch = match stretch {
        Ok(stretch) => stretch,
        Err(reason) => {
            let refused = vec![refuse(&name, None, None, reason.to_owned(), None)];
            return Parsed { refused, ..Parsed::default() };
        }
    };
    let mut parsed = Parsed::default();
    for looked in lines(&stretch.text, stretch.lines_before, &name, context) {
        parsed.differing.extend(looked.differs);
        parsed.attachments += looked.attachments;
        match looked.outcome {
            Err(refused) => parsed.refused.push(refused),
            Ok(piece) if piece.patient().is_some() => parsed.waiting.push(piece),
            Ok(piece) => parsed.loose.push(piece),
        }
    }
    parsed
}

fn lines(text: &str, before: usize, name: &Arc<str>, context: &ImportContext<'_>) -> Vec<Looked> {
    let lines: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .map(|(at, line)| (before + at, line))
        .filter(|(_, line)| !line.trim().is_empty())
        .collect();
    let none = Entries::default();
    lines
        .par_iter()
        .map(|&(at, json)| {
            let line = Some(at as u64 + 1);
            match envelope(json) {
                Ok(envelope) => {
                    look(Found { json, envelope, full_url: None, line, entry: None }, name, &none, context)
                }
                Err(error) => refuse(name, line, None, error.why(), Some(json)).into(),
            }
        })
        .collect()
}

fn envelope(json: &str) -> Result<Envelope<'_>, FhirError> {
    Ok(serde_json::from_str(json)?)
}

fn document(text: &str, name: &Arc<str>, context: &ImportContext<'_>) -> Vec<Looked> {
    let unreadable = |error: FhirError| vec![refuse(name, None, None, error.why(), Some(text)).into()];
    let whole = match envelope(text) {
        Ok(whole) => whole,
        Err(error) => return unreadable(error),
    };
    if whole.resource_type.as_deref() != Some("Bundle") {
        let found = Found { json: text, envelope: whole, full_url: None, line: None, entry: None };
        return vec![look(found, name, &Entries::default(), context)];
    }
    let bundle: Bundle<'_> = match serde_json::from_str(text) {
        Ok(bundle) => bundle,
        Err(error) => return unreadable(FhirError::from(error)),
    };
    let found: Vec<Result<Found<'_>, Refused>> = bundle
        .entry
        .par_iter()
        .enumerate()
        .filter_map(|(at, e)| Some((at as u64 + 1, e.full_url.as_deref(), e.resource?.get())))
        .map(|(entry, full_url, json)| {
            let envelope = envelope(json).map_err(|e| refuse(name, None, None, e.why(), Some(json)))?;
            Ok(Found { json, envelope, full_url, line: None, entry: Some(entry) })
        })
        .collect();
    let mut entries = Entries::default();
    for f in found.iter().flatten() {
        if let (Some(url), Some(resource_type), Some(id)) =
            (f.full_url, f.envelope.resource_type.as_deref(), identity(f))
        {
            entries.note(url, resource_type, id);
        }
    }
    // What one entry says of another is known only now that all are seen.
    let entries = &entries;
    found
        .par_iter()
        .map(|f| match f {
            Ok(f) => look(
                Found {
                    json: f.json,
                    envelope: f.envelope.clone(),
                    full_url: f.full_url,
                    line: None,
                    entry: f.entry,
                },
                name,
                entries,
                context,
            ),
            Err(refused) => refused.clone().into(),
        })
        .collect()
}

/// The logical id, or the one that the bundle gave.
fn identity<'f>(found: &'f Found<'_>) -> Option<&'f str> {
    let id = found.envelope.id.as_deref().or(found.full_url.map(reference_id));
    id.filter(|id| !id.is_empty() && id.len() <= 128)
}

/// One resource that stands alone.
pub(crate) fn resource(json: &str, origin: &Arc<str>, context: &ImportContext<'_>) -> Result<Piece, Refused> {
    let envelope = envelope(json).map_err(|e| refuse(origin, None, None, e.why(), Some(json)))?;
    one(
        Found { json, envelope, full_url: None, line: None, entry: None },
        origin,
        &Entries::default(),
        context,
    )
}

fn one(
    found: Found<'_>,
    file: &Arc<str>,
    entries: &Entries<'_>,
    context: &ImportContext<'_>,
) -> Result<Piece, Refused> {
    let (json, line) = (found.json, found.line);
    let Some(resource_type) = found.envelope.resource_type.as_deref() else {
        let reason = Reason::ResourceTypeMissing;
        return Err(refuse(file, line, None, reason, Some(json)));
    };
    let refused = |reason: Why| refuse(file, line, Some(resource_type), reason, Some(json));
    let Some(id) = identity(&found) else {
        return Err(refused(Reason::ResourceIdMissing.into()));
    };
    let body = match RecordKind::of_resource_type(resource_type) {
        Some(kind) => Body::Records(record::read(kind, id, json, entries).map_err(|e| refused(e.why()))?),
        None if resource_type == "Patient" => {
            let read =
                patient::read(json, &context.phone_region, context.today).map_err(|e| refused(e.why()))?;
            Body::Patient(Box::new(read))
        }
        None => Body::Verbatim { patient: about_whom(json, entries) },
    };
    let kept = match &body {
        Body::Patient(read) => without_secrets(json, read),
        _ => Cow::Borrowed(json),
    };
    let hash = content_hash(&kept).ok_or_else(|| refused(Reason::NestedTooDeeply.into()))?;
    Ok(Piece {
        resource_type: resource_type.to_owned(),
        id: id.to_owned(),
        file: Arc::clone(file),
        line,
        hash,
        compressed: stored::compress(kept.as_bytes()),
        beyond: beyond::of(resource_type, id, &kept, &body),
        said_at: found.envelope.last_updated().and_then(|at| SaidAt::read(&at, jiff::SignedDuration::ZERO)),
        body,
    })
}

/// The source as kept: a social security number is sealed apart and does not stand in it, however it was escaped.
fn without_secrets<'a>(json: &'a str, read: &ReadPatient) -> Cow<'a, str> {
    let mut kept = Cow::Borrowed(json);
    for secret in &read.secret_texts {
        let literal = zeroize::Zeroizing::new(serde_json::Value::from(secret.as_str()).to_string());
        // Whole string values only: a short or wordy "number" must not eat a key of the source.
        let is_number = secret.chars().filter(char::is_ascii_digit).count() >= 4;
        if is_number && kept.contains(literal.as_str()) {
            kept = kept.replace(literal.as_str(), "\"sealed\"").into();
        } else {
            kept = rewritten(&kept, secret).into();
        }
    }
    kept
}

/// The source written anew without the value of a social security identifier, for the rare text whose value is escaped or
/// is no number.
fn rewritten(json: &str, secret: &str) -> String {
    let Ok(mut whole) = serde_json::from_str::<serde_json::Value>(json) else { return json.to_owned() };
    for identifier in whole["identifier"].as_array_mut().into_iter().flatten() {
        if identifier["value"].as_str().map(str::trim) == Some(secret) {
            identifier["value"] = "sealed".into();
        }
    }
    whole.to_string()
}

fn about_whom(json: &str, entries: &Entries<'_>) -> Option<String> {
    let about: AboutWhom<'_> = serde_json::from_str(json).ok()?;
    let references: Vec<Reference<'_>> = match (about.participant, about.subject) {
        (Some(raw), None) => {
            let all: Vec<Participant<'_>> = serde_json::from_str(raw.get()).ok()?;
            all.into_iter().filter_map(|p| p.actor).collect()
        }
        (_, subject) => {
            let raw = subject.or(about.patient).or(about.beneficiary).or(about.task_for)?;
            // An account is about several, or about one in a list.
            serde_json::from_str(raw.get())
                .or_else(|_| serde_json::from_str(raw.get()).map(|one| vec![one]))
                .ok()?
        }
    };
    let named = references.iter().filter_map(|r| entries.id_of("Patient", r.reference.as_deref()?));
    let patients: BTreeSet<String> = named.collect();
    // What is about two persons is neither's alone.
    let mut patients = patients.into_iter();
    patients.next().filter(|_| patients.next().is_none())
}

/// What belongs to a patient of the same text becomes that patient's group; the rest waits or belongs to nobody.
fn sort_out(looked: Vec<Looked>) -> Parsed {
    let mut parsed = Parsed::default();
    let mut by_patient: HashMap<String, usize> = HashMap::new();
    let mut others = Vec::new();
    for one in looked {
        parsed.differing.extend(one.differs);
        parsed.attachments += one.attachments;
        match one.outcome {
            Err(refused) => parsed.refused.push(refused),
            Ok(piece) if matches!(piece.body, Body::Patient(_)) && !by_patient.contains_key(&piece.id) => {
                by_patient.insert(piece.id.clone(), parsed.groups.len());
                parsed.groups.push(Group {
                    patient_id: piece.id.clone(),
                    patient: Some(piece),
                    pieces: Vec::new(),
                });
            }
            Ok(piece) => others.push(piece),
        }
    }
    // One resource a line: the patients of one file and the records of another belong together.
    let alone = others.iter().all(|p| p.patient().is_none_or(|id| !by_patient.contains_key(id)));
    for piece in others {
        match piece.patient().map(|id| by_patient.get(id)) {
            Some(Some(at)) => parsed.groups[*at].pieces.push(piece),
            Some(None) => parsed.waiting.push(piece),
            None => parsed.loose.push(piece),
        }
    }
    if alone {
        for group in parsed.groups.drain(..) {
            parsed.waiting.extend(group.patient);
        }
    }
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_text_is_kept_without_what_looks_like_a_social_security_number() {
        let text = r#"{"value":"536-90-4399","phone":"1-536-90-43990","é":"999-99-9999"}"#;
        let kept = without_social_security_numbers(text);
        assert_eq!(kept, r#"{"value":"sealed","phone":"1-536-90-43990","é":"sealed"}"#);
    }

    #[test]
    fn an_escaped_number_is_taken_out_of_the_source_too() {
        let json = r#"{"resourceType":"Patient","id":"a","identifier":[{"system":"http://hl7.org/fhir/sid/us-ssn","value":"53\u0036-90-4399"}]}"#;
        let read = patient::read(json, "US", jiff::civil::date(2026, 11, 24)).unwrap();
        let kept = without_secrets(json, &read);
        assert!(!kept.contains("4399") && kept.contains("sealed"));
    }
}
