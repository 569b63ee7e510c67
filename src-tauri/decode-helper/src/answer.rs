//! One request, one answer: what the helper's loop calls for each message.

use crate::describe::{describe, frame_header};
use crate::photo;
use crate::pixels::{PicturePlan, Pixels, decode_frame};
use crate::protocol::{FrameHeader, MOST_PHOTO_SIDE, Refusal, RefusalCode, Reply, Request, THUMBNAIL_SIDE};
use crate::render::Picture;
use crate::start::Dicom;
use crate::window::Window;

/// Answers a request over the bytes of a file; a refusal is an answer too.
pub fn answer(request: &Request, file: &[u8]) -> (Reply, Vec<u8>) {
    let answered = match request {
        Request::Describe => Dicom::read(file)
            .and_then(|dicom| describe(&dicom))
            .map(|described| (Reply::Described(Box::new(described)), Vec::new())),
        Request::Frame { frame } => decoded(file, *frame)
            .map(|(header, pixels)| (Reply::Frame(Box::new(header)), pixels.into_bytes())),
        Request::Thumbnail { frame } => thumbnail(file, *frame),
        Request::Photo { side } => photo::renewed(file, (*side).clamp(1, MOST_PHOTO_SIDE))
            .map(|(header, jpeg)| (Reply::Photo(header), jpeg)),
        #[cfg(debug_assertions)]
        Request::Misbehave { how } => Err(crate::misbehave::misbehave(*how)),
    };
    answered.unwrap_or_else(|refusal| (Reply::Refused(refusal), Vec::new()))
}

fn decoded(file: &[u8], frame: u32) -> Result<(FrameHeader, Pixels), Refusal> {
    let dicom = Dicom::read(file)?;
    let plan = PicturePlan::read(&dicom)
        .map_err(|reason| Refusal { code: RefusalCode::NotDisplayable, reason: reason.to_owned() })?;
    let pixels = decode_frame(&dicom, &plan, frame)?;
    Ok((frame_header(&dicom, &plan, frame, &pixels), pixels))
}

fn thumbnail(file: &[u8], frame: u32) -> Result<(Reply, Vec<u8>), Refusal> {
    let (header, pixels) = decoded(file, frame)?;
    let window = Window::default_for(&header);
    let picture = Picture::of_frame(&header, &pixels.into_bytes(), window).map_err(|_| internal())?;
    let picture = picture.shrunk_to(THUMBNAIL_SIDE);
    let png = picture.to_png().map_err(|_| internal())?;
    Ok((Reply::Thumbnail { width: picture.width, height: picture.height }, png))
}

fn internal() -> Refusal {
    Refusal { code: RefusalCode::Internal, reason: "the picture could not be rendered".to_owned() }
}
