//! A decoded frame: as it travels to the window, and as PNG.

use rustcare_decode_helper::protocol::FrameHeader;
use rustcare_decode_helper::render::{Picture, RenderError};

use crate::window::Window;

/// The first four bytes of a packed frame, read as a little-endian number: `RCF1`.
pub const FRAME_MAGIC: u32 = 0x5243_4631;

/// One decoded frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    header: FrameHeader,
    pixels: Vec<u8>,
}

/// Bytes that are no packed frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The pixels are not as many as the header says.
    #[error("the pixels do not fit their header")]
    PixelCount,
    /// The bytes do not begin as a packed frame does, or end too early.
    #[error("these bytes are no packed frame")]
    Packing,
}

impl Frame {
    /// Joins a header with its pixels.
    ///
    /// # Errors
    /// [`FrameError::PixelCount`] when they do not fit each other.
    pub fn new(header: FrameHeader, pixels: Vec<u8>) -> Result<Self, FrameError> {
        if pixels.len() != header.pixel_bytes() {
            return Err(FrameError::PixelCount);
        }
        Ok(Frame { header, pixels })
    }

    /// What a viewer needs beside the pixels.
    pub fn header(&self) -> &FrameHeader {
        &self.header
    }

    /// The pixels as [`FrameHeader::kind`] says, rows from top to bottom.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The frame as one run of bytes for the window, all numbers little-endian: `u32` [`FRAME_MAGIC`], `u32` length of
    /// the header, header as JSON, zeros up to a multiple of four, pixels.
    pub fn pack(&self) -> Vec<u8> {
        let header = serde_json::to_vec(&self.header).unwrap_or_default(); // plain numbers and texts: cannot fail
        let start = pixels_start(header.len());
        let mut packed = Vec::with_capacity(start + self.pixels.len());
        packed.extend(FRAME_MAGIC.to_le_bytes());
        packed.extend((header.len() as u32).to_le_bytes());
        packed.extend(header);
        packed.resize(start, 0);
        packed.extend(&self.pixels);
        packed
    }

    /// Reads what [`Frame::pack`] wrote.
    ///
    /// # Errors
    /// [`FrameError`] when the bytes are something else.
    pub fn unpack(packed: &[u8]) -> Result<Self, FrameError> {
        let number = |at: usize| -> Option<u32> {
            let bytes = packed.get(at..at + 4)?;
            Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        };
        if number(0) != Some(FRAME_MAGIC) {
            return Err(FrameError::Packing);
        }
        let length = number(4).ok_or(FrameError::Packing)? as usize;
        let header = packed.get(8..8 + length).ok_or(FrameError::Packing)?;
        let header = serde_json::from_slice(header).map_err(|_| FrameError::Packing)?;
        let pixels = packed.get(pixels_start(length)..).ok_or(FrameError::Packing)?;
        Frame::new(header, pixels.to_vec())
    }

    /// The frame as a PNG: greys through `window` (the default one where it is `None`), or the colours as they are.
    ///
    /// # Errors
    /// [`RenderError`] when the PNG cannot be written.
    pub fn to_png(&self, window: Option<Window>) -> Result<Vec<u8>, RenderError> {
        let window = window.unwrap_or_else(|| Window::default_for(&self.header));
        Picture::of_frame(&self.header, &self.pixels, window)?.to_png()
    }
}

fn pixels_start(header_length: usize) -> usize {
    (8 + header_length).next_multiple_of(4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustcare_decode_helper::protocol::PixelKind;

    fn frame(unit: &str) -> Frame {
        let header = FrameHeader {
            rows: 1,
            columns: 3,
            kind: PixelKind::I16,
            slope: 1.0,
            intercept: -1024.0,
            unit: Some(unit.to_owned()),
            window_center: Some(40.0),
            window_width: Some(400.0),
            minimum: -1,
            maximum: 2,
            invert: false,
            pixel_spacing_mm: Some([0.5, 0.5]),
            row_position: None,
            orientation: Some(["R", "L", "A", "P"].map(str::to_owned)),
            lossy: false,
            presets: Vec::new(),
        };
        Frame::new(header, vec![0xFF, 0xFF, 0, 0, 2, 0]).unwrap()
    }

    #[test]
    fn a_packed_frame_is_read_back_and_its_pixels_are_aligned() {
        for unit in ["", "H", "HU", "HUU", "HUUU"] {
            let packed = frame(unit).pack();
            assert_eq!(packed[..4], [0x31, 0x46, 0x43, 0x52]);
            assert_eq!((packed.len() - 6) % 4, 0);
            assert_eq!(packed[packed.len() - 6..], [0xFF, 0xFF, 0, 0, 2, 0]);
            assert_eq!(Frame::unpack(&packed).unwrap(), frame(unit));
        }
    }

    #[test]
    fn the_header_has_the_names_of_the_contract() {
        let header = serde_json::to_value(frame("HU").header()).unwrap();
        let names: Vec<&str> = header.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = vec![
            "rows",
            "columns",
            "kind",
            "slope",
            "intercept",
            "unit",
            "window_center",
            "window_width",
            "minimum",
            "maximum",
            "invert",
            "pixel_spacing_mm",
            "row_position",
            "orientation",
            "lossy",
            "presets",
        ];
        expected.sort_unstable();
        let mut names = names;
        names.sort_unstable();
        assert_eq!(names, expected);
        assert_eq!(header["kind"], "i16");
    }

    #[test]
    fn bytes_that_are_no_frame_are_refused() {
        let packed = frame("HU").pack();
        for end in 0..packed.len() {
            assert!(Frame::unpack(&packed[..end]).is_err());
        }
        assert_eq!(Frame::unpack(&[0; 64]), Err(FrameError::Packing));
    }
}
