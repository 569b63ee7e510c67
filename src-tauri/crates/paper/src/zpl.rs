//! Labels for printers that speak ZPL II (Zebra, "Programming Guide: ZPL II, ZBI 2, Set-Get-Do, Mirror, WML").
//!
//! The label is sent as one picture (`^GFA`): what the preview shows is what is printed, in any script, whatever fonts
//! the printer has.

use std::fmt::Write;

use crate::page::{Page, mm};
use crate::pdf::PdfError;
use crate::raster::{Dots, dots};

/// How fine a label printer prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Density {
    /// 8 dots a millimetre, sold as 203 dpi.
    Dpi203,
    /// 12 dots a millimetre, sold as 300 dpi.
    Dpi300,
}

impl Density {
    /// Dots of a millimetre.
    pub fn dots_per_millimetre(self) -> u32 {
        match self {
            Self::Dpi203 => 8,
            Self::Dpi300 => 12,
        }
    }
}

/// The label as dots of that printer.
///
/// # Errors
/// [`PdfError::Draw`].
pub fn label_dots(page: &Page, density: Density) -> Result<Dots, PdfError> {
    dots(page, density.dots_per_millimetre() as f32 / mm(1.0))
}

/// The label as ZPL II, printed `copies` times (1 to 99).
///
/// # Errors
/// [`PdfError::Draw`].
pub fn write(page: &Page, density: Density, copies: u32) -> Result<String, PdfError> {
    let label = label_dots(page, density)?;
    let row = label.width.div_ceil(8);
    let total = row * label.height;
    let mut text =
        format!("^XA\n^PW{}\n^LL{}\n^LH0,0\n^FO0,0^GFA,{total},{total},{row},\n", label.width, label.height);
    for line in label.black.chunks(label.width) {
        for byte in line.chunks(8) {
            let value =
                byte.iter().enumerate().fold(0_u8, |v, (at, black)| v | (u8::from(*black) << (7 - at)));
            // Writing to a string cannot fail.
            let _ = write!(text, "{value:02X}");
        }
        text.push('\n');
    }
    let _ = write!(text, "^FS\n^PQ{}\n^XZ\n", copies.clamp(1, 99));
    Ok(text)
}
