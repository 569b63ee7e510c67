//! Photos and scans from cameras, telephones and scanners: decoded, set upright, made smaller, and written anew as JPEG.
//!
//! Only the picture is written. What the file said beside it (place, time, camera, owner, a preview of the picture before it
//! was cropped, colour profile, comments) is left behind with it.

use std::io::Cursor;

use exif::{Exif, In, Tag, Value};
use jpeg_decoder::PixelFormat;
use jpeg_encoder::{ColorType, Encoder};

use crate::protocol::{PhotoHeader, Refusal, RefusalCode};
use crate::render::Picture;

/// Largest picture that is read, in pixels: twice that of the largest telephone cameras.
pub const MOST_PIXELS: u64 = 120_000_000;

/// Quality of the JPEG, 1 to 100: print on paper stays legible, a photo shows no blocks.
const QUALITY: u8 = 88;

/// Reads a JPEG or PNG and writes it anew with its longest side at most `side` pixels.
///
/// # Errors
/// [`RefusalCode::NotAPhoto`] for other bytes, [`RefusalCode::OverLimit`], [`RefusalCode::DamagedPixels`].
pub fn renewed(file: &[u8], side: u32) -> Result<(PhotoHeader, Vec<u8>), Refusal> {
    let read = if file.starts_with(&[0xFF, 0xD8, 0xFF]) {
        read_jpeg(file)?
    } else if file.starts_with(b"\x89PNG\r\n\x1a\n") {
        read_png(file)?
    } else {
        return Err(refused(RefusalCode::NotAPhoto, "the file is neither a JPEG nor a PNG"));
    };
    let exif = read.exif.and_then(|block| exif::Reader::new().read_raw(block).ok());
    let turn = exif.as_ref().and_then(orientation).unwrap_or(1);
    let (from_width, from_height) = match turn {
        5..=8 => (read.picture.height, read.picture.width),
        _ => (read.picture.width, read.picture.height),
    };
    let picture = upright(read.picture.shrunk_to(side), turn);
    let header = PhotoHeader {
        width: picture.width,
        height: picture.height,
        from_width,
        from_height,
        had_location: exif.as_ref().is_some_and(names_a_place),
    };
    Ok((header, to_jpeg(&picture)?))
}

struct Read {
    picture: Picture,
    exif: Option<Vec<u8>>,
}

fn within_limit(width: u32, height: u32) -> Result<(), Refusal> {
    match u64::from(width) * u64::from(height) {
        0 => Err(refused(RefusalCode::DamagedPixels, "the picture is empty")),
        pixels if pixels > MOST_PIXELS => {
            Err(refused(RefusalCode::OverLimit, "the picture has more than 120 million pixels"))
        }
        _ => Ok(()),
    }
}

fn read_jpeg(file: &[u8]) -> Result<Read, Refusal> {
    let damaged = |_| refused(RefusalCode::DamagedPixels, "the JPEG is damaged or cut short");
    let mut decoder = jpeg_decoder::Decoder::new(file);
    decoder.read_info().map_err(damaged)?;
    let info = decoder.info().ok_or_else(|| refused(RefusalCode::DamagedPixels, "the JPEG is damaged"))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    within_limit(width, height)?;
    let decoded = decoder.decode().map_err(damaged)?;
    let (channels, samples) = match info.pixel_format {
        PixelFormat::L8 => (1, decoded),
        PixelFormat::L16 => (1, decoded.chunks_exact(2).map(|pair| pair[1]).collect()),
        PixelFormat::RGB24 => (3, decoded),
        // Without a profile there is no better answer than ink upon white.
        PixelFormat::CMYK32 => (3, decoded.chunks_exact(4).flat_map(ink_on_paper).collect()),
    };
    let exif = decoder.exif_data().map(<[u8]>::to_vec);
    Ok(Read { picture: whole(Picture { width, height, channels, samples })?, exif })
}

fn ink_on_paper(inks: &[u8]) -> [u8; 3] {
    let white_left = |ink: u8| 255 - u16::from(ink);
    [0, 1, 2].map(|at| (white_left(inks[at]) * white_left(inks[3]) / 255) as u8)
}

fn read_png(file: &[u8]) -> Result<Read, Refusal> {
    let damaged = |_| refused(RefusalCode::DamagedPixels, "the PNG is damaged or cut short");
    let mut decoder = png::Decoder::new(Cursor::new(file));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let info = decoder.read_header_info().map_err(damaged)?;
    let (width, height) = (info.width, info.height);
    within_limit(width, height)?;
    let mut reader = decoder.read_info().map_err(damaged)?;
    let size = reader.output_buffer_size();
    let size = size.ok_or_else(|| refused(RefusalCode::OverLimit, "the picture is too large"))?;
    let mut decoded = vec![0; size];
    let frame = reader.next_frame(&mut decoded).map_err(damaged)?;
    decoded.truncate(frame.buffer_size());
    let (channels, samples) = match frame.color_type {
        png::ColorType::Grayscale => (1, decoded),
        png::ColorType::GrayscaleAlpha => {
            (1, decoded.chunks_exact(2).map(|pair| on_white(pair[0], pair[1])).collect())
        }
        png::ColorType::Rgba => {
            let pixels = decoded.chunks_exact(4);
            (3, pixels.flat_map(|c| [0, 1, 2].map(|at| on_white(c[at], c[3]))).collect())
        }
        _ => (3, decoded),
    };
    // Where the chunk comes after the pixels it is known only at the end.
    let _ = reader.finish();
    let exif = reader.info().exif_metadata.as_deref().map(<[u8]>::to_vec);
    Ok(Read { picture: whole(Picture { width, height, channels, samples })?, exif })
}

fn on_white(value: u8, opacity: u8) -> u8 {
    let (value, opacity) = (u16::from(value), u16::from(opacity));
    ((value * opacity + 255 * (255 - opacity) + 127) / 255) as u8
}

fn whole(picture: Picture) -> Result<Picture, Refusal> {
    let expected = picture.width as usize * picture.height as usize * picture.channels;
    if picture.samples.len() == expected {
        Ok(picture)
    } else {
        Err(refused(RefusalCode::DamagedPixels, "the picture has fewer pixels than it declares"))
    }
}

/// Orientation (CIPA DC-008, tag 0112): 1 to 8.
fn orientation(exif: &Exif) -> Option<u32> {
    exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0).filter(|turn| (1..=8).contains(turn))
}

/// Whether the file said where it was taken.
fn names_a_place(exif: &Exif) -> bool {
    let coordinates = [Tag::GPSLatitude, Tag::GPSLongitude, Tag::GPSDestLatitude, Tag::GPSAreaInformation];
    exif.fields().any(|field| {
        let is_empty =
            matches!(&field.value, Value::Rational(numbers) if numbers.iter().all(|n| n.denom == 0));
        coordinates.contains(&field.tag) && !is_empty
    })
}

/// The picture as it was seen through the camera.
fn upright(picture: Picture, turn: u32) -> Picture {
    if turn == 1 {
        return picture;
    }
    let (width, height, channels) = (picture.width as usize, picture.height as usize, picture.channels);
    let (to_width, to_height) = if turn >= 5 { (height, width) } else { (width, height) };
    let mut samples = Vec::with_capacity(picture.samples.len());
    for y in 0..to_height {
        for x in 0..to_width {
            let (from_x, from_y) = match turn {
                2 => (width - 1 - x, y),
                3 => (width - 1 - x, height - 1 - y),
                4 => (x, height - 1 - y),
                5 => (y, x),
                6 => (y, height - 1 - x),
                7 => (width - 1 - y, height - 1 - x),
                _ => (width - 1 - y, x),
            };
            let at = (from_y * width + from_x) * channels;
            samples.extend_from_slice(&picture.samples[at..at + channels]);
        }
    }
    Picture { width: to_width as u32, height: to_height as u32, channels, samples }
}

fn to_jpeg(picture: &Picture) -> Result<Vec<u8>, Refusal> {
    let too_long = || refused(RefusalCode::OverLimit, "the picture is too long for a JPEG");
    let width = u16::try_from(picture.width).map_err(|_| too_long())?;
    let height = u16::try_from(picture.height).map_err(|_| too_long())?;
    let kind = if picture.channels == 1 { ColorType::Luma } else { ColorType::Rgb };
    let mut file = Vec::new();
    Encoder::new(&mut file, QUALITY)
        .encode(&picture.samples, width, height, kind)
        .map_err(|_| refused(RefusalCode::Internal, "the picture could not be written"))?;
    Ok(file)
}

fn refused(code: RefusalCode, reason: &str) -> Refusal {
    Refusal { code, reason: reason.to_owned() }
}
