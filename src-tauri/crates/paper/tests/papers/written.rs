//! Reads PDF and ZPL back, and draws the PDF by itself: operators, embedded fonts, `ToUnicode`. It knows nothing of the
//! layout, so that what it finds is what a printer or reader would find. It reads what our writer uses of ISO 32000-1.

use std::collections::BTreeMap;

use lopdf::content::Content;
use lopdf::{Dictionary, Document, Object};
use rustybuzz::ttf_parser::{Face, GlyphId, OutlineBuilder};
use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Transform};

/// A character of a page: its text and where it begins, in points from the top left corner.
#[derive(Debug, Clone)]
pub struct Character {
    pub text: String,
    pub x: f32,
    pub y: f32,
    pub advance: f32,
}

/// A page that was read.
pub struct ReadPage {
    pub width: f32,
    pub height: f32,
    pub characters: Vec<Character>,
    /// What is filled, in points from the top left corner.
    filled: Vec<Path>,
}

struct PdfFont {
    unicode: BTreeMap<u16, String>,
    widths: BTreeMap<u16, f32>,
    file: Vec<u8>,
}

/// All pages of a PDF.
pub fn pages(pdf: &[u8]) -> Vec<ReadPage> {
    let document = Document::load_mem(pdf).expect("a PDF");
    document.get_pages().into_values().map(|id| read_page(&document, id)).collect()
}

/// The order of reading as a tagged PDF says it: the document's language and its blocks.
pub fn structure(pdf: &[u8]) -> Vec<String> {
    let document = Document::load_mem(pdf).expect("a PDF");
    let mut kinds: Vec<String> = document
        .objects
        .values()
        .filter_map(|o| o.as_dict().ok())
        .filter(|d| d.get(b"Type").and_then(Object::as_name).is_ok_and(|n| n == b"StructElem"))
        .filter_map(|d| d.get(b"S").and_then(Object::as_name).ok())
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

fn number(object: &Object) -> f32 {
    object.as_float().or_else(|_| object.as_i64().map(|n| n as f32)).expect("a number")
}

fn follow<'a>(document: &'a Document, object: &'a Object) -> &'a Object {
    document.dereference(object).expect("an object").1
}

fn dictionary<'a>(document: &'a Document, from: &'a Dictionary, key: &[u8]) -> &'a Dictionary {
    follow(document, from.get(key).expect("a key")).as_dict().expect("a dictionary")
}

fn stream(document: &Document, from: &Dictionary, key: &[u8]) -> Vec<u8> {
    let stream = follow(document, from.get(key).expect("a key")).as_stream().expect("a stream");
    stream.decompressed_content().unwrap_or_else(|_| stream.content.clone())
}

fn read_font(document: &Document, font: &Dictionary) -> PdfFont {
    let kids = follow(document, font.get(b"DescendantFonts").expect("kids")).as_array().expect("an array");
    let kid = follow(document, &kids[0]).as_dict().expect("a font");
    let descriptor = dictionary(document, kid, b"FontDescriptor");
    let mut widths = BTreeMap::new();
    let list = follow(document, kid.get(b"W").expect("widths")).as_array().expect("an array");
    let mut at = 0;
    while at + 1 < list.len() {
        let first = number(&list[at]) as u16;
        if let Ok(each) = list[at + 1].as_array() {
            widths.extend((first..).zip(each.iter().map(number)));
            at += 2;
        } else {
            let (last, width) = (number(&list[at + 1]) as u16, number(&list[at + 2]));
            widths.extend((first..=last).map(|cid| (cid, width)));
            at += 3;
        }
    }
    let unicode = to_unicode(&String::from_utf8_lossy(&stream(document, font, b"ToUnicode")));
    PdfFont { unicode, widths, file: stream(document, descriptor, b"FontFile2") }
}

/// `bfchar` and `bfrange` of a CMap (Adobe Technical Note 5411).
fn to_unicode(cmap: &str) -> BTreeMap<u16, String> {
    let mut map = BTreeMap::new();
    let mut kind = "";
    for line in cmap.lines().map(str::trim) {
        if line.ends_with("beginbfchar") || line.ends_with("beginbfrange") {
            kind = if line.ends_with("bfchar") { "char" } else { "range" };
        } else if line.starts_with("endbf") {
            kind = "";
        } else if !kind.is_empty() {
            let hex: Vec<&str> = line.split(['<', '>']).map(str::trim).filter(|p| !p.is_empty()).collect();
            let code = |text: &str| u16::from_str_radix(text, 16).expect("hex");
            let units = |text: &str| {
                text.as_bytes()
                    .chunks(4)
                    .map(|c| code(std::str::from_utf8(c).expect("ASCII")))
                    .collect::<Vec<_>>()
            };
            let text = |units: &[u16]| String::from_utf16(units).expect("UTF-16");
            if kind == "char" {
                map.insert(code(hex[0]), text(&units(hex[1])));
            } else {
                let mut to = units(hex[2]);
                for cid in code(hex[0])..=code(hex[1]) {
                    map.insert(cid, text(&to));
                    *to.last_mut().expect("a unit") += 1;
                }
            }
        }
    }
    map
}

fn matrix(operands: &[Object]) -> Transform {
    let n: Vec<f32> = operands.iter().map(number).collect();
    Transform::from_row(n[0], n[1], n[2], n[3], n[4], n[5])
}

struct Reader<'a> {
    /// From the page's own space to points from the top left corner.
    upright: Transform,
    ctm: Vec<Transform>,
    text: Transform,
    font: Option<&'a PdfFont>,
    size: f32,
    path: PathBuilder,
}

fn read_page(document: &Document, id: lopdf::ObjectId) -> ReadPage {
    let page = document.get_dictionary(id).expect("a page");
    let media = follow(document, page.get(b"MediaBox").expect("a box")).as_array().expect("an array");
    let (width, height) = (number(&media[2]), number(&media[3]));
    let mut fonts = BTreeMap::new();
    let resources = dictionary(document, page, b"Resources");
    if resources.has(b"Font") {
        for (name, font) in dictionary(document, resources, b"Font").iter() {
            let font = follow(document, font).as_dict().expect("a font");
            fonts.insert(name.clone(), read_font(document, font));
        }
    }
    let mut out = ReadPage { width, height, characters: Vec::new(), filled: Vec::new() };
    let content = Content::decode(&document.get_page_content(id)).expect("a content stream");
    let mut reader = Reader {
        upright: Transform::from_row(1.0, 0.0, 0.0, -1.0, 0.0, height),
        ctm: vec![Transform::identity()],
        text: Transform::identity(),
        font: None,
        size: 0.0,
        path: PathBuilder::new(),
    };
    for operation in &content.operations {
        reader.follow(&operation.operator, &operation.operands, &fonts, &mut out);
    }
    out
}

impl<'a> Reader<'a> {
    fn ctm(&self) -> Transform {
        *self.ctm.last().expect("a matrix")
    }

    fn follow(
        &mut self,
        operator: &str,
        operands: &[Object],
        fonts: &'a BTreeMap<Vec<u8>, PdfFont>,
        out: &mut ReadPage,
    ) {
        let n = |at: usize| number(&operands[at]);
        match operator {
            "q" => self.ctm.push(self.ctm()),
            "Q" => drop(self.ctm.pop()),
            "cm" => {
                let now = self.ctm().pre_concat(matrix(operands));
                *self.ctm.last_mut().expect("a matrix") = now;
            }
            "m" => self.path.move_to(n(0), n(1)),
            "l" => self.path.line_to(n(0), n(1)),
            "h" => self.path.close(),
            "f" => {
                let path = std::mem::replace(&mut self.path, PathBuilder::new()).finish().expect("a path");
                let to_top = self.ctm().post_concat(self.upright);
                out.filled.push(path.transform(to_top).expect("a path"));
            }
            "BT" => self.text = Transform::identity(),
            "Tf" => {
                self.font = Some(&fonts[operands[0].as_name().expect("a name")]);
                self.size = n(1);
            }
            "Tm" => self.text = matrix(operands),
            "Tj" => self.show(&operands[0], out),
            "TJ" => {
                for piece in operands[0].as_array().expect("an array") {
                    if piece.as_str().is_ok() {
                        self.show(piece, out);
                    } else {
                        self.advance(-number(piece) / 1000.0 * self.size);
                    }
                }
            }
            // Lines are no ink that a text is read from.
            "S" => drop(std::mem::replace(&mut self.path, PathBuilder::new())),
            "w" | "J" | "j" | "M" | "d" | "G" | "RG" | "rg" | "CS" | "SCN" => {}
            "BMC" | "BDC" | "EMC" | "ET" | "g" | "Tr" | "gs" | "cs" | "scn" => {}
            other => panic!("the writer uses {other}, which this reader does not know"),
        }
    }

    fn advance(&mut self, by: f32) {
        self.text = self.text.pre_concat(Transform::from_translate(by, 0.0));
    }

    fn show(&mut self, string: &Object, out: &mut ReadPage) {
        let font = self.font.expect("a font");
        let face = Face::parse(&font.file, 0).expect("an embedded font");
        let em = f32::from(face.units_per_em());
        for cid in string.as_str().expect("a string").chunks(2).map(|b| u16::from_be_bytes([b[0], b[1]])) {
            let place = self.text.post_concat(self.ctm()).post_concat(self.upright);
            let advance = font.widths.get(&cid).copied().unwrap_or(0.0) / 1000.0 * self.size;
            let text = font.unicode.get(&cid).cloned().unwrap_or_default();
            out.characters.push(Character { text, x: place.tx, y: place.ty, advance });
            let mut pen = Pen(PathBuilder::new());
            if face.outline_glyph(GlyphId(cid), &mut pen).is_some()
                && let Some(path) = pen.0.finish()
            {
                let scaled = place.pre_scale(self.size / em, self.size / em);
                out.filled.extend(path.transform(scaled));
            }
            self.advance(advance);
        }
    }
}

struct Pen(PathBuilder);
impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0.quad_to(x1, y1, x, y);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.0.cubic_to(x1, y1, x2, y2, x, y);
    }
    fn close(&mut self) {
        self.0.close();
    }
}

impl ReadPage {
    /// The characters in the order in which they stand in the file.
    pub fn text(&self) -> String {
        self.characters.iter().map(|c| c.text.as_str()).collect()
    }

    /// The page as grey values from 0 (black), `scale` pixels a point.
    pub fn drawn(&self, scale: f32) -> (u32, u32, Vec<u8>) {
        let (width, height) = ((self.width * scale).round() as u32, (self.height * scale).round() as u32);
        let mut picture = Pixmap::new(width, height).expect("a picture");
        picture.fill(Color::WHITE);
        let paint = Paint::default();
        for path in &self.filled {
            let scaled = Transform::from_scale(scale, scale);
            picture.fill_path(path, &paint, FillRule::Winding, scaled, None);
        }
        (width, height, picture.pixels().iter().map(|p| p.red()).collect())
    }

    /// Whether all ink is on the page.
    pub fn all_inside(&self) -> bool {
        self.filled.iter().all(|path| {
            let b = path.bounds();
            b.left() >= -0.01
                && b.top() >= -0.01
                && b.right() <= self.width + 0.01
                && b.bottom() <= self.height + 0.01
        })
    }
}

/// The picture of a ZPL label: width, height, grey values.
pub fn zpl_picture(zpl: &str) -> (u32, u32, Vec<u8>) {
    let value = |command: &str| -> u32 {
        let from = zpl.find(command).unwrap_or_else(|| panic!("no {command}")) + command.len();
        zpl[from..].lines().next().expect("a line").parse().expect("a number")
    };
    assert!(zpl.starts_with("^XA\n") && zpl.trim_end().ends_with("^XZ"));
    let (width, height) = (value("^PW"), value("^LL"));
    let (_, graphic) = zpl.split_once("^GFA,").expect("a graphic");
    let (graphic, _) = graphic.split_once("^FS").expect("its end");
    let mut parts = graphic.splitn(4, ',');
    let mut count = || parts.next().expect("a count").parse::<usize>().expect("a number");
    let (total, same, row) = (count(), count(), count());
    let hex: Vec<u8> = parts.next().expect("data").bytes().filter(u8::is_ascii_hexdigit).collect();
    let bytes: Vec<u8> = hex
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hex"))
        .collect();
    assert_eq!((bytes.len(), total), (same, row * height as usize), "the counts that the printer relies on");
    let grey = (0..height as usize)
        .flat_map(|y| (0..width as usize).map(move |x| (x, y)))
        .map(|(x, y)| if bytes[y * row + x / 8] >> (7 - x % 8) & 1 == 1 { 0 } else { 255 })
        .collect();
    (width, height, grey)
}
