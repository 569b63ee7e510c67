//! Text set in lines: cleaned, broken, ordered (Unicode bidirectional algorithm, UAX 9), shaped.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use rustybuzz::{Direction, UnicodeBuffer};
use unicode_bidi::{BidiInfo, Level};
use unicode_linebreak::{BreakOpportunity, linebreaks};
use unicode_segmentation::UnicodeSegmentation;

use crate::font::{Face, FontBook, is_ignorable};

/// Characters of one word that are tried on a line; no paper is wider.
const MOST_ON_A_LINE: usize = 400;

/// How text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Size in points.
    pub size: f32,
    /// Whether it is bold.
    pub bold: bool,
}

impl Style {
    /// Plain text of a size in points.
    pub const fn plain(size: f32) -> Self {
        Self { size, bold: false }
    }

    /// Bold text of a size in points.
    pub const fn bold(size: f32) -> Self {
        Self { size, bold: true }
    }

    /// From baseline to baseline, in points.
    pub fn leading(self) -> f32 {
        self.size * 1.3
    }

    /// From the top of a line to its baseline, in points.
    pub fn ascent(self) -> f32 {
        self.size
    }
}

/// A glyph with its advance and offsets in em.
#[derive(Debug, Clone)]
pub struct SetGlyph {
    /// Number in its font.
    pub id: u32,
    /// Advance.
    pub advance: f32,
    /// Offset to the right.
    pub x: f32,
    /// Offset upwards.
    pub y: f32,
    /// Bytes of the run's text that it stands for.
    pub range: Range<usize>,
}

/// Glyphs of one font, from left to right.
#[derive(Clone)]
pub struct Run {
    pub(crate) face: Arc<Face>,
    /// The text in the order of reading.
    pub text: String,
    /// Its glyphs.
    pub glyphs: Vec<SetGlyph>,
    /// Width in em.
    pub width: f32,
}

/// A line that is set.
#[derive(Clone)]
pub struct Line {
    /// From left to right.
    pub runs: Vec<Run>,
    /// The whole line in the order of reading.
    pub text: String,
    /// Width in points.
    pub width: f32,
    /// Whether it is read from the right.
    pub from_right: bool,
    /// How it looks.
    pub style: Style,
}

/// Takes out what would not be seen and could reorder what is: control characters, and marks that override the order
/// of reading (Unicode Technical Report 36, 2.10). Blanks become one kind; line ends stay.
pub fn clean(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter_map(|c| match c {
            '\n' => Some('\n'),
            '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{ad}' => None,
            '\u{a0}' | '\u{202f}' => Some(c),
            c if c.is_whitespace() => Some(' '),
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect()
}

/// Sets text, and remembers which characters no font has.
pub struct Typesetter<'a> {
    book: &'a FontBook,
    missing: BTreeSet<char>,
}

impl<'a> Typesetter<'a> {
    /// With these fonts.
    pub fn new(book: &'a FontBook) -> Self {
        Self { book, missing: BTreeSet::new() }
    }

    /// Characters that no font of this machine has, among all that was set.
    pub fn missing(&self) -> &BTreeSet<char> {
        &self.missing
    }

    /// The text in lines of at most `width` points; a word that is longer is broken between its characters. An empty
    /// text is one empty line.
    pub fn lines(&mut self, text: &str, style: Style, width: f32) -> Vec<Line> {
        let text = clean(text);
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            let bidi = BidiInfo::new(paragraph, None);
            for range in self.breaks(&bidi, style, width) {
                lines.push(self.set(&bidi, range, style));
            }
        }
        lines
    }

    /// The text on one line, however long; line ends become blanks.
    pub fn line(&mut self, text: &str, style: Style) -> Line {
        let text = clean(text).replace('\n', " ");
        self.set(&BidiInfo::new(&text, None), 0..text.len(), style)
    }

    /// The text on one line of at most `width` points: what does not fit gives way to `…`.
    pub fn shortened(&mut self, text: &str, style: Style, width: f32) -> (Line, bool) {
        let line = self.line(text, style);
        if line.width <= width {
            return (line, false);
        }
        let text = clean(text).replace('\n', " ");
        let ends: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
        let fitting = ends
            .partition_point(|end| self.line(&format!("{}…", text[..*end].trim_end()), style).width <= width);
        let end = fitting.checked_sub(1).and_then(|at| ends.get(at)).copied().unwrap_or(0);
        (self.line(&format!("{}…", text[..end].trim_end()), style), true)
    }

    fn breaks(&mut self, bidi: &BidiInfo<'_>, style: Style, width: f32) -> Vec<Range<usize>> {
        let text = bidi.text;
        let mut ranges = Vec::new();
        let mut start = 0;
        let mut last_fit = None;
        let mut seen = 0;
        for (end, _) in linebreaks(text)
            .filter(|(_, kind)| matches!(kind, BreakOpportunity::Allowed | BreakOpportunity::Mandatory))
        {
            if self.width(bidi, start..end, style) <= width {
                last_fit = Some(end);
                seen = end;
                continue;
            }
            if let Some(fit) = last_fit.take() {
                ranges.push(start..fit);
                start = fit;
            }
            start = self.broken_word(bidi, start..end, style, width, &mut ranges);
            last_fit = Some(end);
            seen = end;
        }
        let end = seen.max(text.len());
        if start < end || ranges.is_empty() {
            ranges.push(start..end);
        }
        ranges
    }

    /// Breaks a word that fits no line; answers where its last piece begins.
    fn broken_word(
        &mut self,
        bidi: &BidiInfo<'_>,
        word: Range<usize>,
        style: Style,
        width: f32,
        ranges: &mut Vec<Range<usize>>,
    ) -> usize {
        let mut start = word.start;
        while self.width(bidi, start..word.end, style) > width {
            let ends: Vec<usize> = bidi.text[start..word.end]
                .grapheme_indices(true)
                .map(|(at, g)| start + at + g.len())
                .take(MOST_ON_A_LINE)
                .collect();
            // At least one character a line, so that this ends however narrow the column is.
            let fitting = ends.partition_point(|end| self.width(bidi, start..*end, style) <= width).max(1);
            let Some(end) = ends.get(fitting - 1).copied().filter(|end| *end < word.end) else { break };
            ranges.push(start..end);
            start = end;
        }
        start
    }

    fn width(&mut self, bidi: &BidiInfo<'_>, range: Range<usize>, style: Style) -> f32 {
        self.set(bidi, range, style).width
    }

    /// Sets one line of a paragraph. The order is found with the whole paragraph in view.
    fn set(&mut self, bidi: &BidiInfo<'_>, range: Range<usize>, style: Style) -> Line {
        let paragraph = bidi.text;
        let range = range.start..range.start + paragraph[range].trim_end().len();
        let text = paragraph[range.clone()].to_owned();
        let mut runs = Vec::new();
        let mut from_right = false;
        for part in bidi.paragraphs.iter().filter(|p| p.range.start < range.end && range.start < p.range.end)
        {
            from_right = part.level.is_rtl();
            let inside = range.start.max(part.range.start)..range.end.min(part.range.end);
            let (levels, visual) = bidi.visual_runs(part, inside);
            for run in visual {
                let level = levels.get(run.start).copied().unwrap_or(Level::ltr());
                self.shape_level(&paragraph[run], level.is_rtl(), style, &mut runs);
            }
        }
        let width = runs.iter().map(|r: &Run| r.width).sum::<f32>() * style.size;
        Line { runs, text, width, from_right, style }
    }

    /// Shapes text of one direction, piece by piece where fonts change.
    fn shape_level(&mut self, text: &str, from_right: bool, style: Style, runs: &mut Vec<Run>) {
        let mut pieces: Vec<(Arc<Face>, String)> = Vec::new();
        for cluster in text.graphemes(true) {
            let (face, missing) = self.book.for_cluster(cluster, style.bold);
            self.missing.extend(missing);
            match pieces.last_mut() {
                Some((last, piece)) if Arc::ptr_eq(last, &face) => piece.push_str(cluster),
                _ => pieces.push((face, cluster.to_owned())),
            }
        }
        if from_right {
            pieces.reverse();
        }
        for (face, piece) in pieces {
            let run = shape(face, piece, from_right);
            for glyph in run.glyphs.iter().filter(|g| g.id == 0) {
                let lacking = run.text[glyph.range.clone()].chars().filter(|c| !is_ignorable(*c));
                self.missing.extend(lacking);
            }
            runs.push(run);
        }
    }
}

fn shape(face: Arc<Face>, text: String, from_right: bool) -> Run {
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(&text);
    buffer.guess_segment_properties();
    buffer.set_direction(if from_right { Direction::RightToLeft } else { Direction::LeftToRight });
    let shaped = rustybuzz::shape(&face.shaping, &[], buffer);
    let em = face.units_per_em();
    let mut starts: Vec<usize> = shaped.glyph_infos().iter().map(|i| i.cluster as usize).collect();
    starts.sort_unstable();
    starts.dedup();
    let glyphs: Vec<SetGlyph> = shaped
        .glyph_infos()
        .iter()
        .zip(shaped.glyph_positions())
        .map(|(info, position)| {
            let start = info.cluster as usize;
            let next = starts.partition_point(|s| *s <= start);
            let end = starts.get(next).copied().unwrap_or(text.len());
            SetGlyph {
                id: info.glyph_id,
                advance: position.x_advance as f32 / em,
                x: position.x_offset as f32 / em,
                y: position.y_offset as f32 / em,
                range: start..end,
            }
        })
        .collect();
    let width = glyphs.iter().map(|g| g.advance).sum();
    Run { face, text, glyphs, width }
}
