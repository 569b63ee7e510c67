//! Frames and thumbnails: raw bytes, by the same permission and audit path as everything else.

use rustcare_vault::table::study as table;

use super::undecodable;
use crate::choke_point::{Bytes, Call};
use crate::contract::imaging::{ImageFrame, OneSeries};
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
    let row: i64 = input
        .image_id
        .parse()
        .map_err(|_| Problem::new(ProblemCode::NotFound, "This image is not known here."))?;
    let vault = call.vault()?.clone();
    let (image, study) = vault.read(|t| table::image_by_row(t, row))?;
    if call.workstation.has_opened_study(call.token(), study) {
        call.is_covered();
    } else {
        call.read(|_, told| {
            told.details = Some(format!("image {row} of study {study}"));
            Ok(())
        })?;
        call.workstation.note_opened_study(call.token(), study);
    }
    let file = vault.blobs().read(image.blob)?;
    let frame = call
        .workstation
        .decode_pool()?
        .frame(&file, input.frame)
        .map_err(|e| undecodable(&e))?;
    Ok(Bytes(frame.pack()))
}

pub fn series_thumbnail(call: &mut Call<'_>, input: OneSeries) -> Result<Bytes, Problem> {
    let row: i64 = input
        .series_id
        .parse()
        .map_err(|_| Problem::new(ProblemCode::NotFound, "This series is not known here."))?;
    let vault = call.vault()?.clone();
    let (png, study) = vault.read(|t| table::thumbnail(t, row))?;
    if call.workstation.has_opened_study(call.token(), study) {
        call.is_covered();
    } else {
        call.read(|_, told| {
            told.details = Some(format!("thumbnail of series {row} of study {study}"));
            Ok(())
        })?;
    }
    Ok(Bytes(png))
}
