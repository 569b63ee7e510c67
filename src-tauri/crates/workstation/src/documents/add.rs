//! Adding a photo or paper, and taking it out again.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustcare_imaging::pool::DecodeError;
use rustcare_imaging::{MOST_PHOTO_SIDE, RefusalCode};
use rustcare_model::date_reading::read_typed;
use rustcare_model::document::DocumentKind;
use rustcare_model::reason::{Reason, Why};
use rustcare_vault::table::document::{self, MediaType, NewDocument};
use rustcare_vault::table::patient::{self, ChangedBy};

use super::{check_kind, permitted};
use crate::choke_point::Call;
use crate::contract::Empty;
use crate::contract::documents::{
    AddDocument, DocumentAdded, DocumentLooked, LookAtDocument, WithdrawDocument,
};
use crate::patients::patient_id;
use crate::problem::{Problem, ProblemCode};

/// Largest file that is taken, in bytes.
const MOST_BYTES: u64 = 64 << 20;
/// Longest side of what is shown before it is added, in pixels.
const PREVIEW_SIDE: u32 = 900;
/// Longest side of the small picture, in pixels.
const THUMBNAIL_SIDE: u32 = 160;
/// Bytes in which the beginning and the end of a PDF are looked for (ISO 32000-1 annex H.3, notes 13 and 18).
const PDF_EDGE: usize = 1024;

/// A file as it will be kept.
struct Made {
    media_type: MediaType,
    bytes: Vec<u8>,
    bytes_before: u64,
    size_before: Option<(u32, u32)>,
    size_after: Option<(u32, u32)>,
    had_location: bool,
}

/// A refusal of the chosen file.
fn of_file(why: impl Into<Why>) -> Problem {
    Problem { field: Some("entry_id".to_owned()), ..Problem::new(ProblemCode::UnreadableFile, why) }
}

fn read_file(path: &Path) -> Result<Vec<u8>, Problem> {
    let unreadable =
        |error: std::io::Error| of_file(Reason::DocumentUnreadable).because(error.kind().to_string());
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(of_file(Reason::DocumentUnreadable));
    }
    if metadata.len() > MOST_BYTES {
        return Err(of_file(Reason::DocumentTooLarge.with("megabytes", MOST_BYTES >> 20)));
    }
    fs::read(path).map_err(unreadable)
}

/// What a file is, told from how it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileForm {
    /// JPEG or PNG, which a decode helper reads.
    Picture,
    /// A picture of a telephone that is not taken; the refusal says what to do.
    Heic,
    Pdf,
}

impl FileForm {
    /// Pictures first: what a picture says beside its pixels may hold the first words of a PDF, and would be kept with it.
    fn of(start: &[u8]) -> Option<Self> {
        if start.starts_with(&[0xFF, 0xD8, 0xFF]) || start.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Picture)
        } else if is_heic(start) {
            Some(Self::Heic)
        } else if start[..start.len().min(PDF_EDGE)].windows(5).any(|w| w == b"%PDF-") {
            Some(Self::Pdf)
        } else {
            None
        }
    }
}

/// Whether a file begins as one that a chart can take, or as one for which the refusal says what to do.
pub(crate) fn begins_as_document(start: &[u8]) -> bool {
    FileForm::of(start).is_some()
}

/// The container of ISO/IEC 23008-12, which telephones write unless they are told not to.
fn is_heic(start: &[u8]) -> bool {
    start.get(4..8) == Some(b"ftyp")
        && start.get(8..12).is_some_and(|brand| {
            [b"heic", b"heix", b"mif1", b"heif", b"avif"].contains(&brand.try_into().unwrap_or(b"    "))
        })
}

fn made(call: &Call<'_>, path: &Path) -> Result<Made, Problem> {
    let file = read_file(path)?;
    let bytes_before = file.len() as u64;
    let form = FileForm::of(&file).ok_or_else(|| of_file(Reason::DocumentOtherKind))?;
    if form == FileForm::Pdf {
        let end = &file[file.len().saturating_sub(PDF_EDGE)..];
        if !end.windows(5).any(|w| w == b"%%EOF") {
            return Err(of_file(Reason::DocumentCutShort));
        }
        return Ok(Made {
            media_type: MediaType::Pdf,
            bytes: file,
            bytes_before,
            size_before: None,
            size_after: None,
            had_location: false,
        });
    }
    if form == FileForm::Heic {
        return Err(of_file(Reason::DocumentHeic));
    }
    let (header, jpeg) =
        call.workstation.decode_pool()?.photo(&file, MOST_PHOTO_SIDE).map_err(|e| not_made(&e))?;
    Ok(Made {
        media_type: MediaType::Jpeg,
        bytes: jpeg,
        bytes_before,
        size_before: Some((header.from_width, header.from_height)),
        size_after: Some((header.width, header.height)),
        had_location: header.had_location,
    })
}

fn not_made(error: &DecodeError) -> Problem {
    let reason = match error {
        DecodeError::Refused(refusal) => Why::from(match refusal.code {
            RefusalCode::NotAPhoto => Reason::DocumentOtherKind,
            RefusalCode::OverLimit => Reason::DocumentTooManyPixels,
            _ => Reason::DocumentCutShort,
        }),
        DecodeError::Start(_) => {
            return Problem::new(ProblemCode::Internal, Reason::DecoderNotStarting);
        }
        DecodeError::TooLarge => Reason::DocumentTooLarge.with("megabytes", MOST_BYTES >> 20),
        // Its memory or its time did not suffice, whatever the size that the file declares.
        DecodeError::TimedOut | DecodeError::Died | DecodeError::Answer => Reason::DocumentTooMuchWork.into(),
    };
    of_file(reason).because(error.to_string())
}

/// What would be kept, before anything is.
pub fn look_at_document(call: &mut Call<'_>, input: LookAtDocument) -> Result<DocumentLooked, Problem> {
    let place = call.workstation.place(&input.entry_id)?;
    let made = made(call, &place.path)?;
    let picture = match made.media_type {
        MediaType::Jpeg => {
            let small = call.workstation.decode_pool()?.photo(&made.bytes, PREVIEW_SIDE);
            Some(STANDARD.encode(small.map_err(|e| not_made(&e))?.1))
        }
        MediaType::Pdf => None,
    };
    Ok(DocumentLooked {
        form: super::form_of(made.media_type),
        bytes_before: made.bytes_before,
        bytes_after: made.bytes.len() as u64,
        size_before: made.size_before,
        size_after: made.size_after,
        had_location: made.had_location,
        picture,
        content_hash: blake3::hash(&made.bytes).to_hex().to_string(),
    })
}

pub fn add_document(call: &mut Call<'_>, input: AddDocument) -> Result<DocumentAdded, Problem> {
    let id = patient_id(&input.patient_id)?;
    call.is_about(id.to_string());
    check_kind(call, input.kind)?;
    let settings = call.settings()?;
    let today = settings.today();
    let date = match input.date.trim() {
        "" => None,
        typed => {
            let read = read_typed(typed, settings.form_rules().date_order, today);
            let date = read.map_err(|refusal| Problem::at("date", refusal.why))?;
            if date > today {
                return Err(Problem::at("date", Reason::DocumentDateInFuture));
            }
            Some(date.to_string())
        }
    };
    let title = input.title.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.chars().any(char::is_control) {
        return Err(Problem::at("title", Reason::DocumentTitle));
    }
    let place = call.workstation.place(&input.entry_id)?;
    let made = made(call, &place.path)?;
    // A scanner writes the next paper over the last one: what was not seen does not come into a chart.
    let hash = blake3::hash(&made.bytes);
    if hash.to_hex().as_str() != input.content_hash {
        return Err(of_file(Reason::DocumentChanged));
    }
    if input.kind == DocumentKind::Photo && made.media_type == MediaType::Pdf {
        return Err(Problem::at("kind", Reason::DocumentFaceIsPicture));
    }
    let thumbnail = match made.media_type {
        MediaType::Jpeg => {
            let pool = call.workstation.decode_pool()?;
            Some(pool.photo(&made.bytes, THUMBNAIL_SIDE).map_err(|e| not_made(&e))?.1)
        }
        MediaType::Pdf => None,
    };
    let vault = call.vault()?.clone();
    // Asked before the file is written: a backup that runs beside this would miss a file that goes again at once.
    let is_there = vault.read(|t| {
        let row = patient::by_id(t, id)?.row;
        document::is_there(t, row, hash.as_bytes(), input.kind)
    })?;
    if is_there {
        return Err(of_file(Reason::DocumentThere));
    }
    let blob = vault.blobs().write(&made.bytes)?;
    let (person, role) = (call.actor()?.person.clone(), call.role());
    let at = rustcare_vault::vault::timestamp();
    let added = call.write(|t, told| {
        let stored = patient::by_id(t, id)?;
        told.subject = Some(stored.patient.id.to_string());
        let new = NewDocument {
            patient: stored.row,
            kind: input.kind,
            title: &title,
            date: date.as_deref(),
            media_type: made.media_type,
            bytes: made.bytes.len() as i64,
            content_hash: hash.as_bytes(),
            blob,
            thumbnail: thumbnail.as_deref(),
        };
        let number = document::insert(t, &new, ChangedBy { at: &at, person: &person, role })?;
        told.details = Some(format!("document {number} ({}) added", input.kind.as_str()));
        Ok(number)
    });
    match added {
        Ok(number) => Ok(DocumentAdded { document_id: number.to_string() }),
        Err(problem) => {
            // No row points to it.
            let _ = vault.blobs().remove(blob);
            Err(match problem.code {
                ProblemCode::AlreadyExists => of_file(Reason::DocumentThere),
                _ => problem,
            })
        }
    }
}

pub fn withdraw_document(call: &mut Call<'_>, input: WithdrawDocument) -> Result<Empty, Problem> {
    let (row, patient) = permitted(call, &input.document_id)?;
    let reason = input.reason.split_whitespace().collect::<Vec<_>>().join(" ");
    if reason.chars().count() < 3 {
        return Err(Problem::at("reason", Reason::DocumentReason));
    }
    let (person, role) = (call.actor()?.person.clone(), call.role());
    let at = rustcare_vault::vault::timestamp();
    call.write(|t, told| {
        if !document::withdraw(t, row.document, &reason, ChangedBy { at: &at, person: &person, role })? {
            return Err(Problem::new(ProblemCode::Conflict, Reason::DocumentWithdrawn));
        }
        *told = super::told(&patient, &row, "taken out of the chart");
        Ok(Empty {})
    })
}
