//! Fonts: our own two, embedded, and those of the machine for scripts that ours lack.
//!
//! DejaVu Sans 2.37 covers Latin, Greek, Cyrillic, Arabic and Hebrew (free licence, `data/DejaVu-copyright.txt`).

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use fontdb::{Database, Source, Style, Weight};
use krilla::text::Font;
use rustybuzz::ttf_parser::{self, GlyphId, OutlineBuilder};

static REGULAR: &[u8] = include_bytes!("../data/DejaVuSans.ttf");
static BOLD: &[u8] = include_bytes!("../data/DejaVuSans-Bold.ttf");

/// One face of a font, ready for shaping and for the PDF.
pub struct Face {
    /// For shaping.
    pub(crate) shaping: rustybuzz::Face<'static>,
    /// For the PDF.
    pub(crate) pdf: Font,
}

impl Face {
    fn of(bytes: &'static [u8], index: u32) -> Option<Self> {
        Some(Self {
            shaping: rustybuzz::Face::from_slice(bytes, index)?,
            pdf: Font::new(bytes.into(), index)?,
        })
    }

    /// Font units of one em.
    pub(crate) fn units_per_em(&self) -> f32 {
        self.shaping.units_per_em() as f32
    }

    /// Whether the face draws `c`. A glyph that is a picture only (colour emoji) cannot be printed and does not count.
    pub(crate) fn draws(&self, c: char) -> bool {
        let face: &ttf_parser::Face<'static> = &self.shaping;
        face.glyph_index(c).is_some_and(|glyph| is_blank(c) || has_outline(face, glyph))
    }
}

/// Characters without ink.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_ignorable(c)
}

/// Characters that steer others and are seen by nobody (Unicode `Default_Ignorable_Code_Point`, those that texts hold).
pub(crate) fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

struct Ink(bool);
impl OutlineBuilder for Ink {
    fn move_to(&mut self, _: f32, _: f32) {}
    fn line_to(&mut self, _: f32, _: f32) {
        self.0 = true;
    }
    fn quad_to(&mut self, _: f32, _: f32, _: f32, _: f32) {
        self.0 = true;
    }
    fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {
        self.0 = true;
    }
    fn close(&mut self) {}
}

fn has_outline(face: &ttf_parser::Face<'_>, glyph: GlyphId) -> bool {
    let mut ink = Ink(false);
    face.outline_glyph(glyph, &mut ink).is_some() && ink.0
}

/// The machine's fonts, looked at when a character needs them.
struct MachineFonts {
    /// Loaded when the first character needs it: a machine can have thousands.
    database: Option<Database>,
    /// Which characters each face has, the usual faces first. Each file is read once for it, not once for every character.
    covered: Option<Vec<(fontdb::ID, Covered)>>,
    /// Files that were opened, by the database's id.
    opened: HashMap<fontdb::ID, Option<Arc<Face>>>,
    /// Which face draws a character.
    known: HashMap<char, Option<Arc<Face>>>,
}

impl MachineFonts {
    fn of(database: Option<Database>) -> Self {
        Self { database, covered: None, opened: HashMap::new(), known: HashMap::new() }
    }

    fn for_char(&mut self, c: char) -> Option<Arc<Face>> {
        if let Some(known) = self.known.get(&c) {
            return known.clone();
        }
        let ids: Vec<fontdb::ID> =
            self.covered().iter().filter(|(_, covered)| covered.has(c)).map(|(id, _)| *id).collect();
        let found = ids.into_iter().find_map(|id| self.open(id).filter(|face| face.draws(c)));
        self.known.insert(c, found.clone());
        found
    }

    fn database(&mut self) -> &Database {
        self.database.get_or_insert_with(|| {
            let mut database = Database::new();
            database.load_system_fonts();
            database
        })
    }

    fn covered(&mut self) -> &[(fontdb::ID, Covered)] {
        if self.covered.is_none() {
            let database = self.database();
            let mut faces: Vec<(bool, fontdb::ID)> = database
                .faces()
                .map(|f| (f.style != Style::Normal || f.weight != Weight::NORMAL, f.id))
                .collect();
            faces.sort_by_key(|(unusual, _)| *unusual);
            let covered = faces.into_iter().filter_map(|(_, id)| Some((id, Covered::of(database, id)?)));
            self.covered = Some(covered.collect());
        }
        self.covered.as_deref().unwrap_or_default()
    }

    fn open(&mut self, id: fontdb::ID) -> Option<Arc<Face>> {
        if let Some(opened) = self.opened.get(&id) {
            return opened.clone();
        }
        let opened = self.database().face_source(id).and_then(|(source, index)| {
            let bytes = match source {
                Source::File(path) => std::fs::read(path).ok()?,
                Source::Binary(bytes) => bytes.as_ref().as_ref().to_vec(),
            };
            // Kept for the life of the program: a font is opened once, and few are.
            Face::of(Box::leak(bytes.into_boxed_slice()), index).map(Arc::new)
        });
        self.opened.insert(id, opened.clone());
        opened
    }
}

/// The characters that a face has a glyph for: first and last of each run, in order.
struct Covered(Vec<(u32, u32)>);

impl Covered {
    fn of(database: &Database, id: fontdb::ID) -> Option<Self> {
        database.with_face_data(id, |bytes, index| {
            let face = ttf_parser::Face::parse(bytes, index).ok()?;
            let mut all: Vec<u32> = Vec::new();
            let tables = face.tables().cmap?.subtables;
            for table in tables.into_iter().filter(|t| t.is_unicode()) {
                table.codepoints(|c| all.push(c));
            }
            all.sort_unstable();
            all.dedup();
            let mut runs: Vec<(u32, u32)> = Vec::new();
            for c in all {
                match runs.last_mut() {
                    Some((_, last)) if *last + 1 == c => *last = c,
                    _ => runs.push((c, c)),
                }
            }
            Some(Self(runs))
        })?
    }

    fn has(&self, c: char) -> bool {
        let c = u32::from(c);
        let after = self.0.partition_point(|(first, _)| *first <= c);
        after.checked_sub(1).is_some_and(|at| c <= self.0[at].1)
    }
}

/// All fonts that text is set in.
pub struct FontBook {
    regular: Arc<Face>,
    bold: Arc<Face>,
    machine: Mutex<MachineFonts>,
}

impl FontBook {
    /// Our fonts and those of the machine. Loaded once in the life of the program.
    ///
    /// # Panics
    /// Never: the embedded fonts are tested.
    pub fn shared() -> &'static Self {
        static BOOK: OnceLock<FontBook> = OnceLock::new();
        BOOK.get_or_init(|| Self::with(None))
    }

    /// Our fonts, and those of one folder instead of the machine's.
    pub fn with_folder(folder: Option<&Path>) -> Self {
        let mut database = Database::new();
        if let Some(folder) = folder {
            database.load_fonts_dir(folder);
        }
        Self::with(Some(database))
    }

    #[allow(
        clippy::expect_used,
        reason = "the two files are part of the program; each test of this crate reads them"
    )]
    fn with(database: Option<Database>) -> Self {
        let own = |bytes| Arc::new(Face::of(bytes, 0).expect("an embedded font"));
        Self { regular: own(REGULAR), bold: own(BOLD), machine: Mutex::new(MachineFonts::of(database)) }
    }

    /// Our own face of that weight.
    pub(crate) fn own(&self, bold: bool) -> &Arc<Face> {
        if bold { &self.bold } else { &self.regular }
    }

    /// The face that draws `cluster` (what a reader sees as one character), our own before the machine's. Where none
    /// has all of it, our own face and the characters that it lacks.
    pub(crate) fn for_cluster(&self, cluster: &str, bold: bool) -> (Arc<Face>, Vec<char>) {
        let needed = || cluster.chars().filter(|c| !is_ignorable(*c));
        for face in [self.own(bold), &self.regular] {
            if needed().all(|c| face.draws(c)) {
                return (Arc::clone(face), Vec::new());
            }
        }
        let own = self.own(bold);
        let missing: Vec<char> = needed().filter(|c| !own.draws(*c)).collect();
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        for c in &missing {
            if let Some(face) = machine.for_char(*c)
                && needed().all(|c| face.draws(c))
            {
                return (face, Vec::new());
            }
        }
        (Arc::clone(own), missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_fonts_have_the_promised_scripts() {
        let book = FontBook::with_folder(None);
        for c in "AzñÑßøŁőΑωЖяحمدשלום0123456789–…·▲▼".chars() {
            assert!(book.own(false).draws(c) && book.own(true).draws(c), "{c}");
        }
        assert!(!book.own(false).draws('漢'));
    }

    #[test]
    fn a_character_that_only_another_font_has_is_drawn_by_that_one() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        let book = FontBook::with_folder(Some(&folder));
        let only_regular = (0x500..0xfb00_u32)
            .filter_map(char::from_u32)
            .find(|c| book.own(false).draws(*c) && !book.own(true).draws(*c))
            .expect("such a character");
        let found =
            book.machine.lock().expect("a lock").for_char(only_regular).expect("a face of the folder");
        assert!(found.draws(only_regular));
        let (_, missing) = book.for_cluster("漢", false);
        assert_eq!(missing, ['漢']);
    }
}
