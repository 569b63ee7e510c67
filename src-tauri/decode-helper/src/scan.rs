//! The bounded scanner: walks a data set over borrowed bytes and believes no declared length.
//!
//! Every length is held against the bytes that are there, nesting against [`MAX_DEPTH`], elements against
//! [`MAX_ELEMENTS`]; a value is never copied, so that nothing is allocated by a lie. The result is an index of
//! elements from which [`crate::data_set`] reads values. Encoding rules: PS3.5 sections 7 and A.

use std::ops::Range;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::{StandardDataDictionary, tags};

/// Deepest nesting of sequences that is followed.
pub const MAX_DEPTH: usize = 32;
/// Most elements in one file, those in sequences included.
pub const MAX_ELEMENTS: usize = 1_000_000;

const UNDEFINED: u32 = 0xFFFF_FFFF;
const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);

/// How the elements of a data set are written (PS3.5 annex A).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Implicit VR Little Endian.
    ImplicitLittle,
    /// Explicit VR Little Endian.
    ExplicitLittle,
    /// Explicit VR Big Endian (retired).
    ExplicitBig,
}

impl Encoding {
    /// Whether numbers are written with their most significant byte first.
    pub fn is_big_endian(self) -> bool {
        self == Encoding::ExplicitBig
    }
}

/// Why a data set cannot be walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// A declared length reaches beyond the end of the file.
    #[error("the file ends in the middle of an element: a part is missing")]
    Truncated,
    /// An item or sequence reaches beyond the one that holds it, or a delimiter stands where none may.
    #[error("the nesting of sequences and items is broken")]
    BrokenNesting,
    /// A value representation is not two capital letters.
    #[error("an element has no valid value representation")]
    ValueRepresentation,
    /// Deeper than [`MAX_DEPTH`].
    #[error("sequences are nested deeper than 32 levels")]
    TooDeep,
    /// More than [`MAX_ELEMENTS`].
    #[error("the file has more than a million elements")]
    TooManyElements,
}

/// One element of the index.
#[derive(Debug, Clone)]
pub struct Element {
    /// The attribute.
    pub tag: Tag,
    /// Its value representation: as written, or by the dictionary for implicit encoding.
    pub vr: VR,
    /// What it holds.
    pub content: Content,
}

/// What an element holds, as ranges of the scanned bytes.
#[derive(Debug, Clone)]
pub enum Content {
    /// A value.
    Value(Range<usize>),
    /// A sequence of items.
    Items(Vec<Vec<Element>>),
    /// Encapsulated pixel data: the basic offset table and the fragments (PS3.5 A.4).
    Fragments {
        /// Basic Offset Table, may be empty.
        offset_table: Range<usize>,
        /// The fragments in order, their items' headers left out.
        fragments: Vec<Range<usize>>,
    },
    /// Top-level pixel data of which a part is missing at the end of the file.
    CutPixels,
}

/// Walks the data set that begins at `start` and reaches to the end of `bytes`.
///
/// # Errors
/// A [`ScanError`] when the structure is broken or a limit is passed. Missing bytes inside the pixel data are no
/// error here: they become [`Content::CutPixels`].
pub fn scan(bytes: &[u8], start: usize, encoding: Encoding) -> Result<Vec<Element>, ScanError> {
    let mut scanner = Scanner { bytes, at: start, encoding, elements: 0 };
    scanner.data_set(bytes.len(), Holder::File, 0)
}

/// Walks the file meta information (group 0002, always Explicit VR Little Endian, PS3.10 7.1) from `start`, and
/// tells where the data set begins.
///
/// # Errors
/// A [`ScanError`] as for [`scan`].
pub fn scan_meta(bytes: &[u8], start: usize) -> Result<(Vec<Element>, usize), ScanError> {
    let mut scanner = Scanner { bytes, at: start, encoding: Encoding::ExplicitLittle, elements: 0 };
    let mut elements = Vec::new();
    while bytes.get(scanner.at..scanner.at + 2) == Some(&[2, 0]) {
        let element = scanner.element(bytes.len(), 0)?;
        elements.push(element);
    }
    Ok((elements, scanner.at))
}

#[derive(Clone, Copy, PartialEq)]
enum Holder {
    File,
    SizedItem,
    DelimitedItem,
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    encoding: Encoding,
    elements: usize,
}

impl Scanner<'_> {
    fn data_set(&mut self, end: usize, holder: Holder, depth: usize) -> Result<Vec<Element>, ScanError> {
        let mut elements = Vec::new();
        loop {
            if self.at == end {
                return match holder {
                    Holder::DelimitedItem => Err(ScanError::Truncated),
                    Holder::File | Holder::SizedItem => Ok(elements),
                };
            }
            if holder == Holder::File && end - self.at < 8 && self.only_zeros() {
                return Ok(elements);
            }
            match self.peek_tag(end)? {
                // No file holds group 0000: this is padding after the data set, or no data set.
                Tag(0, 0) if holder == Holder::File && self.only_zeros() => return Ok(elements),
                Tag(0, 0) => return Err(ScanError::BrokenNesting),
                ITEM_END if holder == Holder::DelimitedItem => {
                    self.take(8, end)?;
                    return Ok(elements);
                }
                ITEM | ITEM_END | SEQUENCE_END => return Err(ScanError::BrokenNesting),
                _ => {
                    let element = self.element(end, depth)?;
                    elements.push(element);
                }
            }
        }
    }

    fn element(&mut self, end: usize, depth: usize) -> Result<Element, ScanError> {
        self.count()?;
        let tag = self.peek_tag(end)?;
        self.take(4, end)?;
        let (vr, length) = self.vr_and_length(tag, end)?;
        let content = if length == UNDEFINED {
            self.undefined_length(tag, vr, end, depth)?
        } else {
            self.defined_length(tag, vr, length as usize, end, depth)?
        };
        Ok(Element { tag, vr, content })
    }

    fn undefined_length(&mut self, tag: Tag, vr: VR, end: usize, depth: usize) -> Result<Content, ScanError> {
        match vr {
            VR::OB | VR::OW if tag == tags::PIXEL_DATA => match self.fragments(end) {
                Err(ScanError::Truncated) if depth == 0 && end == self.bytes.len() => {
                    self.at = end;
                    Ok(Content::CutPixels)
                }
                other => other,
            },
            // Undefined length with VR UN: a sequence in Implicit VR Little Endian (PS3.5 6.2.2 note 4).
            VR::UN => {
                let outside = std::mem::replace(&mut self.encoding, Encoding::ImplicitLittle);
                let items = self.items(end, true, depth);
                self.encoding = outside;
                items.map(Content::Items)
            }
            _ => self.items(end, true, depth).map(Content::Items),
        }
    }

    fn defined_length(
        &mut self,
        tag: Tag,
        vr: VR,
        length: usize,
        end: usize,
        depth: usize,
    ) -> Result<Content, ScanError> {
        if length > end - self.at {
            let beyond_file = end == self.bytes.len();
            if beyond_file && depth == 0 && tag == tags::PIXEL_DATA {
                self.at = end;
                return Ok(Content::CutPixels);
            }
            return Err(if beyond_file { ScanError::Truncated } else { ScanError::BrokenNesting });
        }
        let value = self.at..self.at + length;
        if vr == VR::SQ {
            self.items(value.end, false, depth).map(Content::Items)
        } else {
            self.at = value.end;
            Ok(Content::Value(value))
        }
    }

    /// The items of a sequence up to its delimiter, or up to `end` where its length is defined.
    fn items(&mut self, end: usize, delimited: bool, depth: usize) -> Result<Vec<Vec<Element>>, ScanError> {
        if depth >= MAX_DEPTH {
            return Err(ScanError::TooDeep);
        }
        let mut items = Vec::new();
        loop {
            if self.at == end && !delimited {
                return Ok(items);
            }
            self.count()?;
            let tag = self.peek_tag(end)?;
            self.take(4, end)?;
            let length = self.length(end)?;
            match tag {
                SEQUENCE_END if delimited => return Ok(items),
                ITEM if length == UNDEFINED => {
                    items.push(self.data_set(end, Holder::DelimitedItem, depth + 1)?);
                }
                ITEM => {
                    let item_end = self.at + length as usize;
                    if item_end > end {
                        let beyond_file = item_end > self.bytes.len();
                        return Err(if beyond_file {
                            ScanError::Truncated
                        } else {
                            ScanError::BrokenNesting
                        });
                    }
                    items.push(self.data_set(item_end, Holder::SizedItem, depth + 1)?);
                }
                _ => return Err(ScanError::BrokenNesting),
            }
        }
    }

    fn fragments(&mut self, end: usize) -> Result<Content, ScanError> {
        let mut fragments = Vec::new();
        loop {
            self.count()?;
            let tag = self.peek_tag(end)?;
            self.take(4, end)?;
            let length = self.length(end)? as usize;
            match tag {
                SEQUENCE_END => break,
                ITEM => {
                    let at = self.at;
                    self.take(length, end)?;
                    fragments.push(at..at + length);
                }
                _ => return Err(ScanError::BrokenNesting),
            }
        }
        if fragments.is_empty() {
            return Err(ScanError::BrokenNesting);
        }
        let offset_table = fragments.remove(0);
        Ok(Content::Fragments { offset_table, fragments })
    }

    fn vr_and_length(&mut self, tag: Tag, end: usize) -> Result<(VR, u32), ScanError> {
        if self.encoding == Encoding::ImplicitLittle {
            let length = self.length(end)?;
            let vr = dictionary_vr(tag);
            // An undefined length outside the pixel data can only be a sequence.
            let sequence = length == UNDEFINED && tag != tags::PIXEL_DATA;
            return Ok((if sequence { VR::SQ } else { vr }, length));
        }
        let letters = [self.byte(0, end)?, self.byte(1, end)?];
        if !letters.iter().all(u8::is_ascii_uppercase) {
            return Err(ScanError::ValueRepresentation);
        }
        // A representation of later editions has the long form of length (PS3.5 7.1.2); treated as unknown.
        let vr = VR::from_binary(letters).unwrap_or(VR::UN);
        self.take(2, end)?;
        let short = matches!(
            vr,
            VR::AE | VR::AS | VR::AT | VR::CS | VR::DA | VR::DS | VR::DT | VR::FL | VR::FD | VR::IS | VR::LO
        ) || matches!(
            vr,
            VR::LT | VR::PN | VR::SH | VR::SL | VR::SS | VR::ST | VR::TM | VR::UI | VR::UL | VR::US
        );
        if short {
            let bytes = [self.byte(0, end)?, self.byte(1, end)?];
            self.take(2, end)?;
            let length = match self.encoding.is_big_endian() {
                true => u16::from_be_bytes(bytes),
                false => u16::from_le_bytes(bytes),
            };
            return Ok((vr, u32::from(length)));
        }
        self.take(2, end)?;
        Ok((vr, self.length(end)?))
    }

    fn only_zeros(&self) -> bool {
        self.bytes[self.at..].iter().all(|byte| *byte == 0)
    }

    fn length(&mut self, end: usize) -> Result<u32, ScanError> {
        let bytes = [self.byte(0, end)?, self.byte(1, end)?, self.byte(2, end)?, self.byte(3, end)?];
        self.at += 4;
        Ok(match self.encoding.is_big_endian() {
            true => u32::from_be_bytes(bytes),
            false => u32::from_le_bytes(bytes),
        })
    }

    fn peek_tag(&self, end: usize) -> Result<Tag, ScanError> {
        let half = |at| -> Result<u16, ScanError> {
            let bytes = [self.byte(at, end)?, self.byte(at + 1, end)?];
            Ok(match self.encoding.is_big_endian() {
                true => u16::from_be_bytes(bytes),
                false => u16::from_le_bytes(bytes),
            })
        };
        Ok(Tag(half(0)?, half(2)?))
    }

    fn byte(&self, ahead: usize, end: usize) -> Result<u8, ScanError> {
        let at = self.at + ahead;
        if at >= end {
            return Err(ScanError::Truncated);
        }
        self.bytes.get(at).copied().ok_or(ScanError::Truncated)
    }

    fn take(&mut self, count: usize, end: usize) -> Result<(), ScanError> {
        if count > end - self.at {
            return Err(ScanError::Truncated);
        }
        self.at += count;
        Ok(())
    }

    fn count(&mut self) -> Result<(), ScanError> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(ScanError::TooManyElements);
        }
        Ok(())
    }
}

/// The value representation that PS3.6 gives an attribute; UN where it is not listed.
pub fn dictionary_vr(tag: Tag) -> VR {
    StandardDataDictionary.by_tag(tag).map_or(VR::UN, |entry| entry.vr().relaxed())
}
