//! Where a file's data set begins, how it is written, and the file read into an index.
//!
//! Besides files after PS3.10 (preamble, `DICM`, file meta information) the parts of old exports are read: without
//! preamble, and without meta information where the first element shows how the data set is written.

use std::borrow::Cow;
use std::io::Read;
use std::ops::Range;

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use flate2::read::DeflateDecoder;

use crate::data_set::DataSet;
use crate::protocol::{Refusal, RefusalCode};
use crate::scan::{Content, Element, Encoding, ScanError, scan, scan_meta};

/// Explicit VR Big Endian, retired in PS3.5 2006 and still met in old archives.
pub const EXPLICIT_VR_BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";

/// Most bytes that a deflated data set may become.
pub const MAX_INFLATED_BYTES: u64 = 256 << 20;

/// A file read into an index; values are read through [`Dicom::data_set`] and [`Dicom::meta`].
pub struct Dicom<'a> {
    file: &'a [u8],
    content: Cow<'a, [u8]>,
    meta: Vec<Element>,
    elements: Vec<Element>,
    encoding: Encoding,
    transfer_syntax: TransferSyntax,
}

/// The declared transfer syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransferSyntax {
    /// One that the file meta information declares.
    Declared(String),
    /// None is declared; the encoding was recognised.
    Recognised(Encoding),
}

impl TransferSyntax {
    /// The UID: the declared one, or that of the recognised encoding.
    pub fn uid(&self) -> &str {
        match self {
            TransferSyntax::Declared(uid) => uid,
            TransferSyntax::Recognised(Encoding::ImplicitLittle) => uids::IMPLICIT_VR_LITTLE_ENDIAN,
            TransferSyntax::Recognised(Encoding::ExplicitLittle) => uids::EXPLICIT_VR_LITTLE_ENDIAN,
            TransferSyntax::Recognised(Encoding::ExplicitBig) => EXPLICIT_VR_BIG_ENDIAN,
        }
    }
}

impl<'a> Dicom<'a> {
    /// Reads a whole file.
    ///
    /// # Errors
    /// A [`Refusal`] when the bytes are not DICOM, are damaged, pass a limit, or are a DICOMDIR.
    pub fn read(file: &'a [u8]) -> Result<Self, Refusal> {
        let (meta, start) = match find_start(file).ok_or_else(not_dicom)? {
            Start::Meta(at) => scan_meta(file, at).map_err(refusal)?,
            Start::DataSet => (Vec::new(), 0),
        };
        let of_meta = DataSet::new(file, &meta, Encoding::ExplicitLittle);
        let class = of_meta.text(tags::MEDIA_STORAGE_SOP_CLASS_UID);
        if class.as_deref() == Some(uids::MEDIA_STORAGE_DIRECTORY_STORAGE) {
            let reason = "this is a directory of other files (DICOMDIR)".to_owned();
            return Err(Refusal { code: RefusalCode::Directory, reason });
        }
        let declared = of_meta.text(tags::TRANSFER_SYNTAX_UID);
        let deflated = declared.as_deref().is_some_and(is_deflated);
        let (content, start) = match deflated {
            true => (Cow::Owned(inflate(&file[start..])?), 0),
            false => (Cow::Borrowed(file), start),
        };
        let encoding = encoding_of(&content[start..], declared.as_deref()).ok_or_else(not_dicom)?;
        let elements = scan(&content, start, encoding).map_err(refusal)?;
        let transfer_syntax = declared.map_or(TransferSyntax::Recognised(encoding), TransferSyntax::Declared);
        Ok(Dicom { file, content, meta, elements, encoding, transfer_syntax })
    }

    /// The data set.
    pub fn data_set(&self) -> DataSet<'_> {
        DataSet::new(&self.content, &self.elements, self.encoding)
    }

    /// The file meta information (group 0002); empty where the file has none.
    pub fn meta(&self) -> DataSet<'_> {
        DataSet::new(self.file, &self.meta, Encoding::ExplicitLittle)
    }

    /// The transfer syntax.
    pub fn transfer_syntax(&self) -> &TransferSyntax {
        &self.transfer_syntax
    }

    /// How numbers are written.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The content of the top-level Pixel Data (7FE0,0010) with its value representation.
    pub fn pixel_data(&self) -> Option<(VR, &Content)> {
        let element = self.elements.iter().find(|element| element.tag == tags::PIXEL_DATA)?;
        Some((element.vr, &element.content))
    }

    /// The bytes of a range of the index.
    pub fn bytes(&self, range: &Range<usize>) -> &[u8] {
        self.content.get(range.clone()).unwrap_or_default()
    }
}

enum Start {
    Meta(usize),
    DataSet,
}

fn find_start(file: &[u8]) -> Option<Start> {
    if file.get(128..132) == Some(b"DICM") {
        return Some(Start::Meta(132));
    }
    if file.starts_with(&[2, 0]) && looks_explicit(file) {
        return Some(Start::Meta(0));
    }
    plausible_data_set(file).then_some(Start::DataSet)
}

/// Whether a bare data set begins here: an element of group 0008 (or its length), written in one of three ways.
fn plausible_data_set(file: &[u8]) -> bool {
    match file.get(..8) {
        Some([8, 0, _, 0, ..]) => looks_explicit(file) || length_fits(file),
        Some([0, 8, 0, _, ..]) => looks_explicit(file),
        _ => false,
    }
}

fn length_fits(file: &[u8]) -> bool {
    let length = [file[4], file[5], file[6], file[7]];
    u32::from_le_bytes(length) as usize <= file.len() - 8
}

fn looks_explicit(data_set: &[u8]) -> bool {
    matches!(data_set.get(4..6), Some(&[first, second]) if VR::from_binary([first, second]).is_some())
}

/// How the data set is written: by its declaration, corrected where its first element plainly shows otherwise.
fn encoding_of(data_set: &[u8], declared: Option<&str>) -> Option<Encoding> {
    let explicit = looks_explicit(data_set);
    match declared {
        Some(EXPLICIT_VR_BIG_ENDIAN) => Some(Encoding::ExplicitBig),
        Some(_) if explicit => Some(Encoding::ExplicitLittle),
        Some(_) => Some(Encoding::ImplicitLittle),
        None if !explicit => Some(Encoding::ImplicitLittle),
        // Group numbers at the start of a data set are small: 0x0008 reads as 0x0800 the wrong way round.
        None => match data_set.get(..2)? {
            [low, high] if low < high => Some(Encoding::ExplicitBig),
            _ => Some(Encoding::ExplicitLittle),
        },
    }
}

fn is_deflated(uid: &str) -> bool {
    uid == uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN
}

fn inflate(deflated: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut data_set = Vec::new();
    DeflateDecoder::new(deflated).take(MAX_INFLATED_BYTES + 1).read_to_end(&mut data_set).map_err(|_| {
        Refusal { code: RefusalCode::Malformed, reason: "the deflated data set is damaged".to_owned() }
    })?;
    if data_set.len() as u64 > MAX_INFLATED_BYTES {
        return Err(Refusal {
            code: RefusalCode::OverLimit,
            reason: "the deflated data set grows beyond 256 MiB".to_owned(),
        });
    }
    Ok(data_set)
}

fn not_dicom() -> Refusal {
    Refusal { code: RefusalCode::NotDicom, reason: "this is not a DICOM file".to_owned() }
}

fn refusal(error: ScanError) -> Refusal {
    let code = match error {
        ScanError::Truncated => RefusalCode::Truncated,
        ScanError::BrokenNesting | ScanError::ValueRepresentation => RefusalCode::Malformed,
        ScanError::TooDeep | ScanError::TooManyElements => RefusalCode::OverLimit,
    };
    Refusal { code, reason: error.to_string() }
}
