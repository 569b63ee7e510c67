//! MSH: who sends what to whom, when, and under which number.

use rustcare_model::reason::Reason;

use super::message::{Message, Separators};
use super::refusal::{Place, Refusal};

/// What MSH says, as far as it can be read; a refusal is acknowledged by it too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// MSH-3 as it came.
    pub application: String,
    /// MSH-4 as it came.
    pub facility: String,
    /// MSH-5 as it came.
    pub to_application: String,
    /// MSH-6 as it came.
    pub to_facility: String,
    /// MSH-7.
    pub at: Option<String>,
    /// MSH-9.1, for example `ADT`.
    pub kind: String,
    /// MSH-9.2, for example `A01`.
    pub event: String,
    /// MSH-10.
    pub control_id: String,
    /// MSH-11 as it came.
    pub processing: String,
    /// MSH-12.1.
    pub version: String,
    /// MSH-1 and MSH-2.
    pub separators: Separators,
}

/// Longest MSH-10 that is looked up; the standard allows 199.
const LONGEST_ID: usize = 199;

/// Only what a code may hold: whatever else stands there could be anything, and is shown and logged.
fn code(text: Option<String>) -> String {
    let text = text.unwrap_or_default();
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')).take(12).collect()
}

/// What the first line says, of bytes whose rest cannot be read; nothing where it is no MSH.
pub fn of_start(bytes: &[u8]) -> Header {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    let line = start.trim_start_matches('\u{feff}').split(['\r', '\n']).next().unwrap_or_default();
    Message::parse(line.to_owned()).map(|m| Header::of(&m)).unwrap_or_default()
}

impl Header {
    /// Reads MSH.
    pub fn of(message: &Message) -> Self {
        let Some(msh) = message.first("MSH") else { return Self::default() };
        let written = |field: usize| msh.field(field).written().trim().chars().take(227).collect::<String>();
        let (mut kind, mut event) = (code(msh.value(9)), code(msh.field(9).component(2).value()));
        if event.is_empty() {
            // 2.1 and some senders write the structure's name: ADT_A01.
            if let Some((before, after)) = kind.clone().split_once('_') {
                (kind, event) = (before.to_owned(), after.to_owned());
            } else if let Some(evn) = message.first("EVN") {
                event = code(evn.value(1));
            }
        }
        Self {
            application: written(3),
            facility: written(4),
            to_application: written(5),
            to_facility: written(6),
            at: msh.value(7),
            kind,
            event,
            control_id: msh.value(10).unwrap_or_default().chars().take(LONGEST_ID).collect(),
            processing: written(11),
            version: code(msh.value(12)),
            separators: message.separators(),
        }
    }

    /// `ADT^A01`.
    pub fn type_name(&self) -> String {
        if self.event.is_empty() { self.kind.clone() } else { format!("{}^{}", self.kind, self.event) }
    }

    /// The sender, under whom its control ids are known; `None` where nobody is named.
    pub fn sender(&self) -> Option<String> {
        let said = |text: &str| text.chars().any(char::is_alphanumeric);
        (said(&self.application) || said(&self.facility))
            .then(|| format!("{}|{}", self.application, self.facility))
    }

    /// Whether what every message needs is there.
    ///
    /// # Errors
    /// No type, no control id, or a version outside 2.1 to 2.8.
    pub fn check(&self) -> Result<(), Refusal> {
        let at = |field| Place::field("MSH", 1, field);
        if self.kind.is_empty() {
            return Err(Refusal::not_taken(Reason::Hl7TypeMissing, 200).at(at(9)));
        }
        let minor = self.version.strip_prefix("2.").and_then(|rest| rest.chars().next());
        if !minor.is_some_and(|minor| ('1'..='8').contains(&minor)) {
            return Err(Refusal::not_taken(Reason::Hl7Version, 203).at(at(12)));
        }
        if self.control_id.is_empty() {
            return Err(Refusal::missing(Reason::Hl7ControlIdMissing, at(10)));
        }
        Ok(())
    }

    /// Whether the message is for production (MSH-11, HL7 table 0103), or does not say.
    pub fn is_production(&self) -> bool {
        let code = self.processing.split(self.separators.component).next().unwrap_or_default().trim();
        matches!(code, "" | "P")
    }

    /// Whether the version is at least 2.`minor`.
    pub fn is_at_least(&self, minor: u8) -> bool {
        let said = self.version.strip_prefix("2.").and_then(|rest| rest.bytes().next()).unwrap_or(b'0');
        said >= b'0' + minor
    }
}
