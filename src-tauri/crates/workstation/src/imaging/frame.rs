//! Frames and thumbnails: raw bytes, by the same permission and audit path as everything else.

use rustcare_imaging::frame::Frame;
use rustcare_imaging::window::Window;
use rustcare_model::reason::Reason;
use rustcare_vault::table::{image, study as table};

use super::undecodable;
use crate::choke_point::{Bytes, Call, Told};
use crate::contract::exchange::HandedOut;
use crate::contract::imaging::{ExportImage, ImageFrame, OneSeries};
use crate::problem::{Problem, ProblemCode};
use crate::workstation::Workstation;

impl Workstation {
    /// Remembers that a session has opened a study: the entry of that act covers its frames, so that scrolling through
    /// 400 slices does not bury the trail under 400 entries.
    pub(crate) fn note_opened_study(&self, token: Option<&str>, study: i64) {
        if let Some(token) = token {
            self.opened_studies.insert((token.to_owned(), study), ());
        }
    }

    fn has_opened_study(&self, token: Option<&str>, study: i64) -> bool {
        token.is_some_and(|t| self.opened_studies.contains_key(&(t.to_owned(), study)))
    }
}

pub fn image_frame(call: &mut Call<'_>, input: ImageFrame) -> Result<Bytes, Problem> {
    decoded(call, &input.image_id, input.frame).map(|frame| Bytes(frame.pack()))
}

/// The patient whom a study belongs to, so that the look is in that patient's list of accesses.
fn patient_of(connection: &rusqlite::Connection, study: i64) -> Result<Option<String>, Problem> {
    let linked = table::by_row(connection, study)?.patient;
    let stored = linked.map(|row| rustcare_vault::table::patient::by_row(connection, row)).transpose()?;
    Ok(stored.map(|s| s.patient.id.to_string()))
}

/// The decoded frame of an image, its look covered by the trail.
fn decoded(call: &Call<'_>, image_id: &str, frame: u32) -> Result<Frame, Problem> {
    let row: i64 = image_id.parse().map_err(|_| Problem::new(ProblemCode::NotFound, Reason::ImageUnknown))?;
    let vault = call.vault()?.clone();
    let (image, study) = vault.read(|t| image::by_row(t, row))?;
    if call.workstation.has_opened_study(call.token(), study) {
        call.is_covered();
    } else {
        call.read(|t, told| {
            told.subject = patient_of(t, study)?;
            told.details = Some(format!("image {row} of study {study}"));
            Ok(())
        })?;
        call.workstation.note_opened_study(call.token(), study);
    }
    let file = vault.blobs().read(image.blob)?;
    call.workstation.decode_pool()?.frame(&file, frame).map_err(|e| undecodable(&e))
}

/// A picture that leaves has an entry of its own, opened study or not.
pub fn export_image(call: &mut Call<'_>, input: ExportImage) -> Result<HandedOut, Problem> {
    let frame = decoded(call, &input.image_id, input.frame)?;
    let window = match input.window {
        None => None,
        Some((center, width)) => {
            Some(Window::new(center, width).ok_or_else(|| Problem::at("window", Reason::WindowTooNarrow))?)
        }
    };
    let png = frame.to_png(window).map_err(|e| {
        Problem::new(ProblemCode::UnreadableFile, Reason::PictureNotWritten).because(e.to_string())
    })?;
    let folder = match &input.place_id {
        Some(id) => call.workstation.place(id)?.path,
        None => crate::cohorts::documents(call)?,
    };
    let file =
        input.file_name.unwrap_or_else(|| format!("RustCare-image-{}-{}.png", input.image_id, input.frame));
    if file.contains(['/', '\\']) || file.starts_with('.') {
        return Err(Problem::at("file_name", Reason::PlainFileName));
    }
    let told = Told {
        subject: None,
        details: Some(format!("image {} frame {} handed out", input.image_id, input.frame)),
    };
    call.tell(rustcare_vault::Outcome::Done, &told)?;
    let file = crate::exchange::job::write_new(&folder, &file, &png)?;
    Ok(HandedOut { file })
}

pub fn series_thumbnail(call: &mut Call<'_>, input: OneSeries) -> Result<Bytes, Problem> {
    let row: i64 =
        input.series_id.parse().map_err(|_| Problem::new(ProblemCode::NotFound, Reason::SeriesUnknown))?;
    let vault = call.vault()?.clone();
    let (png, study) = vault.read(|t| table::thumbnail(t, row))?;
    if call.workstation.has_opened_study(call.token(), study) {
        call.is_covered();
    } else {
        call.read(|t, told| {
            told.subject = patient_of(t, study)?;
            told.details = Some(format!("thumbnail of series {row} of study {study}"));
            Ok(())
        })?;
    }
    Ok(Bytes(png))
}
