//! Frames as PNG: windowed greys, or the colours as they are.

use crate::protocol::{FrameHeader, PixelKind};
use crate::window::{Window, grey_table};

/// Why no picture could be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The pixels are not as many as the header says.
    #[error("the pixels do not fit their header")]
    PixelCount,
    /// The PNG could not be written.
    #[error("the PNG could not be written")]
    Png(#[from] png::EncodingError),
}

/// An 8-bit picture, grey or RGB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Samples a pixel: 1 (grey) or 3 (RGB).
    pub channels: usize,
    /// The samples, rows from top to bottom.
    pub samples: Vec<u8>,
}

impl Picture {
    /// Shows a frame: its stored values through rescaling and `window`, or its colours.
    ///
    /// # Errors
    /// [`RenderError::PixelCount`] when `pixels` is not what `header` says.
    pub fn of_frame(header: &FrameHeader, pixels: &[u8], window: Window) -> Result<Self, RenderError> {
        if pixels.len() != header.pixel_bytes() {
            return Err(RenderError::PixelCount);
        }
        let (channels, samples) = match header.kind {
            PixelKind::Rgba8 => {
                (3, pixels.chunks_exact(4).flat_map(|rgba| [rgba[0], rgba[1], rgba[2]]).collect())
            }
            PixelKind::U16 | PixelKind::I16 => {
                let table = grey_table(header, window);
                let grey = |pair: &[u8]| table[usize::from(u16::from_le_bytes([pair[0], pair[1]]))];
                (1, pixels.chunks_exact(2).map(grey).collect())
            }
        };
        Ok(Picture { width: header.columns, height: header.rows, channels, samples })
    }

    /// The same picture with its longest side at most `side` pixels, each pixel the mean of those it stands for.
    pub fn shrunk_to(self, side: u32) -> Self {
        let longest = self.width.max(self.height);
        if longest <= side || side == 0 {
            return self;
        }
        let scaled = |length: u32| {
            let length = (u64::from(length) * u64::from(side)).div_ceil(u64::from(longest));
            length.max(1) as usize
        };
        let (width, height) = (scaled(self.width), scaled(self.height));
        let (from_width, from_height) = (self.width as usize, self.height as usize);
        let mut samples = Vec::with_capacity(width * height * self.channels);
        for y in 0..height {
            let rows =
                y * from_height / height..((y + 1) * from_height / height).max(y * from_height / height + 1);
            for x in 0..width {
                let first = x * from_width / width;
                let columns = first..((x + 1) * from_width / width).max(first + 1);
                let count = (rows.len() * columns.len()) as u64;
                for channel in 0..self.channels {
                    let sum: u64 = rows
                        .clone()
                        .flat_map(|row| columns.clone().map(move |column| row * from_width + column))
                        .map(|at| u64::from(self.samples[at * self.channels + channel]))
                        .sum();
                    samples.push(((sum + count / 2) / count) as u8);
                }
            }
        }
        Picture { width: width as u32, height: height as u32, channels: self.channels, samples }
    }

    /// The picture as a PNG file.
    ///
    /// # Errors
    /// [`RenderError::Png`] when the encoder refuses.
    pub fn to_png(&self) -> Result<Vec<u8>, RenderError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(if self.channels == 1 { png::ColorType::Grayscale } else { png::ColorType::Rgb });
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.samples)?;
        writer.finish()?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_keeps_the_shape_and_takes_the_mean() {
        let samples = (0..8).map(|at| if at % 2 == 0 { 10 } else { 20 }).collect();
        let picture = Picture { width: 4, height: 2, channels: 1, samples }.shrunk_to(2);
        assert_eq!((picture.width, picture.height), (2, 1));
        assert_eq!(picture.samples, [15, 15]);
    }

    #[test]
    fn a_long_thin_picture_keeps_at_least_one_pixel() {
        let picture = Picture { width: 1000, height: 1, channels: 3, samples: vec![7; 3000] }.shrunk_to(128);
        assert_eq!((picture.width, picture.height), (128, 1));
        assert!(picture.samples.iter().all(|sample| *sample == 7));
    }
}
