//! What is known of a file before a pixel is decoded, and what a viewer needs beside a frame.

use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};

use crate::charset::CharacterSets;
use crate::data_set::DataSet;
use crate::geometry::{Orientation, spacing_mm};
use crate::pixels::{Photometric, PicturePlan, Pixels};
use crate::protocol::{
    Described, Display, FrameHeader, PatientOnFile, PixelDescription, Refusal, RefusalCode, WindowPreset,
};
use crate::start::Dicom;

/// Reads the attributes of a file.
///
/// # Errors
/// [`RefusalCode::Unidentified`] where the file does not say which instance of which series and study it is.
pub fn describe(dicom: &Dicom<'_>) -> Result<Described, Refusal> {
    let (data_set, meta) = (dicom.data_set(), dicom.meta());
    let sop_instance_uid = data_set
        .text(tags::SOP_INSTANCE_UID)
        .or_else(|| meta.text(tags::MEDIA_STORAGE_SOP_INSTANCE_UID))
        .ok_or_else(|| unidentified("instance"))?;
    let study_instance_uid = data_set.text(tags::STUDY_INSTANCE_UID).ok_or_else(|| unidentified("study"))?;
    let series_instance_uid =
        data_set.text(tags::SERIES_INSTANCE_UID).ok_or_else(|| unidentified("series"))?;
    if ![&sop_instance_uid, &study_instance_uid, &series_instance_uid].into_iter().all(|uid| is_uid(uid)) {
        let reason = "an identifier of the file is not a valid UID".to_owned();
        return Err(Refusal { code: RefusalCode::Unidentified, reason });
    }
    let mut sets = CharacterSets::declared(data_set.text(tags::SPECIFIC_CHARACTER_SET).as_deref());
    let mut text = |tag: Tag| data_set.decoded_text(tag, &mut sets);
    let patient = PatientOnFile {
        name: text(tags::PATIENT_NAME),
        identifier: text(tags::PATIENT_ID),
        issuer: text(tags::ISSUER_OF_PATIENT_ID),
        birth_date: data_set.text(tags::PATIENT_BIRTH_DATE),
        sex: data_set.text(tags::PATIENT_SEX),
    };
    let study_description = text(tags::STUDY_DESCRIPTION);
    let accession_number = text(tags::ACCESSION_NUMBER);
    let series_description = text(tags::SERIES_DESCRIPTION);
    let plan = PicturePlan::read(dicom);
    Ok(Described {
        sop_instance_uid,
        sop_class_uid: data_set
            .text(tags::SOP_CLASS_UID)
            .or_else(|| meta.text(tags::MEDIA_STORAGE_SOP_CLASS_UID)),
        transfer_syntax_uid: dicom.transfer_syntax().uid().to_owned(),
        study_instance_uid,
        series_instance_uid,
        frame_of_reference_uid: data_set.text(tags::FRAME_OF_REFERENCE_UID),
        patient,
        study_date: data_set.text(tags::STUDY_DATE),
        study_time: data_set.text(tags::STUDY_TIME),
        study_description,
        accession_number,
        modality: data_set.text(tags::MODALITY),
        series_number: data_set.integer(tags::SERIES_NUMBER),
        series_description,
        body_part: data_set.text(tags::BODY_PART_EXAMINED),
        instance_number: data_set.integer(tags::INSTANCE_NUMBER),
        pixels: pixel_description(dicom, &mut sets),
        display: match plan {
            Ok(_) => Display::Yes,
            Err(reason) => Display::No(reason.to_owned()),
        },
        text_uncertain: sets.uncertain(),
    })
}

/// The header of a decoded frame.
pub fn frame_header(dicom: &Dicom<'_>, plan: &PicturePlan, frame: u32, pixels: &Pixels) -> FrameHeader {
    let data_set = dicom.data_set();
    let mut sets = CharacterSets::declared(data_set.text(tags::SPECIFIC_CHARACTER_SET).as_deref());
    let geometry = Geometry::read(&data_set, frame);
    let grey = matches!(plan.photometric, Photometric::Monochrome { .. });
    let presets = if grey { windows(&data_set, frame, &mut sets) } else { Vec::new() };
    let first = presets.first();
    let (minimum, maximum) = extent(pixels, data_set.integer(tags::PIXEL_PADDING_VALUE));
    let rescale = data_set.for_frame(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE, frame).unwrap_or(data_set);
    let number = |tag| rescale.number(tag).filter(|_| grey);
    let orientation = geometry.orientation.and_then(Orientation::new).filter(|_| !is_quadruped(&data_set));
    FrameHeader {
        rows: u32::from(plan.rows),
        columns: u32::from(plan.columns),
        kind: pixels.kind(),
        slope: number(tags::RESCALE_SLOPE).filter(|slope| *slope != 0.0).unwrap_or(1.0),
        intercept: number(tags::RESCALE_INTERCEPT).unwrap_or(0.0),
        unit: if grey { unit(&rescale, data_set.text(tags::MODALITY).as_deref()) } else { None },
        window_center: first.map(|window| window.center),
        window_width: first.map(|window| window.width),
        minimum,
        maximum,
        invert: plan.photometric == Photometric::Monochrome { inverted: true },
        pixel_spacing_mm: geometry.spacing_mm,
        row_position: orientation.zip(geometry.position_mm).map(|(plane, at)| plane.slice_position(at)),
        orientation: orientation.map(|plane| plane.edge_letters()),
        lossy: is_lossy(dicom),
        presets,
    }
}

struct Geometry {
    spacing_mm: Option<[f64; 2]>,
    thickness_mm: Option<f64>,
    position_mm: Option<[f64; 3]>,
    orientation: Option<[f64; 6]>,
}

impl Geometry {
    /// From the image plane module (PS3.3 C.7.6.2) or the functional groups of a multi-frame object (C.7.6.16.2).
    fn read(data_set: &DataSet<'_>, frame: u32) -> Self {
        let of = |group| data_set.for_frame(group, frame).unwrap_or(*data_set);
        let measures = of(tags::PIXEL_MEASURES_SEQUENCE);
        Geometry {
            spacing_mm: spacing_mm(measures.vector(tags::PIXEL_SPACING)),
            thickness_mm: measures.number(tags::SLICE_THICKNESS).filter(|thickness| *thickness > 0.0),
            position_mm: of(tags::PLANE_POSITION_SEQUENCE).vector(tags::IMAGE_POSITION_PATIENT),
            orientation: of(tags::PLANE_ORIENTATION_SEQUENCE).vector(tags::IMAGE_ORIENTATION_PATIENT),
        }
    }
}

fn pixel_description(dicom: &Dicom<'_>, sets: &mut CharacterSets) -> Option<PixelDescription> {
    let data_set = &dicom.data_set();
    let positive = |tag| u32::try_from(data_set.integer(tag)?).ok().filter(|value| *value > 0);
    let small = |tag| u16::try_from(data_set.integer(tag)?).ok();
    let geometry = Geometry::read(data_set, 0);
    Some(PixelDescription {
        rows: positive(tags::ROWS)?,
        columns: positive(tags::COLUMNS)?,
        frames: positive(tags::NUMBER_OF_FRAMES).unwrap_or(1),
        samples_per_pixel: small(tags::SAMPLES_PER_PIXEL).unwrap_or(1),
        bits_allocated: small(tags::BITS_ALLOCATED)?,
        bits_stored: small(tags::BITS_STORED).or_else(|| small(tags::BITS_ALLOCATED))?,
        signed: small(tags::PIXEL_REPRESENTATION) == Some(1),
        photometric_interpretation: data_set.text(tags::PHOTOMETRIC_INTERPRETATION)?,
        pixel_spacing_mm: geometry.spacing_mm,
        slice_thickness_mm: geometry.thickness_mm,
        image_position_mm: geometry.position_mm,
        image_orientation: geometry.orientation,
        windows: windows(data_set, 0, sets),
        lossy: is_lossy(dicom),
    })
}

/// The windows of a frame. Those of the function SIGMOID are left out: shown as linear they would mislead.
fn windows(data_set: &DataSet<'_>, frame: u32, sets: &mut CharacterSets) -> Vec<WindowPreset> {
    let voi = data_set.for_frame(tags::FRAME_VOILUT_SEQUENCE, frame).unwrap_or(*data_set);
    if voi.text(tags::VOILUT_FUNCTION).as_deref() == Some("SIGMOID") {
        return Vec::new();
    }
    let (centers, widths) = (voi.numbers(tags::WINDOW_CENTER), voi.numbers(tags::WINDOW_WIDTH));
    let names = voi.decoded_text(tags::WINDOW_CENTER_WIDTH_EXPLANATION, sets).unwrap_or_default();
    let mut names = names.split('\\');
    let pairs = centers.unwrap_or_default().into_iter().zip(widths.unwrap_or_default());
    pairs
        .enumerate()
        .map(|(index, (center, width))| {
            let name = names.next().map(str::trim).filter(|name| !name.is_empty());
            WindowPreset {
                name: name.map_or_else(|| format!("Window {}", index + 1), str::to_owned),
                center,
                width,
            }
        })
        .filter(|preset| preset.width >= 1.0)
        .collect()
}

/// Rescale Type (0028,1054); CT values without it are Hounsfield units (PS3.3 C.8.2.1.1.2).
fn unit(rescale: &DataSet<'_>, modality: Option<&str>) -> Option<String> {
    match rescale.text(tags::RESCALE_TYPE).as_deref() {
        Some("US") => None, // "unspecified"
        Some(unit) => Some(unit.to_owned()),
        None if modality == Some("CT") && rescale.has(tags::RESCALE_INTERCEPT) => Some("HU".to_owned()),
        None => None,
    }
}

/// Whether a lossy compression is declared, or is the transfer syntax's own nature.
fn is_lossy(dicom: &Dicom<'_>) -> bool {
    dicom.data_set().text(tags::LOSSY_IMAGE_COMPRESSION).as_deref() == Some("01")
        || matches!(
            dicom.transfer_syntax().uid(),
            uids::JPEG_BASELINE8_BIT | uids::JPEG_EXTENDED12_BIT | uids::JPEGLS_NEAR_LOSSLESS
        )
}

fn is_quadruped(data_set: &DataSet<'_>) -> bool {
    data_set.text(tags::ANATOMICAL_ORIENTATION_TYPE).as_deref() == Some("QUADRUPED")
}

/// The smallest and largest stored value, pixel padding left out where anything else is there.
fn extent(pixels: &Pixels, padding: Option<i64>) -> (i32, i32) {
    fn over(values: impl Iterator<Item = i32> + Clone, padding: Option<i64>) -> (i32, i32) {
        let span = |(low, high): (i32, i32), value: i32| (low.min(value), high.max(value));
        let none = (i32::MAX, i32::MIN);
        let found = values.clone().filter(|value| Some(i64::from(*value)) != padding).fold(none, span);
        if found == none { values.fold(none, span) } else { found }
    }
    match pixels {
        Pixels::U16(values) => over(values.iter().map(|value| i32::from(*value)), padding),
        Pixels::I16(values) => over(values.iter().map(|value| i32::from(*value)), padding),
        Pixels::Rgba8(_) => (0, 255),
    }
}

/// UIDs are digits and dots, at most 64 (PS3.5 9.1).
fn is_uid(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn unidentified(what: &str) -> Refusal {
    let reason = format!("the file does not say which {what} it is or belongs to");
    Refusal { code: RefusalCode::Unidentified, reason }
}
