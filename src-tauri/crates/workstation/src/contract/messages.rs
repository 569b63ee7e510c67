//! HL7 v2 messages: what came, what waits and why, correcting, and the interface that other systems send to.

use rustcare_exchange::hl7::refusal::{AckCode, Place};
use rustcare_model::reason::Why;
use rustcare_patients::PatientHit;
use rustcare_vault::Role;
use rustcare_vault::Role::{Administrator, Clinician, FrontDesk, Nurse};
use rustcare_vault::table::hl7_message::MessageState;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::exchange::{BRING_IN, BringIn, JobStarted};
use super::{Access, Empty, use_cases};
use crate::exchange as act;

/// Roles that see messages and set refused ones right: a message holds what a chart holds.
const MESSAGES: &[Role] = &[Nurse, Clinician];
/// Roles that see what the interface does.
const INTERFACE: &[Role] = &[FrontDesk, Nurse, Clinician, Administrator];

/// Which messages, newest first.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ListMessages {
    /// Of one state, or all.
    pub state: Option<MessageState>,
    /// Most messages.
    #[validate(range(min = 1, max = 500))]
    pub limit: usize,
    /// Messages to pass over.
    pub offset: usize,
}

/// A message as the list shows it.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MessageRow {
    /// Names it.
    pub message_id: String,
    /// When it came.
    pub at: String,
    /// The file or the interface.
    pub origin: String,
    /// Who sent it, where it says so.
    pub sender: String,
    /// Its control id (MSH-10).
    pub control_id: String,
    /// `ADT^A01`.
    pub kind: String,
    /// Where it stands.
    pub state: MessageState,
    /// Whom it is about, where it was taken.
    pub patient: Option<PatientHit>,
    /// Why it is refused.
    pub why: Option<Why>,
    /// The same in English.
    pub reason: String,
    /// Where in it.
    pub place: Option<Place>,
    /// Segments that have no place in the chart.
    pub left_out: Vec<String>,
    /// What was answered.
    pub ack_code: Option<AckCode>,
    /// The refused message that this one replays.
    pub corrects: Option<String>,
    /// Who decided about it.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<String>,
    /// Why it was dismissed.
    pub decision: Option<String>,
}

/// How many messages there are.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // the states
pub struct MessageCounts {
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub taken: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub quarantined: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub replayed: i64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub dismissed: i64,
}

/// Messages of a page.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct MessageList {
    pub messages: Vec<MessageRow>,
    pub counts: MessageCounts,
}

/// Names a message.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct OneMessage {
    pub message_id: String,
}

/// A message with its text.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MessageView {
    /// As in the list.
    pub row: MessageRow,
    /// Its segments, one a line; social security and insurance numbers are veiled.
    pub lines: Vec<String>,
}

/// A message as a person corrected it, or as it is.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ReplayMessage {
    /// Names it.
    pub message_id: String,
    /// The corrected lines; none replays it as it came.
    #[validate(length(max = 20_000))]
    pub lines: Option<Vec<String>>,
}

/// What became of a replay. When it is refused again, nothing is changed and it waits on.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MessageReplayed {
    /// Whether it is in the chart now.
    pub taken: bool,
    /// Whom it is about.
    pub patient: Option<PatientHit>,
    /// Why it is refused again.
    pub why: Option<Why>,
    /// The same in English.
    pub reason: String,
    /// Where.
    pub place: Option<Place>,
}

/// A message that is not needed.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct DismissMessage {
    pub message_id: String,
    #[validate(length(min = 3, max = 500))]
    pub reason: String,
}

/// Where other systems may send to. Off until an administrator turns it on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct InterfaceSettings {
    /// Whether it listens while the vault is open.
    pub on: bool,
    /// TCP port.
    pub port: u16,
    /// Addresses or networks that may send; none: this machine only.
    #[validate(length(max = 100))]
    pub allow: Vec<String>,
    /// Whether senders must encrypt (MLLP over TLS 1.2 or 1.3).
    #[serde(default)]
    pub encrypted: bool,
    /// Names and addresses that senders know this machine by; they go into its certificate.
    #[serde(default)]
    #[validate(length(max = 20))]
    pub known_as: Vec<String>,
}

/// What senders are given so that they can know this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct InterfaceCertificate {
    /// The certificate, as a file holds it (PEM, RFC 7468).
    pub pem: String,
    /// SHA-256 of the certificate, in pairs of hexadecimal digits.
    pub fingerprint: String,
    /// Last day on which it is valid.
    pub until: String,
    /// Days until then; negative once it is past.
    pub days_left: i32,
    /// Names and addresses in it.
    pub names: Vec<String>,
}

/// What the interface does now.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct InterfaceState {
    /// As set.
    pub settings: InterfaceSettings,
    /// Whether the port is open.
    pub listening: bool,
    /// Address and port, where it is.
    pub address: Option<String>,
    /// Why it is not, where it should be.
    pub why: Option<Why>,
    /// Open connections.
    pub connections: usize,
    /// Messages taken since the vault was opened.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub taken: u64,
    /// Messages put in quarantine since then.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub quarantined: u64,
    /// Connections turned away: not on the list, or too many.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub turned_away: u64,
    /// When the last message came.
    pub last_at: Option<String>,
    /// Its certificate, where one was made.
    pub certificate: Option<InterfaceCertificate>,
}

use_cases! {
    room "messages";
    "Bring in HL7 messages"
    import_messages (BringIn) -> JobStarted, access Access::Roles(BRING_IN), trail Always, activity true, stale [Jobs, Messages, Patients, Chart, Cohorts], by act::import_messages::import_messages;
    "See HL7 messages"
    list_messages (ListMessages) -> MessageList, access Access::Roles(MESSAGES), trail Always, activity true, stale [], by act::messages::list_messages;
    "Open an HL7 message"
    open_message (OneMessage) -> MessageView, access Access::Roles(MESSAGES), trail Always, activity true, stale [], by act::messages::open_message;
    "Correct and replay a refused HL7 message"
    replay_message (ReplayMessage) -> MessageReplayed, access Access::Roles(MESSAGES), trail Always, activity true, stale [Messages, Patients, Chart, Cohorts], by act::messages::replay_message;
    "Dismiss a refused HL7 message"
    dismiss_message (DismissMessage) -> Empty, access Access::Roles(MESSAGES), trail Always, activity true, stale [Messages], by act::messages::dismiss_message;
    "See the HL7 interface"
    interface_state (Empty) -> InterfaceState, access Access::Roles(INTERFACE), trail Refusals, activity false, stale [], by act::interface::interface_state;
    "Set up the HL7 interface"
    set_interface (InterfaceSettings) -> InterfaceState, access Access::Roles(&[Administrator]), trail Always, activity true, stale [Messages], by act::interface::set_interface;
    "Make a new certificate for the HL7 interface"
    renew_interface_certificate (Empty) -> InterfaceState, access Access::Roles(&[Administrator]), trail Always, activity true, stale [Messages], by act::interface::renew_interface_certificate;
}
