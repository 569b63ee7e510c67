//! Invented images: a head phantom of ellipses after Shepp and Logan (IEEE Trans Nucl Sci 1974;21:21), as CT slices in
//! DICOM Part 10 files (PS3.10), explicit VR little endian. They show nobody.

use std::fs;
use std::io;
use std::path::Path;

use super::people::Invented;

const SIDE: usize = 256;
const SLICES: usize = 40;
const SPACING_MM: f64 = 0.9;
const ROOT: &str = "1.2.826.0.1.3680043.10.1337";

/// Writes one study a person below `folder`.
pub fn write_studies(folder: &Path, people: &[Invented]) -> io::Result<()> {
    for (at, person) in people.iter().enumerate() {
        let place = folder.join(format!("study{at}"));
        fs::create_dir_all(&place)?;
        for slice in 0..SLICES {
            fs::write(place.join(format!("{slice:03}.dcm")), file(person, at, slice))?;
        }
    }
    Ok(())
}

/// Half axes, centre, angle in degrees, and Hounsfield units of each ellipse, inside the one before it.
const ELLIPSES: [(f64, f64, f64, f64, f64, i16); 8] = [
    (0.69, 0.92, 0.0, 0.0, 0.0, 900),
    (0.6624, 0.874, 0.0, -0.0184, 0.0, 38),
    (0.11, 0.31, 0.22, 0.0, -18.0, 8),
    (0.16, 0.41, -0.22, 0.0, 18.0, 8),
    (0.21, 0.25, 0.0, 0.35, 0.0, 46),
    (0.046, 0.046, 0.0, 0.1, 0.0, 62),
    (0.046, 0.046, 0.0, -0.1, 0.0, 55),
    (0.046, 0.023, -0.08, -0.605, 0.0, 70),
];

fn pixels(study: usize, slice: usize) -> Vec<u8> {
    // The head narrows towards its ends; each person's is a little different.
    let height = (slice as f64 / (SLICES - 1) as f64) * 2.0 - 1.0;
    let size = (1.0 - (height * 0.82).powi(2)).sqrt() * (0.94 + 0.01 * study as f64);
    let mut bytes = Vec::with_capacity(SIDE * SIDE * 2);
    for row in 0..SIDE {
        for column in 0..SIDE {
            let x = (column as f64 + 0.5) / SIDE as f64 * 2.0 - 1.0;
            let y = 1.0 - (row as f64 + 0.5) / SIDE as f64 * 2.0;
            let mut value: i16 = -1000;
            for (a, b, cx, cy, degrees, hounsfield) in ELLIPSES {
                let (sin, cos) = f64::to_radians(degrees).sin_cos();
                let (dx, dy) = (x / size - cx, y / size - cy);
                let (u, v) = ((dx * cos + dy * sin) / a, (dy * cos - dx * sin) / b);
                if u * u + v * v <= 1.0 {
                    value = hounsfield;
                }
            }
            // A fixed texture, so that the picture is not flat.
            let texture = ((row * 31 + column * 17 + slice * 7) % 13) as i16 - 6;
            bytes.extend_from_slice(&(value + texture + 1024).to_le_bytes());
        }
    }
    bytes
}

fn file(person: &Invented, study: usize, slice: usize) -> Vec<u8> {
    let uid = |what: &str| format!("{ROOT}.{}.{what}", person.index + 1);
    let sop = uid(&format!("1.{}", slice + 1));
    let mut meta = Elements::default();
    meta.bytes(0x0002, 0x0001, "OB", &[0, 1]);
    meta.text(0x0002, 0x0002, "UI", "1.2.840.10008.5.1.4.1.1.2");
    meta.text(0x0002, 0x0003, "UI", &sop);
    meta.text(0x0002, 0x0010, "UI", "1.2.840.10008.1.2.1");
    meta.text(0x0002, 0x0012, "UI", &format!("{ROOT}.0"));
    let mut length = Elements::default();
    length.bytes(0x0002, 0x0000, "UL", &(meta.0.len() as u32).to_le_bytes());

    let mut d = Elements::default();
    d.text(0x0008, 0x0005, "CS", "ISO_IR 192");
    d.text(0x0008, 0x0008, "CS", "DERIVED\\SECONDARY\\AXIAL");
    d.text(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.2");
    d.text(0x0008, 0x0018, "UI", &sop);
    d.text(0x0008, 0x0020, "DA", &format!("2026{:02}{:02}", 1 + study % 10, 3 + study * 4 % 24));
    d.text(0x0008, 0x0030, "TM", "101500");
    d.text(0x0008, 0x0060, "CS", "CT");
    d.text(0x0008, 0x0070, "LO", "RustCare practice");
    d.text(0x0008, 0x1030, "LO", "Head, invented phantom");
    d.text(0x0008, 0x103E, "LO", "Axial 3 mm");
    d.text(0x0010, 0x0010, "PN", &format!("{}^{}", person.family, person.given));
    d.text(0x0010, 0x0020, "LO", &person.identifier);
    d.text(0x0010, 0x0030, "DA", &person.born.strftime("%Y%m%d").to_string());
    d.text(0x0010, 0x0040, "CS", if person.female { "F" } else { "M" });
    d.text(0x0018, 0x0050, "DS", "3");
    d.text(0x0020, 0x000D, "UI", &uid("2"));
    d.text(0x0020, 0x000E, "UI", &uid("3"));
    d.text(0x0020, 0x0011, "IS", "1");
    d.text(0x0020, 0x0013, "IS", &(slice + 1).to_string());
    let corner = -(SIDE as f64) * SPACING_MM / 2.0;
    d.text(0x0020, 0x0032, "DS", &format!("{corner}\\{corner}\\{}", slice as f64 * 3.0));
    d.text(0x0020, 0x0037, "DS", "1\\0\\0\\0\\1\\0");
    d.text(0x0020, 0x0052, "UI", &uid("4"));
    d.short(0x0028, 0x0002, 1);
    d.text(0x0028, 0x0004, "CS", "MONOCHROME2");
    d.short(0x0028, 0x0010, SIDE as u16);
    d.short(0x0028, 0x0011, SIDE as u16);
    d.text(0x0028, 0x0030, "DS", &format!("{SPACING_MM}\\{SPACING_MM}"));
    d.short(0x0028, 0x0100, 16);
    d.short(0x0028, 0x0101, 16);
    d.short(0x0028, 0x0102, 15);
    d.short(0x0028, 0x0103, 0);
    d.text(0x0028, 0x1050, "DS", "40\\300");
    d.text(0x0028, 0x1051, "DS", "80\\1500");
    d.text(0x0028, 0x1052, "DS", "-1024");
    d.text(0x0028, 0x1053, "DS", "1");
    d.text(0x0028, 0x1054, "LO", "HU");
    d.bytes(0x7FE0, 0x0010, "OW", &pixels(study, slice));
    [&[0_u8; 128][..], b"DICM", &length.0, &meta.0, &d.0].concat()
}

/// Elements in explicit VR little endian (PS3.5 7.1.2).
#[derive(Default)]
struct Elements(Vec<u8>);

impl Elements {
    fn bytes(&mut self, group: u16, element: u16, vr: &str, value: &[u8]) {
        self.0.extend_from_slice(&group.to_le_bytes());
        self.0.extend_from_slice(&element.to_le_bytes());
        self.0.extend_from_slice(vr.as_bytes());
        if matches!(vr, "OB" | "OW") {
            self.0.extend_from_slice(&[0, 0]);
            self.0.extend_from_slice(&(value.len() as u32).to_le_bytes());
        } else {
            self.0.extend_from_slice(&(value.len() as u16).to_le_bytes());
        }
        self.0.extend_from_slice(value);
    }

    fn text(&mut self, group: u16, element: u16, vr: &str, value: &str) {
        let mut bytes = value.as_bytes().to_vec();
        if bytes.len() % 2 == 1 {
            bytes.push(if vr == "UI" { 0 } else { b' ' });
        }
        self.bytes(group, element, vr, &bytes);
    }

    fn short(&mut self, group: u16, element: u16, value: u16) {
        self.bytes(group, element, "US", &value.to_le_bytes());
    }
}
