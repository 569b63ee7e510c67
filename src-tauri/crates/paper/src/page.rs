//! Pages as laid out: what is where, in points (1/72 inch) from the top left corner.

use crate::figure::Colour;
use crate::text::Line;

/// Points of a millimetre.
pub const fn mm(millimetres: f32) -> f32 {
    millimetres * 72.0 / 25.4
}

/// What a piece of text is, for readers that do not look at the page (ISO 32000-1, 14.8 tagged PDF).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// Belongs to the page, not to the text: heads, feet, page numbers.
    Artifact,
    /// A heading of a level from 1; the number tells it from others.
    Heading(u16, u32),
    /// A paragraph.
    Paragraph(u32),
    /// A cell of a table.
    Cell {
        /// Which table.
        table: u32,
        /// Row from 0.
        row: u32,
        /// Column from 0.
        column: u32,
        /// Whether it heads its column.
        head: bool,
    },
}

/// A bar or a square of a code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// From the left.
    pub x: f32,
    /// From the top.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

/// Something in a figure, in points from the top left corner of the page.
#[derive(Clone)]
#[allow(missing_docs, reason = "each name says it")]
pub enum FigureMark {
    /// A line of text whose baseline begins at a point.
    Text { x: f32, y: f32, line: Line, colour: Colour },
    /// A filled shape; opacity from 0 to 1.
    Area { points: Vec<(f32, f32)>, colour: Colour, opacity: f32 },
    /// A line through points.
    Path { points: Vec<(f32, f32)>, colour: Colour, width: f32 },
}

impl FigureMark {
    /// The same elsewhere on a page, by so many points.
    pub fn moved(&self, dx: f32, dy: f32) -> Self {
        let along = |points: &[(f32, f32)]| points.iter().map(|(x, y)| (x + dx, y + dy)).collect();
        match self {
            Self::Text { x, y, line, colour } => {
                Self::Text { x: x + dx, y: y + dy, line: line.clone(), colour: *colour }
            }
            Self::Area { points, colour, opacity } => {
                Self::Area { points: along(points), colour: *colour, opacity: *opacity }
            }
            Self::Path { points, colour, width } => {
                Self::Path { points: along(points), colour: *colour, width: *width }
            }
        }
    }
}

/// Something on a page.
#[derive(Clone)]
pub enum Item {
    /// A line of text whose baseline begins at a point.
    Text {
        /// From the left.
        x: f32,
        /// Of the baseline, from the top.
        y: f32,
        /// The line.
        line: Line,
        /// What it is.
        meaning: Meaning,
    },
    /// A thin line, drawn as a bar.
    Rule(Bar),
    /// A code to be scanned.
    Code {
        /// Its bars.
        bars: Vec<Bar>,
        /// What it says, for readers that do not look at it.
        says: String,
    },
    /// A figure.
    Figure {
        /// What it is drawn of.
        marks: Vec<FigureMark>,
        /// What it is, for readers that do not look at it.
        says: String,
    },
}

/// A page.
#[derive(Clone)]
pub struct Page {
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
    /// What is on it.
    pub items: Vec<Item>,
}

impl Page {
    /// An empty page.
    pub fn new(width: f32, height: f32) -> Self {
        Self { width, height, items: Vec::new() }
    }
}

/// Pages with what has to be said of them.
#[derive(Clone)]
pub struct Laid {
    /// The pages.
    pub pages: Vec<Page>,
    /// The document's title, without a word of the patient.
    pub title: String,
    /// BCP 47 tag of the words.
    pub language: &'static str,
    /// Characters that no font of the machine has.
    pub missing: Vec<char>,
    /// Whether a name was shortened to fit.
    pub shortened: bool,
}
