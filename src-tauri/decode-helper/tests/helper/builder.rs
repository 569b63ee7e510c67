//! DICOM files made in memory, in Explicit VR Little Endian.

/// A file under construction; [`FileBuilder::new`] begins a displayable 4 x 3 picture of 16-bit greys.
#[derive(Clone)]
pub struct FileBuilder {
    elements: Vec<(u32, [u8; 2], Vec<u8>)>,
    pub transfer_syntax: &'static str,
}

impl FileBuilder {
    pub fn new() -> Self {
        let empty = FileBuilder { elements: Vec::new(), transfer_syntax: "1.2.840.10008.1.2.1" };
        empty
            .text(0x0008_0016, *b"UI", "1.2.840.10008.5.1.4.1.1.7")
            .text(0x0008_0018, *b"UI", "1.2.3.4")
            .text(0x0008_0060, *b"CS", "OT")
            .text(0x0010_0010, *b"PN", "Canary^Patient")
            .text(0x0010_0020, *b"LO", "CANARY-1")
            .text(0x0020_000D, *b"UI", "1.2.3")
            .text(0x0020_000E, *b"UI", "1.2.3.1")
            .text(0x0020_0013, *b"IS", "1")
            .short(0x0028_0002, 1)
            .text(0x0028_0004, *b"CS", "MONOCHROME2")
            .short(0x0028_0010, 3)
            .short(0x0028_0011, 4)
            .short(0x0028_0100, 16)
            .short(0x0028_0101, 16)
            .short(0x0028_0102, 15)
            .short(0x0028_0103, 0)
            .value(0x7FE0_0010, *b"OW", (0..12_u16).flat_map(|value| (value * 100).to_le_bytes()).collect())
    }

    /// Sets an attribute; the tag is written as group and element in one number.
    pub fn value(mut self, tag: u32, vr: [u8; 2], value: Vec<u8>) -> Self {
        self.elements.retain(|(other, ..)| *other != tag);
        self.elements.push((tag, vr, value));
        self.elements.sort_by_key(|(tag, ..)| *tag);
        self
    }

    pub fn text(self, tag: u32, vr: [u8; 2], text: &str) -> Self {
        let mut value = text.as_bytes().to_vec();
        if value.len() % 2 == 1 {
            value.push(if vr == *b"UI" { 0 } else { b' ' });
        }
        self.value(tag, vr, value)
    }

    pub fn short(self, tag: u32, number: u16) -> Self {
        self.value(tag, *b"US", number.to_le_bytes().to_vec())
    }

    pub fn without(mut self, tag: u32) -> Self {
        self.elements.retain(|(other, ..)| *other != tag);
        self
    }

    /// The data set alone, without preamble and meta information.
    pub fn data_set(&self) -> Vec<u8> {
        self.elements.iter().flat_map(|(tag, vr, value)| element(*tag, *vr, value)).collect()
    }

    /// The whole file after PS3.10.
    pub fn build(&self) -> Vec<u8> {
        let mut file = meta(self.transfer_syntax);
        file.extend(self.data_set());
        file
    }
}

/// Preamble, prefix and file meta information.
pub fn meta(transfer_syntax: &str) -> Vec<u8> {
    let mut file = vec![0; 128];
    file.extend(b"DICM");
    let mut uid = transfer_syntax.as_bytes().to_vec();
    if uid.len() % 2 == 1 {
        uid.push(0);
    }
    file.extend(element(0x0002_0010, *b"UI", &uid));
    file
}

/// One element with a defined length.
pub fn element(tag: u32, vr: [u8; 2], value: &[u8]) -> Vec<u8> {
    let mut bytes = ((tag >> 16) as u16).to_le_bytes().to_vec();
    bytes.extend((tag as u16).to_le_bytes());
    bytes.extend(vr);
    if matches!(&vr, b"OB" | b"OW" | b"SQ" | b"UN" | b"UT") {
        bytes.extend([0, 0]);
        bytes.extend((value.len() as u32).to_le_bytes());
    } else {
        bytes.extend((value.len() as u16).to_le_bytes());
    }
    bytes.extend(value);
    bytes
}
