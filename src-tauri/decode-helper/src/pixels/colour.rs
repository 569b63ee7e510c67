//! Colours: YBR_FULL to RGB and palettes (PS3.3 C.7.6.3.1.2, C.7.6.3.1.5).

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use crate::data_set::DataSet;

/// Red, green, blue, opacity.
pub type Rgba = [u8; 4];

/// RGB without transparency.
pub fn opaque([red, green, blue]: [u8; 3]) -> Rgba {
    [red, green, blue, 255]
}

/// YBR_FULL to RGB by the inverse of the equations in PS3.3 C.7.6.3.1.2 (ITU-T T.871).
pub fn ybr_full_to_rgb([y, cb, cr]: [u8; 3]) -> Rgba {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    let byte = |value: f32| value.round().clamp(0.0, 255.0) as u8;
    [byte(y + 1.402 * cr), byte(y - 0.344_136 * cb - 0.714_136 * cr), byte(y + 1.772 * cb), 255]
}

/// A table of colours: the three Palette Color Lookup Tables of PS3.3 C.7.9.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    first: i32,
    colors: Vec<[u8; 3]>,
}

impl Palette {
    /// Reads the tables of a data set.
    ///
    /// # Errors
    /// The reason why the tables cannot be used.
    pub fn read(data_set: &DataSet<'_>) -> Result<Self, &'static str> {
        if data_set.has(tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA) {
            return Err("its table of colours is segmented, which is not read yet");
        }
        let channels = [
            (tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA),
            (tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA),
            (tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR, tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA),
        ];
        let [red, green, blue] = channels.map(|(descriptor, data)| Channel::read(data_set, descriptor, data));
        let invalid = "its table of colours is missing or invalid";
        let (red, green, blue) = (red.ok_or(invalid)?, green.ok_or(invalid)?, blue.ok_or(invalid)?);
        if red.first != green.first || red.first != blue.first {
            return Err(invalid);
        }
        if red.entries.len() != green.entries.len() || red.entries.len() != blue.entries.len() {
            return Err(invalid);
        }
        let rows = red.entries.into_iter().zip(green.entries).zip(blue.entries);
        Ok(Palette {
            first: red.first,
            colors: rows.map(|((red, green), blue)| [red, green, blue]).collect(),
        })
    }

    /// The colour of a stored value; values below and above the table take its first and last colour.
    pub fn color(&self, value: i32) -> Rgba {
        let last = self.colors.len() as i32 - 1; // a table has 1 to 65 536 entries
        let index = value.saturating_sub(self.first).clamp(0, last);
        opaque(self.colors[index as usize])
    }
}

struct Channel {
    first: i32,
    entries: Vec<u8>,
}

impl Channel {
    fn read(data_set: &DataSet<'_>, descriptor: Tag, data: Tag) -> Option<Self> {
        let [entries, first, bits] = data_set.vector(descriptor)?;
        // Zero stands for 65 536 (C.7.6.3.1.5).
        let entries = if entries == 0.0 { 65_536 } else { entries as usize };
        let value = data_set.value(data)?;
        let words = || -> Option<Vec<u16>> {
            let value = value.get(..entries * 2)?;
            let read = if data_set.is_big_endian() { u16::from_be_bytes } else { u16::from_le_bytes };
            Some(value.chunks_exact(2).map(|pair| read([pair[0], pair[1]])).collect())
        };
        let entries = match bits as u16 {
            // Eight-bit entries: two in a word, or one in a word by old writers.
            8 if value.len() >= entries * 2 => words()?.into_iter().map(|word| word.min(255) as u8).collect(),
            8 if data_set.is_big_endian() => {
                (0..entries).map(|at| value.get(at ^ 1).copied()).collect::<Option<_>>()?
            }
            8 => value.get(..entries)?.to_vec(),
            16 => {
                let words = words()?;
                // Some writers declare 16 bits and fill 8.
                let shift = if words.iter().all(|word| *word < 256) { 0 } else { 8 };
                words.into_iter().map(|word| (word >> shift) as u8).collect()
            }
            _ => return None,
        };
        Some(Channel { first: first as i32, entries })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greys_have_no_colour_and_primaries_come_back() {
        assert_eq!(ybr_full_to_rgb([77, 128, 128]), [77, 77, 77, 255]);
        // ITU-T T.871: red is Y 76, Cb 85, Cr 255
        let [red, green, blue, _] = ybr_full_to_rgb([76, 85, 255]);
        assert!(red > 252 && green < 3 && blue < 3);
    }

    #[test]
    fn values_outside_a_palette_take_its_ends() {
        let palette = Palette { first: 10, colors: vec![[1, 1, 1], [2, 2, 2]] };
        assert_eq!(palette.color(-5), [1, 1, 1, 255]);
        assert_eq!(palette.color(11), [2, 2, 2, 255]);
        assert_eq!(palette.color(65_535), [2, 2, 2, 255]);
    }
}
