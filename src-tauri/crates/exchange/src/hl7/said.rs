//! One resource of a message as the writer takes it, over what an earlier message said of the same thing.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::Transaction;
use rustcare_vault::VaultError;
use rustcare_vault::table::{clinical_record, resource};
use serde_json::json;
use serde_json::value::RawValue;

use super::map::Made;
use super::orders::json_text;
use super::refusal::Refusal;
use super::write::Stop;
use crate::import::{Body, ImportContext, Piece};
use crate::parse;
use crate::said_at::SaidAt;

/// What an older message may still add to: the others stand as the newest message says them.
const FILLED: [&str; 3] = ["Encounter", "AllergyIntolerance", "DocumentReference"];
/// How the text of a document is kept.
const TEXT: &str = "text/plain; charset=utf-8";

/// A resource as it is written.
pub(super) struct Said {
    /// `None` where something newer is known and nothing can be added to it.
    pub piece: Option<Piece>,
    /// Whether something newer is known.
    pub is_older: bool,
}

pub(super) fn piece(
    t: &Transaction<'_>,
    context: &ImportContext<'_>,
    mut made: Made,
    said_at: Option<SaidAt>,
    origin: &Arc<str>,
) -> Result<Said, Stop> {
    if let Some(text) = &made.text {
        let content = json!({ "attachment": { "contentType": TEXT, "data": STANDARD.encode(text) } });
        match made.resource["content"].as_array_mut() {
            Some(list) => list.insert(0, content),
            None => made.resource["content"] = json!([content]),
        }
    }
    let kind = made.resource["resourceType"].as_str().unwrap_or_default();
    let id = made.resource["id"].as_str().unwrap_or_default();
    let known = resource::find(t, kind, id)?;
    let newest = known.as_ref().and_then(|k| k.said_at);
    let is_older = SaidAt::is_older_than(said_at, newest);
    let mut members = raw_members(&json_text(&made.resource))?;
    if known.is_some() && (made.is_kept_where_silent || is_older) {
        // A source that was let go says nothing any more.
        let before = resource::source(t, kind, id).ok().map(|json| raw_members(&json)).transpose()?;
        members = match before {
            Some(before) if is_older && FILLED.contains(&kind) => over(members, before)?,
            _ if is_older => return Ok(Said { piece: None, is_older }),
            Some(before) => {
                if made.status_is_guess && before.contains_key("status") {
                    members.remove("status");
                }
                over(before, members)?
            }
            None => members,
        };
    }
    if made.forgets_end
        && !is_older
        && let Some(period) = members.get("period")
    {
        let mut period = raw_members(period.get())?;
        period.remove("end");
        members.insert("period".into(), written(&period)?);
    }
    let json = written(&members)?;
    let refused =
        |rejection: crate::report::Rejection| Refusal::content(*rejection.why, 102).at(made.place.clone());
    let mut piece =
        parse::resource(json.get(), origin, context).map_err(|(rejection, _)| refused(rejection))?;
    let newest = newest.map(|at| SaidAt { from: at, to: at });
    piece.said_at = if is_older { newest } else { said_at };
    if let (Body::Records(read), true) = (&mut piece.body, kind == "DocumentReference") {
        let text = match text_of(&members) {
            Some(text) => Some(text),
            None => known.map(|known| clinical_record::detail(t, known.row)).transpose()?.flatten(),
        };
        for record in &mut read.records {
            record.detail.clone_from(&text);
        }
    }
    Ok(Said { piece: Some(piece), is_older })
}

/// The text that a document was kept with.
fn text_of(members: &Members) -> Option<String> {
    let content: serde_json::Value = serde_json::from_str(members.get("content")?.get()).ok()?;
    let attachments = content.as_array()?.iter().map(|c| &c["attachment"]);
    let text = attachments.into_iter().find(|a| a["contentType"] == TEXT)?;
    String::from_utf8(STANDARD.decode(text["data"].as_str()?).ok()?).ok()
}

/// The members of an object, each as it is written: a decimal keeps its digits.
type Members = BTreeMap<String, Box<RawValue>>;

/// `above` over `below`, member by member; a period and an allergy's reaction part by part.
fn over(mut below: Members, above: Members) -> Result<Members, VaultError> {
    for (name, value) in above {
        let merged = match (name.as_str(), below.get(&name)) {
            ("period", Some(before)) => {
                let mut period = raw_members(before.get())?;
                period.extend(raw_members(value.get())?);
                written(&period)?
            }
            ("reaction", Some(before)) => reactions(before, &value)?,
            _ => value,
        };
        below.insert(name, merged);
    }
    Ok(below)
}

/// An allergy's reactions: a message has room for one, the first.
fn reactions(before: &RawValue, now: &RawValue) -> Result<Box<RawValue>, VaultError> {
    let list = |raw: &RawValue| -> Result<Vec<Members>, VaultError> {
        serde_json::from_str(raw.get()).map_err(|_| VaultError::Damaged("a source is not FHIR"))
    };
    let (mut all, now) = (list(before)?, list(now)?);
    for (at, reaction) in now.into_iter().enumerate() {
        match all.get_mut(at) {
            Some(known) => known.extend(reaction),
            None => all.push(reaction),
        }
    }
    serde_json::value::to_raw_value(&all).map_err(|_| VaultError::Damaged("a source cannot be written"))
}

fn raw_members(json: &str) -> Result<Members, VaultError> {
    serde_json::from_str(json).map_err(|_| VaultError::Damaged("a source is not JSON"))
}

fn written(members: &Members) -> Result<Box<RawValue>, VaultError> {
    serde_json::value::to_raw_value(members).map_err(|_| VaultError::Damaged("a source cannot be written"))
}
