//! Values of a data set, read from the index that the scanner made.

use std::ops::Range;

use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use crate::charset::CharacterSets;
use crate::scan::{Content, Element, Encoding, dictionary_vr};

/// A data set (or an item of a sequence) over the bytes it was scanned from.
#[derive(Clone, Copy)]
pub struct DataSet<'a> {
    bytes: &'a [u8],
    elements: &'a [Element],
    encoding: Encoding,
}

impl<'a> DataSet<'a> {
    /// Joins an index with its bytes.
    pub fn new(bytes: &'a [u8], elements: &'a [Element], encoding: Encoding) -> Self {
        DataSet { bytes, elements, encoding }
    }

    /// Whether numbers are written with their most significant byte first.
    pub fn is_big_endian(&self) -> bool {
        self.encoding.is_big_endian()
    }

    /// Whether the attribute is present, even with an empty value.
    pub fn has(&self, tag: Tag) -> bool {
        self.element(tag).is_some()
    }

    /// The raw bytes of a value.
    pub fn value(&self, tag: Tag) -> Option<&'a [u8]> {
        match &self.element(tag)?.content {
            Content::Value(range) => self.range(range),
            _ => None,
        }
    }

    /// A text of the default repertoire (UI, CS, DS, IS, DA, TM), ends trimmed; `None` where empty.
    pub fn text(&self, tag: Tag) -> Option<String> {
        let text = String::from_utf8_lossy(self.value(tag)?);
        let text = text.trim_matches([' ', '\0']);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A text in the file's character sets, trailing spaces trimmed; `None` where empty.
    pub fn decoded_text(&self, tag: Tag, sets: &mut CharacterSets) -> Option<String> {
        let value = self.value(tag)?;
        let end = value.iter().rposition(|byte| !matches!(byte, b' ' | 0)).map_or(0, |last| last + 1);
        let text = sets.decode(&value[..end]);
        (!text.trim().is_empty()).then_some(text)
    }

    /// The numbers of a value of DS, IS or a binary representation; `None` where absent, empty, or where one of them
    /// is no finite number.
    pub fn numbers(&self, tag: Tag) -> Option<Vec<f64>> {
        let element = self.element(tag)?;
        let value = self.value(tag)?;
        let vr = match element.vr {
            VR::UN => dictionary_vr(tag),
            vr => vr,
        };
        let numbers: Vec<f64> = match vr {
            VR::DS | VR::IS => {
                let text = std::str::from_utf8(value).ok()?;
                let text = text.trim_matches([' ', '\0']);
                text.split('\\').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?
            }
            VR::US => self.binary(value, |bytes| f64::from(u16::from_le_bytes(bytes))),
            VR::SS => self.binary(value, |bytes| f64::from(i16::from_le_bytes(bytes))),
            VR::UL => self.binary(value, |bytes| f64::from(u32::from_le_bytes(bytes))),
            VR::SL => self.binary(value, |bytes| f64::from(i32::from_le_bytes(bytes))),
            VR::FL => self.binary(value, |bytes| f64::from(f32::from_le_bytes(bytes))),
            VR::FD => self.binary(value, f64::from_le_bytes),
            _ => return None,
        };
        (!numbers.is_empty() && numbers.iter().all(|number| number.is_finite())).then_some(numbers)
    }

    /// Exactly `N` numbers.
    pub fn vector<const N: usize>(&self, tag: Tag) -> Option<[f64; N]> {
        self.numbers(tag)?.try_into().ok()
    }

    /// The first number.
    pub fn number(&self, tag: Tag) -> Option<f64> {
        self.numbers(tag)?.first().copied()
    }

    /// The first number, where it is whole.
    pub fn integer(&self, tag: Tag) -> Option<i64> {
        let number = self.number(tag)?;
        let limit = 2_f64.powi(53);
        (number.fract() == 0.0 && number.abs() < limit).then_some(number as i64)
    }

    /// An item of a sequence.
    pub fn item(&self, tag: Tag, index: usize) -> Option<DataSet<'a>> {
        match &self.element(tag)?.content {
            Content::Items(items) => {
                Some(DataSet { bytes: self.bytes, elements: items.get(index)?, encoding: self.encoding })
            }
            _ => None,
        }
    }

    /// The data set that holds `tag` for a frame: the data set itself, or the frame's own or the shared functional
    /// group `group` of an enhanced multi-frame object (PS3.3 C.7.6.16).
    pub fn for_frame(&self, group: Tag, frame: u32) -> Option<DataSet<'a>> {
        let own = self
            .item(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, frame as usize)
            .and_then(|item| item.item(group, 0));
        own.or_else(|| self.item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, 0)?.item(group, 0))
    }

    fn element(&self, tag: Tag) -> Option<&'a Element> {
        self.elements.iter().find(|element| element.tag == tag)
    }

    fn range(&self, range: &Range<usize>) -> Option<&'a [u8]> {
        self.bytes.get(range.clone())
    }

    fn binary<const N: usize>(&self, value: &[u8], read: impl Fn([u8; N]) -> f64) -> Vec<f64> {
        value
            .chunks_exact(N)
            .map(|chunk| {
                let mut bytes = [0; N];
                bytes.copy_from_slice(chunk);
                if self.encoding.is_big_endian() {
                    bytes.reverse();
                }
                read(bytes)
            })
            .collect()
    }
}
