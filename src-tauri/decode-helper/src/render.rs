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

    /// The same picture with its longest side at most `side` pixels, each pixel the mean of the area it stands for.
    pub fn shrunk_to(self, side: u32) -> Self {
        let longest = self.width.max(self.height);
        if longest <= side || side == 0 {
            return self;
        }
        let scaled = |length: u32| {
            let length = (u64::from(length) * u64::from(side) + u64::from(longest) / 2) / u64::from(longest);
            length.max(1) as usize
        };
        let (width, height) = (scaled(self.width), scaled(self.height));
        let columns = shares(self.width as usize, width);
        let rows = shares(self.height as usize, height);
        let mut samples = Vec::with_capacity(width * height * self.channels);
        // A row of the source, shrunk in width; it is shared by two rows of the result at most.
        let narrow = |row: usize, to: &mut Vec<f32>| {
            let start = row * self.width as usize * self.channels;
            to.clear();
            for share in &columns {
                for channel in 0..self.channels {
                    let mean = share.clone().map(|(column, part)| {
                        f32::from(self.samples[start + column * self.channels + channel]) * part
                    });
                    to.push(mean.sum());
                }
            }
        };
        let (mut held, mut line) = (None, Vec::new());
        for share in &rows {
            let mut sums = vec![0.0_f32; width * self.channels];
            for (row, part) in share.clone() {
                if held != Some(row) {
                    narrow(row, &mut line);
                    held = Some(row);
                }
                sums.iter_mut().zip(&line).for_each(|(sum, value)| *sum += value * part);
            }
            samples.extend(sums.iter().map(|sum| sum.round().clamp(0.0, 255.0) as u8));
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

/// Which of `from` pixels each of `to` (fewer) pixels covers.
fn shares(from: usize, to: usize) -> Vec<Share> {
    let scale = from as f64 / to as f64;
    (0..to)
        .map(|at| {
            let end = ((at + 1) as f64 * scale).min(from as f64);
            Share { at: (at as f64 * scale) as usize, begin: at as f64 * scale, end, from }
        })
        .collect()
}

/// Pixels that one pixel of the smaller picture covers, each with its part of the whole; the parts sum up to 1.
#[derive(Clone)]
struct Share {
    at: usize,
    begin: f64,
    end: f64,
    from: usize,
}

impl Iterator for Share {
    type Item = (usize, f32);

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at;
        let covered = self.end.min((at + 1) as f64) - self.begin.max(at as f64);
        if at >= self.from || covered <= 1e-9 {
            return None;
        }
        self.at += 1;
        Some((at, (covered / (self.end - self.begin)) as f32))
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
    fn no_pixel_of_the_source_counts_for_more_than_another() {
        // Three pixels become two: each is the mean of one and a half.
        let picture = Picture { width: 3, height: 3, channels: 1, samples: [30, 60, 90].repeat(3) };
        let small = picture.shrunk_to(2);
        assert_eq!((small.width, small.height), (2, 2));
        assert_eq!(small.samples, [40, 80, 40, 80]);
    }

    #[test]
    fn a_long_thin_picture_keeps_at_least_one_pixel() {
        let picture = Picture { width: 1000, height: 1, channels: 3, samples: vec![7; 3000] }.shrunk_to(128);
        assert_eq!((picture.width, picture.height), (128, 1));
        assert!(picture.samples.iter().all(|sample| *sample == 7));
    }
}
