//! The picture of a file: what its attributes say of it, whether it can be shown faithfully, and its frames.
//!
//! Where an attribute leaves a doubt the picture is not shown and the reason is given. Rules: PS3.3 C.7.6.3, PS3.5
//! section 8.

pub mod colour;
pub mod jpeg;
mod native;
mod plan;
pub mod rle;

pub use plan::{Coding, Photometric, PicturePlan};

use crate::protocol::{PixelKind, Refusal, RefusalCode};
use crate::start::Dicom;
use colour::Rgba;
use plan::CodedPixels;

/// The decoded pixels of one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pixels {
    /// Unsigned stored values.
    U16(Vec<u16>),
    /// Signed stored values.
    I16(Vec<i16>),
    /// Red, green, blue, opacity.
    Rgba8(Vec<u8>),
}

impl Pixels {
    /// The layout of these pixels.
    pub fn kind(&self) -> PixelKind {
        match self {
            Pixels::U16(_) => PixelKind::U16,
            Pixels::I16(_) => PixelKind::I16,
            Pixels::Rgba8(_) => PixelKind::Rgba8,
        }
    }

    /// The pixels as they travel: 16-bit values little-endian, or RGBA.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Pixels::U16(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Pixels::I16(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Pixels::Rgba8(bytes) => bytes,
        }
    }
}

/// Decodes one frame.
///
/// # Errors
/// [`RefusalCode::NoSuchFrame`], or [`RefusalCode::DamagedPixels`] where the coded pixels do not yield the picture
/// that the attributes declare.
pub fn decode_frame(dicom: &Dicom<'_>, plan: &PicturePlan, frame: u32) -> Result<Pixels, Refusal> {
    if frame >= plan.frames {
        return Err(Refusal { code: RefusalCode::NoSuchFrame, reason: "there is no such frame".to_owned() });
    }
    let samples = match &plan.pixels {
        CodedPixels::Native { range, words } => {
            native::samples(dicom.bytes(range), plan, frame, *words, dicom.encoding().is_big_endian())
        }
        CodedPixels::Encapsulated { fragments } => {
            let coded = fragments.frame(dicom, frame)?;
            match plan.coding {
                Coding::Rle => rle::samples(&coded, plan),
                Coding::Jpeg => jpeg::samples(&coded, plan),
                Coding::Native => native::samples(&coded, plan, 0, false, false),
            }
        }
    }
    .ok_or_else(damaged)?;
    picture(samples, plan).ok_or_else(damaged)
}

/// Samples of a frame as they are stored, unmasked; three-sample pixels are interleaved.
pub(crate) enum Samples {
    /// 8 bits allocated.
    Bytes(Vec<u8>),
    /// 16 bits allocated (or 32 of which at most 16 are stored).
    Words(Vec<u16>),
    /// Interleaved RGB, already converted from the colour space of the coding.
    Rgb(Vec<u8>),
}

fn picture(samples: Samples, plan: &PicturePlan) -> Option<Pixels> {
    let pixels = plan.rows as usize * plan.columns as usize;
    match &plan.photometric {
        Photometric::Monochrome { .. } => {
            let words = match samples {
                Samples::Bytes(bytes) => bytes.into_iter().map(u16::from).collect(),
                Samples::Words(words) => words,
                Samples::Rgb(_) => return None,
            };
            (words.len() == pixels).then(|| stored_values(words, plan))
        }
        Photometric::Palette(palette) => {
            let indices = match samples {
                Samples::Bytes(bytes) => bytes.into_iter().map(u16::from).collect(),
                Samples::Words(words) => words,
                Samples::Rgb(_) => return None,
            };
            if indices.len() != pixels {
                return None;
            }
            let rgba: Vec<u8> = match stored_values(indices, plan) {
                Pixels::U16(values) => {
                    values.iter().flat_map(|index| palette.color(i32::from(*index))).collect()
                }
                Pixels::I16(values) => {
                    values.iter().flat_map(|index| palette.color(i32::from(*index))).collect()
                }
                Pixels::Rgba8(_) => return None,
            };
            Some(Pixels::Rgba8(rgba))
        }
        Photometric::Rgb | Photometric::YbrFull | Photometric::YbrFull422 => {
            let convert = match (&plan.photometric, &samples) {
                (Photometric::Rgb, _) | (_, Samples::Rgb(_)) => colour::opaque as fn([u8; 3]) -> Rgba,
                _ => colour::ybr_full_to_rgb,
            };
            let bytes = match samples {
                Samples::Bytes(bytes) | Samples::Rgb(bytes) => bytes,
                // Sixteen stored bits a colour are brought to eight.
                Samples::Words(words) => {
                    let shift = plan.bits_stored.saturating_sub(8);
                    words.into_iter().map(|word| (word >> shift).min(255) as u8).collect()
                }
            };
            if bytes.len() != pixels * 3 {
                return None;
            }
            Some(Pixels::Rgba8(bytes.chunks_exact(3).flat_map(|c| convert([c[0], c[1], c[2]])).collect()))
        }
    }
}

/// Cuts the stored bits out of the allocated ones (PS3.5 8.1.1) and extends the sign.
fn stored_values(words: Vec<u16>, plan: &PicturePlan) -> Pixels {
    let unused = 16 - plan.bits_stored;
    let below = plan.high_bit + 1 - plan.bits_stored;
    if plan.signed {
        let sign = |word: u16| (((word >> below) << unused) as i16) >> unused;
        Pixels::I16(words.into_iter().map(sign).collect())
    } else {
        let mask = u16::MAX >> unused;
        Pixels::U16(words.into_iter().map(|word| (word >> below) & mask).collect())
    }
}

fn damaged() -> Refusal {
    Refusal {
        code: RefusalCode::DamagedPixels,
        reason: "the coded pixels do not yield the picture that the file declares".to_owned(),
    }
}
