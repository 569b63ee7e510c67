//! A column of whole numbers in the fewest bytes: constant, dictionary of one or two bytes, four bytes, eight.

use std::io::{self, Write};

use zeroize::Zeroize;

use super::bytes::{Bytes, Corrupt, put_i32s, put_i64s, put_u8s, put_u16s, put_u64};
use crate::omop::NO_INTEGER;

/// Whole numbers by row. [`NO_INTEGER`] stands for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Integers {
    /// The same in every row.
    Constant(i64),
    /// A position in a list of at most 256 values.
    Byte {
        /// Position by row.
        codes: Vec<u8>,
        /// The values.
        values: Vec<i64>,
    },
    /// A position in a list of at most 65 536 values.
    Short {
        /// Position by row.
        codes: Vec<u16>,
        /// The values.
        values: Vec<i64>,
    },
    /// Numbers of 32 bits; the smallest stands for none.
    Narrow(Vec<i32>),
    /// Any numbers.
    Wide(Vec<i64>),
}

const SLOTS: usize = 1 << 18;
const EMPTY: u32 = u32::MAX;

/// Numbers the values in the order in which they come, as long as they are few.
struct Dictionary {
    slots: Vec<u32>,
    values: Vec<i64>,
}

impl Dictionary {
    fn new() -> Self {
        Self { slots: vec![EMPTY; SLOTS], values: Vec::new() }
    }

    fn code(&mut self, value: i64) -> Option<u16> {
        let mut at = (value.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 46) as usize;
        loop {
            match self.slots[at] {
                EMPTY => {
                    let code = u16::try_from(self.values.len()).ok()?;
                    self.slots[at] = u32::from(code);
                    self.values.push(value);
                    return Some(code);
                }
                code if self.values[code as usize] == value => return u16::try_from(code).ok(),
                _ => at = (at + 1) % SLOTS,
            }
        }
    }
}

impl Integers {
    /// The column of these values, in the fewest bytes.
    #[must_use]
    pub fn new(values: &[i64]) -> Self {
        let Some(first) = values.first().copied() else { return Self::Constant(NO_INTEGER) };
        if values.iter().all(|value| *value == first) {
            return Self::Constant(first);
        }
        let mut dictionary = Dictionary::new();
        let mut codes = Vec::with_capacity(values.len());
        for value in values {
            match dictionary.code(*value) {
                Some(code) => codes.push(code),
                None => return Self::undivided(values),
            }
        }
        let mut distinct = dictionary.values;
        distinct.shrink_to_fit();
        if distinct.len() <= 256 {
            return Self::Byte { codes: codes.iter().map(|code| *code as u8).collect(), values: distinct };
        }
        // A dictionary of eight bytes a value must not cost more than it saves.
        if distinct.len() * 8 > values.len() * 2 {
            return Self::undivided(values);
        }
        Self::Short { codes, values: distinct }
    }

    fn undivided(values: &[i64]) -> Self {
        let narrow = |value: i64| match value {
            NO_INTEGER => Some(i32::MIN),
            _ => i32::try_from(value).ok().filter(|value| *value != i32::MIN),
        };
        match values.iter().map(|value| narrow(*value)).collect() {
            Some(values) => Self::Narrow(values),
            None => Self::Wide(values.to_vec()),
        }
    }

    /// The column of numbers, by their bits; not a number stands for none.
    #[must_use]
    pub fn of_numbers(values: &[f64]) -> Self {
        let bits: Vec<i64> = values.iter().map(|value| bits(*value)).collect();
        Self::new(&bits)
    }

    /// The value of a row, if it has one.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<i64> {
        let value = match self {
            Self::Constant(value) => *value,
            Self::Byte { codes, values } => values[codes[row] as usize],
            Self::Short { codes, values } => values[codes[row] as usize],
            Self::Narrow(values) if values[row] == i32::MIN => NO_INTEGER,
            Self::Narrow(values) => i64::from(values[row]),
            Self::Wide(values) => values[row],
        };
        (value != NO_INTEGER).then_some(value)
    }

    /// The number whose bits stand in a row.
    #[must_use]
    pub fn number(&self, row: usize) -> Option<f64> {
        self.get(row).map(|bits| f64::from_bits(bits.cast_unsigned()))
    }

    /// The values of the dictionary, if there is one.
    pub(crate) fn dictionary(&self) -> Option<&[i64]> {
        match self {
            Self::Byte { values, .. } | Self::Short { values, .. } => Some(values),
            _ => None,
        }
    }

    /// Place in the dictionary of a row's value, if there is a dictionary.
    pub(crate) fn code(&self, row: usize) -> Option<usize> {
        match self {
            Self::Byte { codes, .. } => Some(codes[row].into()),
            Self::Short { codes, .. } => Some(codes[row].into()),
            _ => None,
        }
    }

    /// Bytes in memory.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        match self {
            Self::Constant(_) => 8,
            Self::Byte { codes, values } => codes.len() + 8 * values.len(),
            Self::Short { codes, values } => 2 * codes.len() + 8 * values.len(),
            Self::Narrow(values) => 4 * values.len(),
            Self::Wide(values) => 8 * values.len(),
        }
    }

    /// Whether no row has a value.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!(self, Self::Constant(NO_INTEGER))
    }

    pub(super) fn wipe(&mut self) {
        match self {
            Self::Constant(value) => value.zeroize(),
            Self::Byte { codes, values } => {
                codes.zeroize();
                values.zeroize();
            }
            Self::Short { codes, values } => {
                codes.zeroize();
                values.zeroize();
            }
            Self::Narrow(values) => values.zeroize(),
            Self::Wide(values) => values.zeroize(),
        }
    }

    pub(super) fn put(&self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Constant(value) => {
                put_u64(out, 0)?;
                put_i64s(out, &[*value])
            }
            Self::Byte { codes, values } => {
                put_u64(out, 1)?;
                put_u8s(out, codes)?;
                put_i64s(out, values)
            }
            Self::Short { codes, values } => {
                put_u64(out, 2)?;
                put_u16s(out, codes)?;
                put_i64s(out, values)
            }
            Self::Narrow(values) => {
                put_u64(out, 3)?;
                put_i32s(out, values)
            }
            Self::Wide(values) => {
                put_u64(out, 4)?;
                put_i64s(out, values)
            }
        }
    }

    /// `rows`: what the column must have.
    pub(super) fn take(bytes: &mut Bytes<'_>, rows: usize) -> Result<Self, Corrupt> {
        let column = match bytes.u64()? {
            0 => Self::Constant(*bytes.i64s()?.first().ok_or(Corrupt)?),
            1 => Self::Byte { codes: bytes.u8s()?, values: bytes.i64s()? },
            2 => Self::Short { codes: bytes.u16s()?, values: bytes.i64s()? },
            3 => Self::Narrow(bytes.i32s()?),
            4 => Self::Wide(bytes.i64s()?),
            _ => return Err(Corrupt),
        };
        let sound = match &column {
            Self::Constant(_) => true,
            Self::Byte { codes, values } => {
                codes.len() == rows && codes.iter().all(|code| usize::from(*code) < values.len())
            }
            Self::Short { codes, values } => {
                codes.len() == rows && codes.iter().all(|code| usize::from(*code) < values.len())
            }
            Self::Narrow(values) => values.len() == rows,
            Self::Wide(values) => values.len() == rows,
        };
        if sound { Ok(column) } else { Err(Corrupt) }
    }
}

/// The bits of a number; of what is none, those that stand for none. Negative zero becomes zero.
fn bits(value: f64) -> i64 {
    if value.is_nan() { NO_INTEGER } else { (value + 0.0).to_bits().cast_signed() }
}

/// Texts by row; an empty text stands for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// Position in [`Texts::values`] by row.
    pub codes: Integers,
    /// The texts, sorted.
    pub values: Vec<Box<str>>,
}

impl Texts {
    /// The column of these texts.
    #[must_use]
    pub fn new(texts: &[Box<str>]) -> Self {
        let mut values: Vec<Box<str>> = texts.iter().filter(|text| !text.is_empty()).cloned().collect();
        values.sort_unstable();
        values.dedup();
        let code = |text: &str| {
            values.binary_search_by(|known| (**known).cmp(text)).map_or(NO_INTEGER, |at| at as i64)
        };
        let codes: Vec<i64> = texts.iter().map(|text| code(text)).collect();
        Self { codes: Integers::new(&codes), values }
    }

    /// The text of a row, if it has one.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        let code = usize::try_from(self.codes.get(row)?).ok()?;
        self.values.get(code).map(AsRef::as_ref)
    }

    /// Bytes in memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.codes.bytes() + self.values.iter().map(|text| text.len() + 16).sum::<usize>()
    }

    pub(super) fn wipe(&mut self) {
        self.codes.wipe();
        self.values.zeroize();
    }

    pub(super) fn put(&self, out: &mut impl Write) -> io::Result<()> {
        put_u64(out, self.values.len() as u64)?;
        for text in &self.values {
            put_u8s(out, text.as_bytes())?;
        }
        self.codes.put(out)
    }

    pub(super) fn take(bytes: &mut Bytes<'_>, rows: usize) -> Result<Self, Corrupt> {
        let mut values = Vec::new();
        for _ in 0..bytes.u64()? {
            values.push(String::from_utf8(bytes.u8s()?).map_err(|_| Corrupt)?.into_boxed_str());
        }
        Ok(Self { codes: Integers::take(bytes, rows)?, values })
    }
}
