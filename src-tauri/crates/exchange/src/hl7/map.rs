//! A whole message to FHIR resources, in the order of its segments. Pure: it knows no vault.

use std::collections::{BTreeMap, HashMap};

use jiff::tz::TimeZone;
use rustcare_model::reason::Reason;
use serde_json::{Value, json};

use super::coding::{authority, human_name};
use super::header::Header;
use super::message::Message;
use super::person::{self, Number, Person};
use super::refusal::{Place, Refusal};
use super::time::Clock;
use crate::said_at::SaidAt;

/// Most resources of one message.
const MOST_RESOURCES: usize = 20_000;

/// What a message asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The chart, and the register too: what PID says is what the sender's register says now.
    Register,
    /// The chart; PID only says whose.
    Chart,
    /// Two patients are one.
    Merge,
}

/// What kind of message this is for us.
///
/// # Errors
/// A kind that is not taken: what it is about has no place here, or it would delete.
pub fn act(header: &Header) -> Result<Act, Refusal> {
    let event = header.event.as_str();
    let act = match (header.kind.as_str(), event) {
        ("ADT", "A18" | "A34" | "A40") => Some(Act::Merge),
        (
            "ADT",
            "A01" | "A02" | "A03" | "A04" | "A05" | "A06" | "A07" | "A08" | "A09" | "A10" | "A11" | "A12"
            | "A13" | "A14" | "A15" | "A16" | "A25" | "A26" | "A27" | "A28" | "A31" | "A32" | "A33" | "A38"
            | "A60",
        ) => Some(Act::Register),
        ("VXU", "V04" | "") => Some(Act::Chart),
        ("ORU", "R01" | "R03" | "R30" | "R31" | "R32" | "") => Some(Act::Chart),
        ("OUL", "R21" | "R22" | "R23" | "R24") => Some(Act::Chart),
        ("ORM", "O01" | "")
        | ("OMP", "O09")
        | ("OML", "O21" | "O33" | "O35")
        | ("OMG", "O19")
        | ("OMI", "O23") => Some(Act::Chart),
        ("RDE", "O11" | "O01" | "O25" | "") | ("RDS", "O13" | "O01") => Some(Act::Chart),
        ("MDM", "T01" | "T02" | "T03" | "T04" | "T05" | "T06" | "T07" | "T08" | "T09" | "T10" | "T11") => {
            Some(Act::Chart)
        }
        ("PPR", "PC1" | "PC2" | "PC3") | ("REF", "I12" | "I13" | "I14") => Some(Act::Chart),
        ("BAR", "P01" | "P05" | "P12") | ("DFT", "P03" | "P11") => Some(Act::Chart),
        _ => None,
    };
    let kind = header.type_name();
    act.ok_or_else(|| {
        Refusal::not_taken(Reason::Hl7KindNotTaken.with("kind", kind), 200).at(Place::field("MSH", 1, 9))
    })
}

/// One resource and how it is written.
#[derive(Debug)]
pub struct Made {
    /// The resource.
    pub resource: Value,
    /// Where it was said.
    pub place: Place,
    /// What an earlier message said stays where this one is silent.
    pub is_kept_where_silent: bool,
    /// Its status is only a guess: an earlier one stands.
    pub status_is_guess: bool,
    /// The end of an earlier message no longer holds (A13).
    pub forgets_end: bool,
    /// The text of a document.
    pub text: Option<String>,
    /// Which of several results of one kind it is, where it comes again.
    pub(super) repeats: Option<Repeats>,
    /// What its id is made of, where the visit is a part of it: the second.
    pub(super) id_of_visit: Option<Vec<String>>,
    /// How the visit is known, where it has no number of its own.
    pub(super) unnumbered: Option<Unnumbered>,
    pub(super) lines_of: Option<(String, String)>,
}

/// A result among those that its order, code and sub-id (OBX-4) do not tell apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repeats {
    /// What they share.
    pub base: String,
    /// Its place among those of the message.
    pub nth: usize,
    /// OBX-14 as FHIR writes it.
    pub own_time: Option<String>,
    /// OBX-11 says that it corrects or takes back what was sent.
    pub corrects: bool,
}

impl Repeats {
    /// The id of the `nth` of them.
    pub fn id(&self, nth: usize) -> String {
        resource_id(&["Observation", &self.base, &nth.to_string()])
    }
}

/// A visit that has no number (PV1-19, PV1-50).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unnumbered {
    /// PID-18, with who gave it.
    pub account: Option<String>,
    /// When it began, as far as the message says.
    pub start: Option<String>,
    /// What the event does to it.
    pub event: VisitEvent,
    /// The event calls a discharge off (A13): the visit was finished.
    pub revives: bool,
    /// The event makes another kind of the visit (A06, A07): its class is no word on which one it is.
    pub changes_class: bool,
}

/// What an event does to a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VisitEvent {
    /// It begins one (A01, A04, A05 …).
    Begins,
    /// It changes, ends or calls off one that there must be (A02, A03, A11, A13 …).
    Changes,
    /// It is about something else (A08, a result).
    None,
}

impl Made {
    pub(super) fn new(resource: Value, place: Place) -> Self {
        Self {
            resource,
            place,
            is_kept_where_silent: false,
            status_is_guess: false,
            forgets_end: false,
            text: None,
            repeats: None,
            id_of_visit: None,
            unnumbered: None,
            lines_of: None,
        }
    }

    pub(super) fn kept_where_silent(mut self) -> Self {
        self.is_kept_where_silent = true;
        self
    }
}

/// What is known of the order that the next segments belong to.
#[derive(Debug)]
pub(super) struct Order {
    pub number: Option<String>,
    pub status: &'static str,
    pub ordered: Option<String>,
    pub observed: Option<String>,
    pub code: String,
    pub concept: Option<Value>,
    pub report_at: Option<usize>,
    pub medication_at: Option<usize>,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            number: None,
            status: "active",
            ordered: None,
            observed: None,
            code: String::new(),
            concept: None,
            report_at: None,
            medication_at: None,
        }
    }
}

/// A message while it is read.
pub(super) struct Reading<'m> {
    pub message: &'m Message,
    pub header: &'m Header,
    pub clock: Clock,
    pub sender: String,
    pub person: Person,
    pub encounter: Option<String>,
    pub visit_at: Option<usize>,
    pub document_at: Option<usize>,
    pub order: Order,
    pub seen: HashMap<String, u32>,
    pub made: Vec<Made>,
    pub left_out: BTreeMap<String, usize>,
}

impl Reading<'_> {
    /// A resource of the patient.
    pub(super) fn resource(&self, kind: &str, id: &str) -> Value {
        json!({ "resourceType": kind, "id": id, "subject": self.patient_reference() })
    }

    pub(super) fn patient_reference(&self) -> Value {
        json!({ "reference": format!("Patient/{}", self.person.id) })
    }

    /// Counts what has no place here.
    pub(super) fn leave_out(&mut self, segment: &str) {
        *self.left_out.entry(segment.to_owned()).or_insert(0) += 1;
    }

    /// What names this message alone, for what has no name of its own: control ids come round again, the time with one does not.
    pub(super) fn of_message(&self) -> String {
        format!("{}|{}", self.header.control_id, self.header.at.as_deref().unwrap_or_default())
    }

    /// Ties a resource to the visit of the message.
    pub(super) fn of_visit(&self, resource: &mut Value) {
        if let Some(visit) = &self.encounter {
            resource["encounter"] = json!({ "reference": format!("Encounter/{visit}") });
        }
    }
}

/// All that a message says.
#[derive(Debug)]
pub struct Mapped {
    /// Who.
    pub person: Person,
    /// What.
    pub made: Vec<Made>,
    /// Names of segments that have no place here, with their counts. They stay readable in the kept message.
    pub left_out: BTreeMap<String, usize>,
    /// Numbers that disappear in a merge.
    pub merged_away: Vec<Number>,
    /// The name of whom they belong to (MRG-7), where it is said.
    pub merged_name: Option<Value>,
    /// MSH-3 and MSH-4; none where nobody is named.
    pub(crate) sender: Option<String>,
    /// When the message was written.
    pub(crate) said_at: Option<SaidAt>,
    /// The day of that, for what ends with it.
    pub(crate) day: Option<String>,
}

/// A resource's id: the same for the same parts, and saying nothing of them.
pub fn resource_id(parts: &[&str]) -> String {
    let hash = blake3::hash(parts.join("\u{1f}").as_bytes()).to_hex();
    format!("hl7-{}", &hash[..32])
}

/// Whose numbers are meant where nobody is named: the sending facility, else the application.
pub fn sender_authority(message: &Message) -> String {
    let Some(msh) = message.first("MSH") else { return "hl7v2".into() };
    [4, 3]
        .into_iter()
        .map(|field| {
            let part = msh.field(field).first();
            let name = part.component(1).whole();
            // HD in components here, in subcomponents elsewhere.
            let oid =
                part.component(2).whole().filter(|_| part.component(3).value().as_deref() == Some("ISO"));
            name.or(oid).unwrap_or_default()
        })
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| authority(msh.field(99), "hl7v2"))
}

/// Reads a message.
///
/// # Errors
/// [`Refusal`]: no patient, several patients, or a field that cannot be what it should be. Whether its kind is taken at
/// all is [`act`]'s question.
pub fn read(message: &Message, header: &Header, zone: &TimeZone) -> Result<Mapped, Refusal> {
    let clock = Clock::new(header.at.as_deref(), zone.clone());
    let sender = sender_authority(message);
    let pid = message
        .first("PID")
        .ok_or_else(|| Refusal::content(Reason::Hl7PatientMissing, 100).at(Place::missing("PID")))?;
    let person = person::read(message, pid, &clock, &sender)?;
    for other in message.named("PID").skip(1) {
        if person::read(message, other, &clock, &sender)?.id != person.id {
            return Err(Refusal::content(Reason::Hl7SeveralPatients, 100).at(other.place(3)));
        }
    }
    let merged_away = message.named("MRG").flat_map(|mrg| person::merged_away(mrg, &sender)).collect();
    let merged_name = message.named("MRG").find_map(|mrg| human_name(mrg.field(7), 1));
    let is_report = matches!(header.kind.as_str(), "ORU" | "OUL" | "VXU" | "REF");
    let is_document = header.kind == "MDM";
    let mut reading = Reading {
        message,
        header,
        clock,
        sender,
        person,
        encounter: None,
        visit_at: None,
        document_at: None,
        order: Order::default(),
        seen: HashMap::new(),
        made: Vec::new(),
        left_out: BTreeMap::new(),
    };
    for segment in message.segments() {
        match segment.name() {
            "MSH" | "EVN" | "PID" | "SFT" | "UAC" | "PV2" | "MRG" | "NK1" => {}
            "PV1" => reading.visit(segment)?,
            "AL1" | "IAM" => reading.allergy(segment)?,
            "DG1" => reading.diagnosis(segment)?,
            "PRB" => reading.problem(segment)?,
            "PR1" => reading.procedure(segment)?,
            "ORC" => reading.order_control(segment),
            "OBR" if is_document => {}
            "OBR" => reading.report(segment, is_report)?,
            "OBX" => reading.observation(segment)?,
            "TXA" => reading.document(segment)?,
            "NTE" => reading.note(segment),
            "RXO" if message.first("RXE").is_some() => {}
            "RXO" | "RXE" => reading.prescription(segment)?,
            "RXR" => reading.route(segment),
            "RXA" => reading.vaccination(segment)?,
            other => reading.leave_out(other),
        }
        if reading.made.len() > MOST_RESOURCES {
            return Err(Refusal::not_understood(Reason::Hl7TooManySegments));
        }
    }
    Ok(Mapped {
        sender: header.sender(),
        said_at: reading.clock.said_at(),
        day: header.at.as_deref().and_then(|at| reading.clock.date(at)),
        person: reading.person,
        made: reading.made,
        left_out: reading.left_out,
        merged_away,
        merged_name,
    })
}
