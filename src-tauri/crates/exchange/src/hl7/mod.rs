//! HL7 v2 (2.1 to 2.8): messages of other systems, one patient each.
//!
//! Source: HL7 Version 2 chapters 2 (control), 2A (data types), 3 (ADT), 4 (orders, vaccinations), 7 (observations), 9
//! (documents); the way to FHIR R4 follows HL7's "V2 to FHIR" guide, <https://hl7.org/fhir/uv/v2mappings/>. A message becomes
//! FHIR resources first and goes through the same readers and writers as a bundle does, so that titles, dates and
//! amounts read alike wherever they came from.
//!
//! | module | what it knows |
//! |---|---|
//! | [`message`] | separators, segments, fields; nothing is copied but the text itself |
//! | [`escape`] | `\F\`, `\S\`, `\X41\`, `\.br\` … and back |
//! | [`charset`] | bytes to text by MSH-18 |
//! | [`batch`] | files of messages (FHS, BHS), stray bytes between them |
//! | [`header`] | who sends what: MSH |
//! | [`refusal`] | why a message is refused, where in it, and how that is acknowledged |
//! | [`ack`] | the acknowledgement |
//! | [`time`], [`coding`] | time stamps, numbers, codes and identifiers as FHIR writes them |
//! | [`person`], [`visit`], [`orders`], [`results`] | segments to FHIR resources |
//! | [`map`] | a message to all its resources |
//! | `who` | whose it is: the record, confirmed, and brought up to date |
//! | `over` | what it says of the person over what the register knows |
//! | `again`, `said` | which visit and results it speaks of again, and what it says over what was said before |
//! | [`receive`] | a message into the vault, once, all of it or nothing |
//! | [`files`] | files and folders as one import |
//! | [`mllp`] | frames on a stream |

pub mod ack;
mod again;
pub mod batch;
pub mod charset;
pub mod coding;
pub mod escape;
pub mod files;
pub mod header;
pub mod map;
pub mod message;
pub mod mllp;
pub mod orders;
mod over;
pub mod person;
pub mod receive;
pub mod refusal;
pub mod results;
mod said;
pub mod time;
pub mod veil;
pub mod visit;
mod who;
mod write;
