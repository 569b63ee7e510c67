//! The words spoken between the core and the helper: requests, replies and the values they carry.
//!
//! Every reply travels as one framed message (see [`crate::framing`]): this JSON header, then a body of raw bytes.
//! The first message of a helper is its [`Hello`]; after it each [`Request`] is answered by exactly one [`Reply`].
//! Attribute names are those of DICOM PS3.6; no refusal carries a value that came from the file.

use serde::{Deserialize, Serialize};

/// Version of this protocol; core and helper refuse each other when it differs.
pub const PROTOCOL_VERSION: u32 = 2;

/// Largest file that is handed to a helper, in bytes (its address space is [`ADDRESS_SPACE_BYTES`]).
pub const MAX_FILE_BYTES: u64 = 512 << 20;

/// Address space a helper may use, in bytes.
pub const ADDRESS_SPACE_BYTES: u64 = 1 << 30;

/// CPU time a helper may use in its whole life, in seconds; the pool replaces it well before.
pub const CPU_SECONDS: u64 = 600;

/// Largest decoded frame that a helper hands back, in bytes.
pub const MAX_FRAME_BYTES: u64 = 256 << 20;

/// Longest side of a thumbnail, in pixels.
pub const THUMBNAIL_SIDE: u32 = 128;

/// Longest side of a photo or scan that is asked for, in pixels: A4 at 218 dots per inch.
pub const MOST_PHOTO_SIDE: u32 = 2560;

/// What the core asks of a helper. The body of each request is the whole file: DICOM, but for [`Request::Photo`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Read the attributes; answered by [`Reply::Described`] without a body.
    Describe,
    /// Decode one frame; answered by [`Reply::Frame`] with the pixels as body.
    Frame {
        /// Frame number, 0-based.
        frame: u32,
    },
    /// Render a small picture of one frame with its default window; answered by [`Reply::Thumbnail`] with a PNG as body.
    Thumbnail {
        /// Frame number, 0-based.
        frame: u32,
    },
    /// Write a photo or scan (JPEG, PNG) anew, upright and without anything but its pixels; answered by
    /// [`Reply::Photo`] with a JPEG as body.
    Photo {
        /// Longest side of the answer in pixels, at most [`MOST_PHOTO_SIDE`].
        side: u32,
    },
    /// Misbehave on purpose, so that tests can see the fences hold. Absent from release builds.
    #[cfg(debug_assertions)]
    Misbehave {
        /// What to do.
        how: Misbehaviour,
    },
}

impl Request {
    /// Most bytes that the body of the reply may have.
    pub fn max_reply_bytes(&self) -> u64 {
        match self {
            Request::Describe => 0,
            Request::Frame { .. } => MAX_FRAME_BYTES,
            Request::Thumbnail { .. } => 1 << 20,
            Request::Photo { .. } => 32 << 20,
            #[cfg(debug_assertions)]
            Request::Misbehave { .. } => 0,
        }
    }
}

/// Ways in which a test tells the helper to go wrong. Absent from release builds.
#[cfg(debug_assertions)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Misbehaviour {
    /// Abort the process.
    Abort,
    /// Recurse until the stack ends.
    OverflowStack,
    /// Take eight gibibytes of memory.
    Allocate,
    /// Never answer.
    Spin,
    /// Panic inside the request.
    Panic,
    /// Open a file that everybody may read; refused with [`RefusalCode::Fenced`] where the fence stands.
    OpenFile,
    /// Open a network connection; refused with [`RefusalCode::Fenced`] where the fence stands.
    Connect,
    /// Start another program; refused with [`RefusalCode::Fenced`] where the fence stands.
    StartProgram,
}

/// The first message of a helper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL_VERSION`] of the helper.
    pub protocol: u32,
    /// Which fences stand around it.
    pub fences: Fences,
}

/// The fences a helper put around itself before it read its first request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fences {
    /// The address space is limited ([`ADDRESS_SPACE_BYTES`]).
    pub memory: bool,
    /// The CPU time is limited ([`CPU_SECONDS`]).
    pub cpu_time: bool,
    /// No file can be written, no core dump is left, few file descriptors can be opened.
    pub files: bool,
    /// The file system is out of reach (Landlock).
    pub file_system: bool,
    /// Only the system calls of computing and of the two pipes are allowed (seccomp).
    pub system_calls: bool,
}

impl Fences {
    /// Whether every fence stands.
    pub fn all(self) -> bool {
        self.memory && self.cpu_time && self.files && self.file_system && self.system_calls
    }
}

/// What a helper answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// The attributes of the file.
    Described(Box<Described>),
    /// One frame; the body holds the pixels as [`FrameHeader::kind`] says, rows from top to bottom, without padding.
    Frame(Box<FrameHeader>),
    /// A small picture; the body is a PNG of at most [`THUMBNAIL_SIDE`] pixels a side.
    Thumbnail {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A photo, written anew as JPEG.
    Photo(PhotoHeader),
    /// The request was understood and cannot be met; the helper is fit for the next one.
    Refused(Refusal),
}

/// A photo before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoHeader {
    /// Width of the answer in pixels.
    pub width: u32,
    /// Height of the answer in pixels.
    pub height: u32,
    /// Width of the file's picture in pixels, upright.
    pub from_width: u32,
    /// Height of the file's picture in pixels, upright.
    pub from_height: u32,
    /// The file said where it was taken; the answer does not.
    pub had_location: bool,
}

/// Why a file or frame was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// The class of the reason.
    pub code: RefusalCode,
    /// One plain sentence; it never holds a value from the file.
    pub reason: String,
}

/// Classes of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The bytes are not a DICOM file.
    NotDicom,
    /// The bytes are no picture of a kind that is read.
    NotAPhoto,
    /// A DICOMDIR: an index of other files, not an instance.
    Directory,
    /// A declared length reaches beyond the end of the file.
    Truncated,
    /// The structure breaks PS3.5.
    Malformed,
    /// A limit of ours is passed (depth, elements, size).
    OverLimit,
    /// SOP, study or series identifiers are missing.
    Unidentified,
    /// The file holds no picture that can be shown faithfully.
    NotDisplayable,
    /// There is no such frame.
    NoSuchFrame,
    /// The coded pixels are damaged.
    DamagedPixels,
    /// A fence of the helper refused the act.
    Fenced,
    /// The helper failed in itself.
    Internal,
}

/// What is known of a DICOM instance before any pixel is decoded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Described {
    /// SOP Instance UID (0008,0018).
    pub sop_instance_uid: String,
    /// SOP Class UID (0008,0016).
    pub sop_class_uid: Option<String>,
    /// Transfer Syntax UID: as declared, or the plain syntax that was recognised where none is declared.
    pub transfer_syntax_uid: String,
    /// Study Instance UID (0020,000D).
    pub study_instance_uid: String,
    /// Series Instance UID (0020,000E).
    pub series_instance_uid: String,
    /// Frame of Reference UID (0020,0052).
    pub frame_of_reference_uid: Option<String>,
    /// The person as written in the file.
    pub patient: PatientOnFile,
    /// Study Date (0008,0020), as written: `YYYYMMDD` where the file keeps to PS3.5.
    pub study_date: Option<String>,
    /// Study Time (0008,0030), as written.
    pub study_time: Option<String>,
    /// Study Description (0008,1030).
    pub study_description: Option<String>,
    /// Accession Number (0008,0050).
    pub accession_number: Option<String>,
    /// Modality (0008,0060).
    pub modality: Option<String>,
    /// Series Number (0020,0011).
    pub series_number: Option<i64>,
    /// Series Description (0008,103E).
    pub series_description: Option<String>,
    /// Body Part Examined (0018,0015).
    pub body_part: Option<String>,
    /// Instance Number (0020,0013).
    pub instance_number: Option<i64>,
    /// The picture, where the file holds one whose description can be read.
    pub pixels: Option<PixelDescription>,
    /// Whether the picture can be shown, or why not.
    pub display: Display,
    /// Some text could not be read with the character set that the file declares; the signs it could not read are
    /// replaced by U+FFFD, or a common Western character set was assumed where none is declared.
    pub text_uncertain: bool,
}

/// The person as written in the file, decoded to Unicode and otherwise unchanged.
///
/// `Debug` is redacted: this is patient data.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientOnFile {
    /// Patient's Name (0010,0010), components separated by `^`, representations by `=` (PS3.5 6.2.1).
    pub name: Option<String>,
    /// Patient ID (0010,0020).
    pub identifier: Option<String>,
    /// Issuer of Patient ID (0010,0021).
    pub issuer: Option<String>,
    /// Patient's Birth Date (0010,0030), as written.
    pub birth_date: Option<String>,
    /// Patient's Sex (0010,0040): `M`, `F`, `O`, or as written.
    pub sex: Option<String>,
}

impl std::fmt::Debug for PatientOnFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PatientOnFile(redacted)")
    }
}

/// The picture's description: PS3.3 C.7.6.3 and the geometry of C.7.6.2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PixelDescription {
    /// Rows (0028,0010).
    pub rows: u32,
    /// Columns (0028,0011).
    pub columns: u32,
    /// Number of Frames (0028,0008), at least 1.
    pub frames: u32,
    /// Samples per Pixel (0028,0002).
    pub samples_per_pixel: u16,
    /// Bits Allocated (0028,0100).
    pub bits_allocated: u16,
    /// Bits Stored (0028,0101).
    pub bits_stored: u16,
    /// Pixel Representation (0028,0103): two's complement.
    pub signed: bool,
    /// Photometric Interpretation (0028,0004), one of the defined terms.
    pub photometric_interpretation: String,
    /// Pixel Spacing (0028,0030) in millimetres: between rows, between columns.
    pub pixel_spacing_mm: Option<[f64; 2]>,
    /// Slice Thickness (0018,0050) in millimetres.
    pub slice_thickness_mm: Option<f64>,
    /// Image Position (Patient) (0020,0032) in millimetres.
    pub image_position_mm: Option<[f64; 3]>,
    /// Image Orientation (Patient) (0020,0037): direction cosines of the row, then of the column.
    pub image_orientation: Option<[f64; 6]>,
    /// Windows of the file, in the order of the file.
    pub windows: Vec<WindowPreset>,
    /// The pixels went through a lossy compression at some time.
    pub lossy: bool,
}

/// Whether a picture can be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "displayable", content = "reason", rename_all = "snake_case")]
pub enum Display {
    /// It can.
    Yes,
    /// It cannot, for this reason (a plain phrase without values from the file).
    No(String),
}

/// A window of the file (PS3.3 C.11.2.1.2), in the unit of the values after rescaling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct WindowPreset {
    /// Window Center & Width Explanation (0028,1055), or `Window 1`, `Window 2` …
    pub name: String,
    /// Window Center (0028,1050).
    pub center: f64,
    /// Window Width (0028,1051), at least 1.
    pub width: f64,
}

/// How the pixels of a frame are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PixelKind {
    /// Unsigned stored values, 16-bit little-endian.
    U16,
    /// Signed stored values, 16-bit little-endian.
    I16,
    /// Red, green, blue, opacity (always 255), 8 bits each.
    Rgba8,
}

impl PixelKind {
    /// Bytes of one pixel.
    pub fn bytes(self) -> usize {
        match self {
            PixelKind::U16 | PixelKind::I16 => 2,
            PixelKind::Rgba8 => 4,
        }
    }
}

/// What a viewer needs beside the pixels of a frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FrameHeader {
    /// Height in pixels.
    pub rows: u32,
    /// Width in pixels.
    pub columns: u32,
    /// Layout of the pixels.
    pub kind: PixelKind,
    /// Rescale Slope (0028,1053); 1 where absent. Reported, not applied to the pixels.
    pub slope: f64,
    /// Rescale Intercept (0028,1052); 0 where absent. Reported, not applied to the pixels.
    pub intercept: f64,
    /// Unit of the rescaled values, such as `HU` (Rescale Type (0028,1054), or Hounsfield units for CT).
    pub unit: Option<String>,
    /// Centre of the first window of the file, in rescaled values.
    pub window_center: Option<f64>,
    /// Width of the first window of the file, in rescaled values, at least 1.
    pub window_width: Option<f64>,
    /// Smallest stored value of this frame, pixel padding (0028,0120) left out; 0 for colour.
    pub minimum: i32,
    /// Largest stored value of this frame, pixel padding left out; 255 for colour.
    pub maximum: i32,
    /// MONOCHROME1: the smallest value is shown white.
    pub invert: bool,
    /// Distance in millimetres between rows and between columns.
    pub pixel_spacing_mm: Option<[f64; 2]>,
    /// Where the slice lies along its own normal, such as `H 102.5 mm`.
    pub row_position: Option<String>,
    /// Directions at the left, right, top and bottom edge (PS3.3 C.7.6.1.1.1).
    pub orientation: Option<[String; 4]>,
    /// The pixels went through a lossy compression at some time.
    pub lossy: bool,
    /// Windows of the file.
    pub presets: Vec<WindowPreset>,
}

impl FrameHeader {
    /// Bytes that the pixels of this frame take.
    pub fn pixel_bytes(&self) -> usize {
        // Saturating: the core must not trust a helper's numbers either.
        (self.rows as usize).saturating_mul(self.columns as usize).saturating_mul(self.kind.bytes())
    }
}
