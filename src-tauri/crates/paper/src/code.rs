//! Codes to be scanned: QR (ISO/IEC 18004) and Code 128 (ISO/IEC 15417).

use qrcode::{Color, EcLevel, QrCode};
use thiserror::Error;

/// A text that cannot be made into a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the number cannot be written as a code")]
pub struct CodeError;

/// Light modules that must surround a QR code (ISO/IEC 18004, 9.1).
pub const QR_QUIET: usize = 4;
/// Light modules on each side of a Code 128 (ISO/IEC 15417, 4.2).
pub const CODE128_QUIET: usize = 10;

/// A square of modules, without its quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Square {
    /// Modules on a side.
    pub side: usize,
    /// Row by row; true is dark.
    pub dark: Vec<bool>,
}

/// The QR code of `text` with error correction Q (a quarter of it may be scratched).
///
/// # Errors
/// [`CodeError`] when the text is too long.
pub fn qr(text: &str) -> Result<Square, CodeError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::Q).map_err(|_| CodeError)?;
    let side = code.width();
    Ok(Square { side, dark: code.into_colors().into_iter().map(|c| c == Color::Dark).collect() })
}

/// Widths of bars and spaces of the symbol characters 0 to 105 (ISO/IEC 15417, table 1).
const PATTERNS: [&[u8; 6]; 106] = [
    b"212222", b"222122", b"222221", b"121223", b"121322", b"131222", b"122213", b"122312", b"132212",
    b"221213", b"221312", b"231212", b"112232", b"122132", b"122231", b"113222", b"123122", b"123221",
    b"223211", b"221132", b"221231", b"213212", b"223112", b"312131", b"311222", b"321122", b"321221",
    b"312212", b"322112", b"322211", b"212123", b"212321", b"232121", b"111323", b"131123", b"131321",
    b"112313", b"132113", b"132311", b"211313", b"231113", b"231311", b"112133", b"112331", b"132131",
    b"113123", b"113321", b"133121", b"313121", b"211331", b"231131", b"213113", b"213311", b"213131",
    b"311123", b"311321", b"331121", b"312113", b"312311", b"332111", b"314111", b"221411", b"431111",
    b"111224", b"111422", b"121124", b"121421", b"141122", b"141221", b"112214", b"112412", b"122114",
    b"122411", b"142112", b"142211", b"241211", b"221114", b"413111", b"241112", b"134111", b"111242",
    b"121142", b"121241", b"114212", b"124112", b"124211", b"411212", b"421112", b"421211", b"212141",
    b"214121", b"412121", b"111143", b"111341", b"131141", b"114113", b"114311", b"411113", b"411311",
    b"113141", b"114131", b"311141", b"411131", b"211412", b"211214", b"211232",
];
const STOP: &[u8; 7] = b"2331112";
const START_B: usize = 104;

/// The modules of a Code 128 of set B (printable ASCII), from left to right without quiet zones; true is dark.
///
/// # Errors
/// [`CodeError`] for an empty text, one of more than 40 characters or of others than printable ASCII.
pub fn code128(text: &str) -> Result<Vec<bool>, CodeError> {
    if text.is_empty() || text.len() > 40 || !text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Err(CodeError);
    }
    let values: Vec<usize> = text.bytes().map(|b| usize::from(b - 0x20)).collect();
    let check = values.iter().enumerate().fold(START_B, |sum, (at, value)| sum + (at + 1) * value) % 103;
    let mut modules = Vec::new();
    let characters = std::iter::once(START_B).chain(values).chain(std::iter::once(check));
    for value in characters {
        spread(PATTERNS[value], &mut modules);
    }
    spread(STOP, &mut modules);
    Ok(modules)
}

fn spread(widths: &[u8], modules: &mut Vec<bool>) {
    for (at, width) in widths.iter().enumerate() {
        modules.extend(std::iter::repeat_n(at % 2 == 0, usize::from(width - b'0')));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_symbol_character_has_eleven_modules_and_an_even_number_of_dark_ones() {
        for pattern in PATTERNS {
            let widths: Vec<u32> = pattern.iter().map(|b| u32::from(b - b'0')).collect();
            assert_eq!(widths.iter().sum::<u32>(), 11);
            assert_eq!(widths.iter().step_by(2).sum::<u32>() % 2, 0, "self-checking, 4.3.2");
        }
        let unique: std::collections::BTreeSet<_> = PATTERNS.iter().collect();
        assert_eq!(unique.len(), 106);
    }

    #[test]
    fn what_cannot_be_a_code_is_refused() {
        assert_eq!(code128(""), Err(CodeError));
        assert_eq!(code128("é"), Err(CodeError));
        assert!(qr(&"A".repeat(5000)).is_err());
        // Start, ten characters, check, stop.
        assert_eq!(code128("RC0000001A").unwrap().len(), 12 * 11 + 13);
        assert_eq!(qr("RC0000001A").unwrap().side, 21, "version 1");
    }
}
