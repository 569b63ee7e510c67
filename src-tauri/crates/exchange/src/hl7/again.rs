//! What a message speaks of again: the visit without a number that it means, and which of several results of one kind it
//! corrects. Told by what is known already, before anything is written.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Transaction;
use rustcare_model::reason::Reason;
use rustcare_vault::VaultResult;
use rustcare_vault::table::resource;
use serde_json::Value;

use super::map::{Made, Unnumbered, VisitEvent, resource_id};
use super::person::Person;
use super::refusal::{Place, Refusal};
use super::write::Stop;

/// Gives what a message made the ids of what it means.
pub(super) fn settle(
    t: &Transaction<'_>,
    chart: Option<i64>,
    person: &Person,
    made: &mut Vec<Made>,
) -> Result<(), Stop> {
    let mut names = HashMap::new();
    if let Some(at) = made.iter().position(|m| m.unnumbered.is_some()) {
        match the_visit(t, chart, person, &made[at])? {
            Visit::Own => {}
            Visit::Known(id) => to_visit(made, at, &id, &mut names),
            Visit::None => without_visit(made, at, person, &mut names),
        }
    }
    the_repeats(t, made, &mut names)?;
    if !names.is_empty() {
        made.iter_mut().for_each(|one| rename(&mut one.resource, &names));
    }
    Ok(())
}

/// Which visit is meant.
enum Visit {
    /// The one that the message itself makes.
    Own,
    /// One that is known, by its id.
    Known(String),
    /// None: the message says nothing that would make one.
    None,
}

/// A visit of the patient that messages told of.
struct KnownVisit {
    id: String,
    account: Option<String>,
    start: Option<String>,
    class: Option<String>,
    status: KnownStatus,
}

/// Where a known visit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KnownStatus {
    Open,
    Finished,
    CalledOff,
}

fn known_visits(t: &Transaction<'_>, chart: Option<i64>, person: &Person) -> VaultResult<Vec<KnownVisit>> {
    let Some(chart) = chart else { return Ok(Vec::new()) };
    let own = format!("Patient/{}", person.id);
    let read = |kept: resource::Kept| -> Option<KnownVisit> {
        let visit: Value = serde_json::from_str(kept.source.as_deref()?).ok()?;
        let account = &visit["account"][0]["identifier"];
        let is_own = kept.resource_id.starts_with("hl7-") && visit["subject"]["reference"] == own.as_str();
        is_own.then(|| KnownVisit {
            id: kept.resource_id,
            account: account["value"]
                .as_str()
                .map(|value| format!("{}|{value}", account["system"].as_str().unwrap_or_default())),
            class: visit["class"]["code"].as_str().map(str::to_owned),
            start: visit["period"]["start"].as_str().map(str::to_owned),
            status: match visit["status"].as_str() {
                Some("finished") => KnownStatus::Finished,
                Some("cancelled" | "entered-in-error") => KnownStatus::CalledOff,
                _ => KnownStatus::Open,
            },
        })
    };
    Ok(resource::of_patient(t, chart, Some("Encounter"))?.into_iter().filter_map(read).collect())
}

fn day(moment: &Option<String>) -> Option<&str> {
    moment.as_deref().map(|m| m.get(..10).unwrap_or(m))
}

fn the_visit(t: &Transaction<'_>, chart: Option<i64>, person: &Person, made: &Made) -> Result<Visit, Stop> {
    let Some(unnumbered) = &made.unnumbered else { return Ok(Visit::Own) };
    let own = made.resource["id"].as_str().unwrap_or_default();
    if resource::find(t, "Encounter", own)?.is_some() {
        return Ok(Visit::Own);
    }
    let mut known = known_visits(t, chart, person)?;
    if let Some(account) = &unnumbered.account {
        // Earlier versions knew a visit by its account alone.
        let by_account = resource_id(&["Encounter", account]);
        known.retain(|v| v.account.as_ref() == Some(account) || v.id == by_account);
    }
    let mut found: Vec<&KnownVisit> = candidates(&known, unnumbered);
    // A discharge from the ward ends no visit to the surgery, even where that is the only one.
    let class = made.resource["class"]["code"].as_str();
    let status = made.resource["status"].as_str();
    // A transfer moves the stay of its account, whichever class it is of now.
    let goes_on =
        unnumbered.event == VisitEvent::None || (status == Some("in-progress") && !unnumbered.revives);
    let is_named_otherwise = goes_on && unnumbered.account.is_some();
    let is_told_by_class =
        unnumbered.event != VisitEvent::Begins && !unnumbered.changes_class && !is_named_otherwise;
    if is_told_by_class && class.is_some() {
        found.retain(|v| v.class.is_none() || v.class.as_deref() == class);
    }
    // What takes something back means a visit that was told of: one of its own would be a phantom.
    let takes_back = unnumbered.revives || status == Some("cancelled");
    if takes_back && found.is_empty() && !known.is_empty() && unnumbered.start.is_none() {
        return Err(unclear());
    }
    if found.len() > 1 && found.iter().filter(|v| v.class.as_deref() == class).count() == 1 {
        found.retain(|v| v.class.as_deref() == class);
    }
    match (found.len(), &unnumbered.start, unnumbered.event) {
        (1, _, _) => Ok(Visit::Known(found.remove(0).id.clone())),
        (0, None, VisitEvent::None) => Ok(match &unnumbered.account {
            Some(account) => Visit::Known(resource_id(&["Encounter", &person.key, account])),
            None => Visit::None,
        }),
        (0, _, _) | (_, Some(_), _) => Ok(Visit::Own),
        (_, None, VisitEvent::None) => Ok(Visit::None),
        (_, None, _) => Err(unclear()),
    }
}

fn unclear() -> Stop {
    Refusal::content(Reason::Hl7VisitUnclear, 204).at(Place::field("PV1", 0, 19)).into()
}

/// The visits that may be meant: those that began on the same day, or those that are open.
fn candidates<'k>(known: &'k [KnownVisit], unnumbered: &Unnumbered) -> Vec<&'k KnownVisit> {
    let of = |status: KnownStatus| known.iter().filter(move |v| v.status == status);
    let open = || of(KnownStatus::Open);
    match (&unnumbered.start, unnumbered.event) {
        // Who comes twice a day comes twice; only a stay that was told of before it began is the one that begins.
        (_, VisitEvent::Begins) => {
            let announced = |v: &&KnownVisit| v.start.is_none() && unnumbered.account.is_some();
            open().filter(announced).collect()
        }
        (Some(_), _) => {
            let same_day = |v: &&KnownVisit| {
                day(&v.start) == day(&unnumbered.start) || (v.start.is_none() && unnumbered.account.is_some())
            };
            // What was called off is no visit that was ended.
            let first = if unnumbered.revives { KnownStatus::Finished } else { KnownStatus::Open };
            let found: Vec<_> = of(first).filter(same_day).collect();
            if !found.is_empty() || unnumbered.revives {
                return found;
            }
            known.iter().filter(same_day).collect()
        }
        (None, _) if unnumbered.revives => of(KnownStatus::Finished).collect(),
        (None, _) => open().collect(),
    }
}

/// Ties all that the message says of its visit to the one that is meant.
fn to_visit(made: &mut [Made], at: usize, id: &str, names: &mut HashMap<String, String>) {
    let old = std::mem::take(&mut made[at].resource["id"]);
    made[at].resource["id"] = id.into();
    let old = old.as_str().unwrap_or_default().to_owned();
    names.insert(format!("Encounter/{old}"), format!("Encounter/{id}"));
    for one in made.iter_mut() {
        move_id(one, &old, id, names);
    }
}

/// Takes the visit out: what was said with it belongs to the patient alone.
fn without_visit(made: &mut Vec<Made>, at: usize, person: &Person, names: &mut HashMap<String, String>) {
    let visit = made.remove(at);
    let old = visit.resource["id"].as_str().unwrap_or_default().to_owned();
    for one in made.iter_mut() {
        if let Some(members) = one.resource.as_object_mut() {
            members.remove("encounter");
            if members["resourceType"] == "DocumentReference" {
                members.remove("context");
            }
        }
        move_id(one, &old, &person.key, names);
    }
}

/// An id that the visit is a part of.
fn move_id(one: &mut Made, from: &str, to: &str, names: &mut HashMap<String, String>) {
    let Some(parts) = one.id_of_visit.as_mut().filter(|parts| parts.get(1).is_some_and(|p| p == from)) else {
        return;
    };
    to.clone_into(&mut parts[1]);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    give_id(&mut one.resource, resource_id(&parts), names);
}

fn give_id(resource: &mut Value, id: String, names: &mut HashMap<String, String>) {
    let kind = resource["resourceType"].as_str().unwrap_or_default().to_owned();
    let old = resource["id"].as_str().unwrap_or_default();
    names.insert(format!("{kind}/{old}"), format!("{kind}/{id}"));
    resource["id"] = id.into();
}

/// References to what has another id now.
fn rename(value: &mut Value, names: &HashMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member.as_str().filter(|_| key == "reference").and_then(|to| names.get(to)) {
                    Some(new) => *member = new.as_str().into(),
                    None => rename(member, names),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        _ => {}
    }
}

fn moment(resource: &Value) -> String {
    resource["effectiveDateTime"].as_str().unwrap_or_default().to_owned()
}

/// Which of the known results each result of the message is. One order holds the same vital sign many times: its place in the
/// message says nothing, as a correction holds only what is corrected; the time does.
fn the_repeats(
    t: &Transaction<'_>,
    made: &mut [Made],
    names: &mut HashMap<String, String>,
) -> Result<(), Stop> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, one) in made.iter().enumerate() {
        if let Some(repeats) = &one.repeats {
            groups.entry(repeats.base.clone()).or_default().push(at);
        }
    }
    for group in groups.into_values() {
        let mut known = Vec::new();
        while let Some(repeats) = &made[group[0]].repeats
            && let id = repeats.id(known.len())
            && resource::find(t, "Observation", &id)?.is_some()
        {
            let source = resource::source(t, "Observation", &id).ok();
            let source = source.and_then(|json| serde_json::from_str::<Value>(&json).ok());
            known.push(source.as_ref().map(moment).unwrap_or_default());
        }
        if known.is_empty() {
            continue;
        }
        let Some(places) = places(&known, &group.iter().map(|at| &made[*at]).collect::<Vec<_>>()) else {
            let place = made[group[0]].place.clone();
            return Err(Refusal::content(Reason::Hl7RepeatsUnclear, 204).at(place).into());
        };
        for (at, place) in group.into_iter().zip(places) {
            if let Some(repeats) = made[at].repeats.as_ref().filter(|r| r.nth != place) {
                let id = repeats.id(place);
                give_id(&mut made[at].resource, id, names);
            }
        }
    }
    Ok(())
}

/// The place of each result among the known ones, whose times are `known`; `None` where that cannot be told. Those without a
/// time of their own are told by their order, as long as there are no fewer than are known.
fn places(known: &[String], results: &[&Made]) -> Option<Vec<usize>> {
    let mut given: Vec<Option<usize>> = vec![None; results.len()];
    let mut free: Vec<usize> = (0..known.len()).collect();
    let mut times: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    // Without a time of its own (OBX-14) a result has the order's, which says nothing of it.
    let own_time = |at: usize| results[at].repeats.as_ref().and_then(|r| r.own_time.clone());
    for at in 0..results.len() {
        if let Some(time) = own_time(at) {
            times.entry(time).or_default().push(at);
        }
    }
    for (time, at) in &times {
        let same: Vec<usize> = free.iter().copied().filter(|n| known[*n] == *time).collect();
        if same.len() > at.len() {
            return None;
        }
        for (at, place) in at.iter().zip(same) {
            given[*at] = Some(place);
            free.retain(|n| *n != place);
        }
    }
    // What is left has another time: a result with a time of its own is another measurement, unless it says that it corrects.
    let is_new =
        |at: usize| results[at].repeats.as_ref().is_some_and(|r| r.own_time.is_some() && !r.corrects);
    let open: Vec<usize> = (0..results.len()).filter(|at| given[*at].is_none() && !is_new(*at)).collect();
    if !open.is_empty() && free.len() > open.len() {
        return None;
    }
    let mut rest = free.into_iter();
    for at in open {
        given[at] = rest.next();
    }
    let mut next = known.len();
    let fill = |place: Option<usize>| {
        place.unwrap_or_else(|| {
            next += 1;
            next - 1
        })
    };
    Some(given.into_iter().map(fill).collect())
}
