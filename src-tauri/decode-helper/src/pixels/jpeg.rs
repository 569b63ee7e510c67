//! JPEG baseline, extended and lossless (ITU-T T.81; PS3.5 8.2.1, annex A.4.1).

use jpeg_decoder::{ColorTransform, Decoder, PixelFormat};

use super::Samples;
use super::plan::{Photometric, PicturePlan};

/// What the headers of a JPEG stream say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct StreamHeader {
    lossless: bool,
    precision: u8,
    rows: u16,
    columns: u16,
    components: u8,
    adobe_transform: Option<u8>,
}

/// Checks that the first frame's stream is one that can be decoded to the declared picture.
///
/// # Errors
/// The reason why not.
pub(super) fn check(coded: &[u8], plan: &PicturePlan) -> Result<(), &'static str> {
    let header = header(coded).ok_or("the JPEG stream has no valid header")?;
    if !header.lossless && header.precision != 8 {
        return Err("JPEG with 12 bits is not read yet");
    }
    if (header.rows, header.columns) != (plan.rows, plan.columns) {
        return Err("the JPEG stream has another size than the file declares");
    }
    if u16::from(header.components) != plan.samples_per_pixel {
        return Err("the JPEG stream has other colours than the file declares");
    }
    if u16::from(header.precision) > plan.bits_allocated {
        return Err("the JPEG stream has more bits than the file declares");
    }
    if plan.samples_per_pixel == 3 && header.precision != 8 {
        return Err("JPEG colours with other than 8 bits are not read yet");
    }
    Ok(())
}

/// The samples of one frame; `None` where the stream is damaged.
pub(super) fn samples(coded: &[u8], plan: &PicturePlan) -> Option<Samples> {
    check(coded, plan).ok()?;
    let header = header(coded)?;
    let mut decoder = Decoder::new(coded);
    decoder.set_max_decoding_buffer_size(plan.rows as usize * plan.columns as usize * 12 + (1 << 20));
    if plan.samples_per_pixel == 3 {
        decoder.set_color_transform(transform(&header, plan));
    }
    let decoded = decoder.decode().ok()?;
    match decoder.info()?.pixel_format {
        PixelFormat::L8 => Some(Samples::Bytes(decoded)),
        PixelFormat::L16 => Some(Samples::Words(
            decoded.chunks_exact(2).map(|pair| u16::from_ne_bytes([pair[0], pair[1]])).collect(),
        )),
        // The lossless process codes colours as they are; the others come out as RGB.
        PixelFormat::RGB24 if header.lossless && plan.photometric != Photometric::Rgb => {
            Some(Samples::Bytes(decoded))
        }
        PixelFormat::RGB24 => Some(Samples::Rgb(decoded)),
        PixelFormat::CMYK32 => None,
    }
}

/// The colour space of the stream: by Photometric Interpretation, unless Adobe's marker tells it.
fn transform(header: &StreamHeader, plan: &PicturePlan) -> ColorTransform {
    match (header.adobe_transform, &plan.photometric) {
        (Some(0), _) => ColorTransform::RGB,
        (Some(_), _) => ColorTransform::YCbCr,
        (None, Photometric::Rgb) => ColorTransform::RGB,
        (None, _) => ColorTransform::YCbCr,
    }
}

/// Walks the marker segments up to the frame header (ITU-T T.81 B.1.1, B.2.2).
fn header(coded: &[u8]) -> Option<StreamHeader> {
    let mut adobe_transform = None;
    let mut rest = coded.strip_prefix(&[0xFF, 0xD8])?;
    loop {
        let [0xFF, marker, after @ ..] = rest else {
            return None;
        };
        if *marker == 0xFF {
            rest = &rest[1..]; // fill byte
            continue;
        }
        let [high, low, ..] = after else { return None };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let segment = after.get(2..length.max(2))?;
        match marker {
            0xC0..=0xC3 => {
                let [precision, r1, r0, c1, c0, components, ..] = *segment else {
                    return None;
                };
                return Some(StreamHeader {
                    lossless: *marker == 0xC3,
                    precision,
                    rows: u16::from_be_bytes([r1, r0]),
                    columns: u16::from_be_bytes([c1, c0]),
                    components,
                    adobe_transform,
                });
            }
            0xEE if segment.starts_with(b"Adobe") => adobe_transform = segment.get(11).copied(),
            0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xD9 | 0xDA => return None,
            _ => {}
        }
        rest = &after[length.max(2)..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_header_is_found_behind_other_segments() {
        let mut stream = vec![0xFF, 0xD8, 0xFF, 0xEE, 0, 14];
        stream.extend_from_slice(b"Adobe\0\x64\0\0\0\0\x01");
        stream.extend_from_slice(&[0xFF, 0xFF, 0xC1, 0, 11, 12, 1, 0, 2, 0, 1, 1, 0x11, 0]);
        let found = header(&stream).unwrap();
        assert_eq!((found.precision, found.rows, found.columns, found.components), (12, 256, 512, 1));
        assert_eq!(found.adobe_transform, Some(1));
        assert!(!found.lossless);
    }

    #[test]
    fn streams_cut_short_have_no_header() {
        for stream in [&[][..], &[0xFF, 0xD8], &[0xFF, 0xD8, 0xFF], &[0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF]] {
            assert_eq!(header(stream), None);
        }
    }
}
