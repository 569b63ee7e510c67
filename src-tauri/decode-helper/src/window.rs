//! Window and level: from stored values to what the eye sees (PS3.3 C.11.1, C.11.2.1.2).

use crate::protocol::{FrameHeader, PixelKind};

/// A window of the VOI LUT function LINEAR: centre and width in rescaled values; the width is at least 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    center: f64,
    width: f64,
}

impl Window {
    /// A window; `None` where a number is not finite or the width is below 1 (PS3.3 C.11.2.1.2.1).
    pub fn new(center: f64, width: f64) -> Option<Self> {
        (center.is_finite() && width.is_finite() && width >= 1.0).then_some(Window { center, width })
    }

    /// The window in which a viewer opens a frame: the file's first, else the one that spans the frame's values.
    pub fn default_for(header: &FrameHeader) -> Self {
        let of_file = header.window_center.zip(header.window_width).and_then(|(c, w)| Window::new(c, w));
        of_file.unwrap_or_else(|| Window::spanning(header))
    }

    /// The window that spans the frame's values: the smallest becomes black, the largest white.
    pub fn spanning(header: &FrameHeader) -> Self {
        let rescaled = |stored: i32| header.slope * f64::from(stored) + header.intercept;
        let (a, b) = (rescaled(header.minimum), rescaled(header.maximum));
        let (low, high) = (a.min(b), a.max(b));
        // The function reaches its ends at c - 0.5 - (w - 1) / 2 and c - 0.5 + (w - 1) / 2.
        Window { center: (low + high) / 2.0 + 0.5, width: high - low + 1.0 }
    }

    /// The centre.
    pub fn center(&self) -> f64 {
        self.center
    }

    /// The width.
    pub fn width(&self) -> f64 {
        self.width
    }

    /// The output of a rescaled value between 0 and `range`, by C.11.2.1.2.1:
    /// `y = ((x - (c - 0.5)) / (w - 1) + 0.5) * range`, held at 0 and `range` outside the window.
    pub fn map(&self, value: f64, range: f64) -> f64 {
        let (middle, half) = (self.center - 0.5, (self.width - 1.0) / 2.0);
        if value <= middle - half {
            0.0
        } else if value > middle + half {
            range
        } else {
            ((value - middle) / (self.width - 1.0) + 0.5) * range
        }
    }
}

/// The table from each 16-bit stored value (signed ones by their bit pattern) to a grey of 0 to 255: rescale, window,
/// and inversion for MONOCHROME1.
///
/// The header must be one of grey values; for colour the table only says how a value of 0 to 255 is shown.
pub fn grey_table(header: &FrameHeader, window: Window) -> Vec<u8> {
    (0..=u16::MAX)
        .map(|bits| {
            let stored = match header.kind {
                PixelKind::I16 => f64::from(bits as i16),
                PixelKind::U16 | PixelKind::Rgba8 => f64::from(bits),
            };
            let grey = window.map(header.slope * stored + header.intercept, 255.0).round() as u8;
            if header.invert { 255 - grey } else { grey }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn header(kind: PixelKind, slope: f64, intercept: f64) -> FrameHeader {
        FrameHeader {
            rows: 1,
            columns: 1,
            kind,
            slope,
            intercept,
            unit: None,
            window_center: None,
            window_width: None,
            minimum: 0,
            maximum: 4095,
            invert: false,
            pixel_spacing_mm: None,
            row_position: None,
            orientation: None,
            lossy: false,
            presets: Vec::new(),
        }
    }

    /// The worked values of PS3.3 C.11.2.1.2.1: c = 2048, w = 4096 and c = 2048, w = 1, with y from 0 to 255.
    #[test]
    fn the_function_is_that_of_the_standard() {
        let wide = Window::new(2048.0, 4096.0).unwrap();
        assert_eq!(wide.map(0.0, 255.0), 0.0);
        assert_eq!(wide.map(4095.0, 255.0), 255.0);
        let expected = ((1000.0 - 2047.5) / 4095.0 + 0.5) * 255.0;
        assert_eq!(wide.map(1000.0, 255.0), expected);
        let narrow = Window::new(2048.0, 1.0).unwrap();
        assert_eq!(narrow.map(2047.0, 255.0), 0.0);
        assert_eq!(narrow.map(2048.0, 255.0), 255.0);
        let hundred = Window::new(0.0, 100.0).unwrap();
        assert_eq!(hundred.map(-50.0, 255.0), 0.0);
        assert_eq!(hundred.map(49.0, 255.0), 255.0);
        let binary = Window::new(0.0, 2.0).unwrap();
        assert_eq!(binary.map(-1.0, 255.0), 0.0);
        assert_eq!(binary.map(0.0, 255.0), 255.0);
    }

    #[test]
    fn windows_that_are_none_are_refused() {
        assert!(Window::new(0.0, 0.5).is_none());
        assert!(Window::new(f64::NAN, 10.0).is_none());
        assert!(Window::new(0.0, f64::INFINITY).is_none());
    }

    #[test]
    fn the_spanning_window_shows_the_smallest_black_and_the_largest_white() {
        let header = header(PixelKind::U16, 2.0, -1000.0);
        let window = Window::spanning(&header);
        let table = grey_table(&header, window);
        assert_eq!((table[0], table[4095]), (0, 255));
        assert!(table[1] < 2 && table[4094] > 253);
    }

    proptest! {
        #[test]
        fn the_table_rises_with_the_value_and_falls_when_inverted(
            center in -40_000.0..70_000.0_f64,
            width in 1.0..70_000.0_f64,
            slope in 0.01..10.0_f64,
            signed in any::<bool>(),
        ) {
            let kind = if signed { PixelKind::I16 } else { PixelKind::U16 };
            let mut header = header(kind, slope, -1024.0);
            let window = Window::new(center, width).unwrap();
            let order = |at: usize| if signed { (at as i32 - 32_768) as i16 as u16 as usize } else { at };
            let table = grey_table(&header, window);
            prop_assert!((1..65_536).all(|at| table[order(at - 1)] <= table[order(at)]));
            header.invert = true;
            let inverted = grey_table(&header, window);
            prop_assert!(table.iter().zip(&inverted).all(|(a, b)| a + b == 255));
        }
    }
}
