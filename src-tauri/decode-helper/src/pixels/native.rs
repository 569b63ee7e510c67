//! Pixels that are stored as they are (PS3.5 8.1, 8.2, annex D for the packing of bits).

use super::Samples;
use super::plan::{Photometric, PicturePlan};

/// The samples of one frame; `None` where the bytes do not reach.
///
/// `words` tells that the value is written in 16-bit words (VR OW): in big endian the two bytes of each word then
/// stand the other way round, also where a word holds two 8-bit samples or sixteen 1-bit samples.
pub(super) fn samples(
    bytes: &[u8],
    plan: &PicturePlan,
    frame: u32,
    words: bool,
    big_endian: bool,
) -> Option<Samples> {
    let frame_bits = usize::try_from(plan.native_frame_bits()).ok()?;
    let first_bit = frame_bits.checked_mul(frame as usize)?;
    let swapped = words && big_endian;
    if plan.bits_allocated == 1 {
        let bit = |index: usize| -> Option<u8> {
            let byte = byte_at(bytes, index / 8, swapped)?;
            Some((byte >> (index % 8)) & 1)
        };
        let bits: Option<Vec<u8>> = (first_bit..first_bit + frame_bits).map(bit).collect();
        return bits.map(Samples::Bytes);
    }
    let start = first_bit / 8;
    let length = frame_bits / 8;
    match plan.bits_allocated {
        8 => {
            let stored: Vec<u8> = match swapped {
                false => bytes.get(start..start + length)?.to_vec(),
                true => (start..start + length).map(|at| byte_at(bytes, at, true)).collect::<Option<_>>()?,
            };
            Some(Samples::Bytes(in_pixel_order(stored, plan)))
        }
        16 => {
            let read = if big_endian { u16::from_be_bytes } else { u16::from_le_bytes };
            let stored = bytes.get(start..start + length)?;
            let stored = stored.chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect();
            Some(Samples::Words(in_pixel_order(stored, plan)))
        }
        // Of 32 bits at most the lower 16 hold the value: the plan has checked it.
        32 => {
            let stored = bytes.get(start..start + length)?;
            let low = |four: &[u8]| match big_endian {
                true => u16::from_be_bytes([four[2], four[3]]),
                false => u16::from_le_bytes([four[0], four[1]]),
            };
            Some(Samples::Words(stored.chunks_exact(4).map(low).collect()))
        }
        _ => None,
    }
}

fn byte_at(bytes: &[u8], at: usize, swapped: bool) -> Option<u8> {
    bytes.get(if swapped { at ^ 1 } else { at }).copied()
}

/// Colours by plane become colours by pixel; subsampled colour differences are given to both of their pixels.
fn in_pixel_order<T: Copy>(stored: Vec<T>, plan: &PicturePlan) -> Vec<T> {
    if plan.photometric == Photometric::YbrFull422 {
        // Y1 Y2 Cb Cr (PS3.3 C.7.6.3.1.2)
        return stored
            .chunks_exact(4)
            .flat_map(|four| [four[0], four[2], four[3], four[1], four[2], four[3]])
            .collect();
    }
    if !plan.by_plane {
        return stored;
    }
    let plane = stored.len() / 3;
    (0..plane).flat_map(|at| [stored[at], stored[plane + at], stored[2 * plane + at]]).collect()
}
