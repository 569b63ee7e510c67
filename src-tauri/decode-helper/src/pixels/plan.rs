//! How a file's picture is to be read, or why it cannot be.

use std::borrow::Cow;
use std::ops::Range;

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};

use super::colour::Palette;
use super::jpeg;
use crate::data_set::DataSet;
use crate::protocol::{MAX_FRAME_BYTES, Refusal, RefusalCode};
use crate::scan::Content;
use crate::start::{Dicom, EXPLICIT_VR_BIG_ENDIAN, TransferSyntax};

/// How the pixels of a frame are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// As they are.
    Native,
    /// RLE Lossless (PS3.5 annex G).
    Rle,
    /// JPEG baseline, extended with 8 bits, or lossless.
    Jpeg,
}

/// What the samples mean (PS3.3 C.7.6.3.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Photometric {
    /// One sample, grey.
    Monochrome {
        /// MONOCHROME1: the smallest value is white.
        inverted: bool,
    },
    /// Three samples: red, green, blue.
    Rgb,
    /// Three samples: luminance and two colour differences.
    YbrFull,
    /// The same with one pair of colour differences for two pixels of a row.
    YbrFull422,
    /// One sample: an index into a table of colours.
    Palette(Palette),
}

/// A picture that can be read.
#[derive(Debug, Clone)]
pub struct PicturePlan {
    /// Rows, at least 1.
    pub rows: u16,
    /// Columns, at least 1.
    pub columns: u16,
    /// Frames, at least 1.
    pub frames: u32,
    /// 1 or 3.
    pub samples_per_pixel: u16,
    /// 1, 8, 16 or 32.
    pub bits_allocated: u16,
    /// 1 to 16, at most `bits_allocated`.
    pub bits_stored: u16,
    /// Position of the most significant stored bit.
    pub high_bit: u16,
    /// Two's complement.
    pub signed: bool,
    /// Colours by plane (Planar Configuration 1).
    pub by_plane: bool,
    /// What the samples mean.
    pub photometric: Photometric,
    /// How they are coded.
    pub coding: Coding,
    pub(super) pixels: CodedPixels,
}

#[derive(Debug, Clone)]
pub(super) enum CodedPixels {
    Native {
        range: Range<usize>,
        /// Written as 16-bit words (VR OW), which matters for bytes in big endian.
        words: bool,
    },
    Encapsulated {
        fragments: Fragments,
    },
}

impl PicturePlan {
    /// Reads the picture's description and checks that it can be shown faithfully.
    ///
    /// # Errors
    /// The reason why not, as a plain phrase without values from the file.
    pub fn read(dicom: &Dicom<'_>) -> Result<Self, &'static str> {
        let data_set = dicom.data_set();
        let Some((vr, content)) = dicom.pixel_data() else {
            return Err(
                match data_set.has(tags::FLOAT_PIXEL_DATA) || data_set.has(tags::DOUBLE_FLOAT_PIXEL_DATA) {
                    true => "its pixels are floating-point numbers, which are not shown yet",
                    false => "the file holds no picture",
                },
            );
        };
        let coding = coding(dicom.transfer_syntax())?;
        if data_set.has(tags::MODALITY_LUT_SEQUENCE) {
            return Err("its values go through a modality table, which is not applied yet");
        }
        let rows = positive(&data_set, tags::ROWS).ok_or("the number of rows is missing or invalid")?;
        let columns =
            positive(&data_set, tags::COLUMNS).ok_or("the number of columns is missing or invalid")?;
        let frames = match data_set.text(tags::NUMBER_OF_FRAMES) {
            None => 1,
            Some(text) => {
                text.parse().ok().filter(|frames| *frames > 0).ok_or("the number of frames is invalid")?
            }
        };
        let samples_per_pixel = match data_set.integer(tags::SAMPLES_PER_PIXEL) {
            Some(1) | None => 1,
            Some(3) => 3,
            Some(_) => return Err("it has neither one nor three samples a pixel"),
        };
        let photometric = photometric(&data_set, samples_per_pixel)?;
        let bits_allocated = match data_set.integer(tags::BITS_ALLOCATED) {
            Some(bits @ (1 | 8 | 16 | 32)) => bits as u16,
            Some(_) => return Err("its samples take neither 1, 8, 16 nor 32 bits"),
            None => return Err("the number of bits a sample takes is missing"),
        };
        let bits_stored = match data_set.integer(tags::BITS_STORED) {
            Some(bits @ 1..=16) if bits <= i64::from(bits_allocated) => bits as u16,
            Some(17..=32) => return Err("its values have more than 16 bits, which are not shown yet"),
            Some(_) => return Err("the number of stored bits is invalid"),
            None => bits_allocated.min(16),
        };
        let high_bit = match data_set.integer(tags::HIGH_BIT) {
            None => bits_stored - 1,
            Some(bit) if bit >= i64::from(bits_stored) - 1 && bit < i64::from(bits_allocated.min(16)) => {
                bit as u16
            }
            Some(_) => return Err("the position of the stored bits is invalid"),
        };
        let signed = match data_set.integer(tags::PIXEL_REPRESENTATION) {
            None | Some(0) => false,
            Some(1) => true,
            Some(_) => return Err("whether its values are signed is not told validly"),
        };
        let by_plane = match data_set.integer(tags::PLANAR_CONFIGURATION) {
            None | Some(0) => false,
            Some(1) => samples_per_pixel == 3,
            Some(_) => return Err("the order of its colours is not told validly"),
        };
        if samples_per_pixel == 3 && !(bits_allocated == 8 || bits_allocated == 16) {
            return Err("its colours take neither 8 nor 16 bits");
        }
        if samples_per_pixel == 3 && (signed || high_bit + 1 != bits_stored || bits_stored < 8) {
            return Err("its colours are stored in an unusual way");
        }
        let frame_bytes = u64::from(rows) * u64::from(columns) * u64::from(samples_per_pixel) * 4;
        if frame_bytes > MAX_FRAME_BYTES {
            return Err("a frame is larger than 256 MiB");
        }
        let mut plan = PicturePlan {
            rows,
            columns,
            frames,
            samples_per_pixel,
            bits_allocated,
            bits_stored,
            high_bit,
            signed,
            by_plane,
            photometric,
            coding,
            pixels: CodedPixels::Native { range: 0..0, words: false },
        };
        plan.pixels = match content {
            Content::CutPixels => return Err("the file ends in the middle of the picture"),
            Content::Items(_) => return Err("the picture is not stored as the standard says"),
            Content::Value(range) => {
                if declared_encapsulated(dicom.transfer_syntax()) {
                    return Err("the picture is not coded as the file declares");
                }
                plan.check_native_length(range.len() as u64)?;
                CodedPixels::Native { range: range.clone(), words: vr == VR::OW }
            }
            Content::Fragments { offset_table, fragments } => {
                if coding == Coding::Native && !declared_encapsulated(dicom.transfer_syntax()) {
                    return Err("the picture is not coded as the file declares");
                }
                let fragments = Fragments::read(dicom, offset_table, fragments, &plan)?;
                CodedPixels::Encapsulated { fragments }
            }
        };
        plan.check_coded(dicom)?;
        Ok(plan)
    }

    /// Bits that one frame takes when it is stored natively.
    pub(super) fn native_frame_bits(&self) -> u64 {
        let pixels = u64::from(self.rows) * u64::from(self.columns);
        match self.photometric {
            Photometric::YbrFull422 => pixels * 2 * u64::from(self.bits_allocated),
            _ => pixels * u64::from(self.samples_per_pixel) * u64::from(self.bits_allocated),
        }
    }

    fn check_native_length(&self, length: u64) -> Result<(), &'static str> {
        let bits = self.native_frame_bits().checked_mul(u64::from(self.frames)).ok_or("it is too large")?;
        let needed = bits.div_ceil(8);
        if length < needed {
            return Err("the pixel data is shorter than the picture it declares");
        }
        let full = u64::from(self.rows) * u64::from(self.columns) * 3 * u64::from(self.frames);
        if self.photometric == Photometric::YbrFull422 {
            if length >= full {
                return Err("whether its colours are subsampled is in doubt");
            }
            if self.columns % 2 == 1 || self.bits_allocated != 8 {
                return Err("its colours are subsampled in an unusual way");
            }
        }
        Ok(())
    }

    fn check_coded(&self, dicom: &Dicom<'_>) -> Result<(), &'static str> {
        let CodedPixels::Encapsulated { fragments } = &self.pixels else {
            return Ok(());
        };
        match self.coding {
            Coding::Rle if self.photometric == Photometric::YbrFull422 => {
                Err("its colours are subsampled in an unusual way")
            }
            Coding::Rle if self.bits_allocated == 1 => Err("its samples take neither 8 nor 16 bits"),
            Coding::Jpeg => {
                let coded =
                    fragments.frame(dicom, 0).map_err(|_| "a frame cannot be found in the pixel data")?;
                jpeg::check(&coded, self)
            }
            Coding::Rle | Coding::Native => Ok(()),
        }
    }
}

fn positive(data_set: &DataSet<'_>, tag: dicom_core::Tag) -> Option<u16> {
    u16::try_from(data_set.integer(tag)?).ok().filter(|value| *value > 0)
}

fn photometric(data_set: &DataSet<'_>, samples: u16) -> Result<Photometric, &'static str> {
    let term = data_set.text(tags::PHOTOMETRIC_INTERPRETATION);
    match (term.as_deref(), samples) {
        (Some("MONOCHROME1"), 1) => Ok(Photometric::Monochrome { inverted: true }),
        (Some("MONOCHROME2"), 1) => Ok(Photometric::Monochrome { inverted: false }),
        (Some("PALETTE COLOR"), 1) => Palette::read(data_set).map(Photometric::Palette),
        (Some("RGB"), 3) => Ok(Photometric::Rgb),
        (Some("YBR_FULL"), 3) => Ok(Photometric::YbrFull),
        (Some("YBR_FULL_422"), 3) => Ok(Photometric::YbrFull422),
        (None, _) => Err("it is not told what its samples mean"),
        (Some(_), _) => Err("its samples mean a colour or grey that is not read yet"),
    }
}

fn declared_encapsulated(syntax: &TransferSyntax) -> bool {
    !matches!(
        syntax.uid(),
        uids::IMPLICIT_VR_LITTLE_ENDIAN
            | uids::EXPLICIT_VR_LITTLE_ENDIAN
            | EXPLICIT_VR_BIG_ENDIAN
            | uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN
    )
}

fn coding(syntax: &TransferSyntax) -> Result<Coding, &'static str> {
    match syntax.uid() {
        uids::IMPLICIT_VR_LITTLE_ENDIAN
        | uids::EXPLICIT_VR_LITTLE_ENDIAN
        | EXPLICIT_VR_BIG_ENDIAN
        | uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN
        | uids::ENCAPSULATED_UNCOMPRESSED_EXPLICIT_VR_LITTLE_ENDIAN => Ok(Coding::Native),
        uids::RLE_LOSSLESS => Ok(Coding::Rle),
        uids::JPEG_BASELINE8_BIT
        | uids::JPEG_EXTENDED12_BIT
        | uids::JPEG_LOSSLESS
        | uids::JPEG_LOSSLESS_SV1 => Ok(Coding::Jpeg),
        uids::JPEGLS_LOSSLESS | uids::JPEGLS_NEAR_LOSSLESS => Err("JPEG-LS is not read yet"),
        uids::JPEG2000_LOSSLESS | uids::JPEG2000 | uids::JPEG2000MC_LOSSLESS | uids::JPEG2000MC => {
            Err("JPEG 2000 is not read yet")
        }
        uids::HTJ2K | uids::HTJ2K_LOSSLESS | uids::HTJ2K_LOSSLESS_RPCL => {
            Err("High-Throughput JPEG 2000 is not read yet")
        }
        uid if uid.starts_with("1.2.840.10008.1.2.4.10") => Err("it is a video, which is not shown yet"),
        _ => Err("the way its pixels are coded is not known"),
    }
}

/// The coded frames of encapsulated pixel data: which fragments belong to which frame.
#[derive(Debug, Clone)]
pub(super) struct Fragments {
    frames: Vec<Vec<Range<usize>>>,
}

impl Fragments {
    /// Assigns fragments to frames: one each, all to a single frame, by the offset table, or by JPEG's start marker
    /// (PS3.5 A.4).
    fn read(
        dicom: &Dicom<'_>,
        offset_table: &Range<usize>,
        fragments: &[Range<usize>],
        plan: &PicturePlan,
    ) -> Result<Self, &'static str> {
        let count = plan.frames as usize;
        let whole = |fragments: &[Range<usize>]| fragments.to_vec();
        if fragments.len() < count {
            return Err("the pixel data holds fewer frames than it declares");
        }
        let frames: Vec<Vec<Range<usize>>> = if count == 1 {
            vec![whole(fragments)]
        } else if fragments.len() == count {
            fragments.iter().map(|fragment| vec![fragment.clone()]).collect()
        } else {
            let starts = starts_by_offsets(dicom.bytes(offset_table), fragments)
                .or_else(|| (plan.coding == Coding::Jpeg).then(|| starts_by_marker(dicom, fragments)))
                .filter(|starts| starts.len() == count && starts.first() == Some(&0))
                .ok_or("which part of the pixel data belongs to which frame is not told")?;
            let ends = starts.iter().skip(1).copied().chain([fragments.len()]);
            starts.iter().zip(ends).map(|(start, end)| whole(&fragments[*start..end])).collect()
        };
        Ok(Fragments { frames })
    }

    /// The coded bytes of one frame.
    pub(super) fn frame<'a>(&self, dicom: &'a Dicom<'_>, frame: u32) -> Result<Cow<'a, [u8]>, Refusal> {
        match self.frames.get(frame as usize).map(Vec::as_slice) {
            None | Some([]) => {
                Err(Refusal { code: RefusalCode::NoSuchFrame, reason: "there is no such frame".to_owned() })
            }
            Some([fragment]) => Ok(Cow::Borrowed(dicom.bytes(fragment))),
            Some(fragments) => {
                Ok(Cow::Owned(fragments.iter().flat_map(|range| dicom.bytes(range)).copied().collect()))
            }
        }
    }
}

/// The index of each frame's first fragment, by the Basic Offset Table: offsets count from the first fragment's item.
fn starts_by_offsets(table: &[u8], fragments: &[Range<usize>]) -> Option<Vec<usize>> {
    let origin = fragments.first()?.start;
    let starts: Option<Vec<usize>> = table
        .chunks_exact(4)
        .map(|bytes| {
            let offset = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
            fragments.binary_search_by_key(&(origin + offset), |fragment| fragment.start).ok()
        })
        .collect();
    starts.filter(|starts| !starts.is_empty() && starts.is_sorted_by(|a, b| a < b))
}

fn starts_by_marker(dicom: &Dicom<'_>, fragments: &[Range<usize>]) -> Vec<usize> {
    let begins = |fragment: &Range<usize>| dicom.bytes(fragment).starts_with(&[0xFF, 0xD8, 0xFF]);
    fragments.iter().enumerate().filter(|(_, fragment)| begins(fragment)).map(|(index, _)| index).collect()
}
