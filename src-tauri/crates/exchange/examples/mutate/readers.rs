//! What each reader must hold, whatever bytes it is given. The fuzz targets (`src-tauri/fuzz`) share it.

use rustcare_exchange::canonical::content_hash;
use rustcare_exchange::fhir::reference::Entries;
use rustcare_exchange::fhir::{patient, record};
use rustcare_exchange::hl7::mllp::{Frames, framed};
use rustcare_exchange::hl7::receive::look;
use rustcare_exchange::hl7::{batch, charset, veil};
use rustcare_exchange::table::dialect::DialectChoice;
use rustcare_exchange::table::{Table, TableChoice};
use rustcare_model::clinical_record::RecordKind;

/// A message, or a file of many.
pub fn message(bytes: &[u8]) {
    let zone = jiff::tz::TimeZone::UTC;
    for stretch in batch::cut(bytes) {
        let _ = look(stretch.bytes, &zone);
        let text = charset::shown(stretch.bytes);
        assert_eq!(veil::unveiled(&veil::shown(&text), &text), Ok(text.clone()), "the veil lost something");
        let _ = charset::encode(&text);
    }
}

/// A table with its rows.
pub fn table(bytes: &[u8]) {
    let Ok(table) = Table::read(bytes, "changed.csv".into(), &DialectChoice::default()) else { return };
    assert_eq!(table.fields(&TableChoice::default()).len(), table.names.len());
    let mut before = 0;
    for row in table.rows() {
        assert!(row.line > before, "lines of a table rise");
        before = row.line;
    }
}

/// A resource, read as each kind.
pub fn resource(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let today = jiff::civil::date(2026, 11, 24);
    let _ = patient::read(&text, "US", today);
    for kind in RecordKind::ALL {
        let _ = record::read(kind, "b", &text, &Entries::default());
    }
    let _ = content_hash(&text);
}

/// A stream of frames gives the same frames however it is cut. `below` answers with a number below another.
pub fn stream(bytes: &[u8], mut below: impl FnMut(usize) -> usize) {
    let bytes = if below(2) == 0 { framed(bytes) } else { bytes.to_vec() };
    let limit = 1 + below(600);
    let mut whole = Frames::with_limit(limit);
    let mut events = whole.push(&bytes);
    events.extend(whole.finish());
    let mut pieces = Frames::with_limit(limit);
    let mut again = Vec::new();
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(1 + below(rest.len()));
        again.extend(pieces.push(piece));
        rest = after;
    }
    again.extend(pieces.finish());
    assert_eq!(events, again, "the cuts of a stream changed its frames");
}
