//! Figures on paper: marks with colours, laid out anywhere and at any size, and a figure by itself as a picture.

use crate::font::FontBook;
use crate::page::{FigureMark, Item, Page};
use crate::pdf::PdfError;
use crate::raster;
use crate::text::{Style, Typesetter};

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

/// Where a text stands to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// It lies on both sides of it.
    Middle,
    /// It ends there.
    End,
}

/// Something that is drawn. Places and sizes are in the figure's own measure, from its top left corner.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each name says it")]
pub enum Mark {
    /// A line of text on its baseline.
    Text { place: (f32, f32), anchor: Anchor, style: Style, colour: Colour, text: String },
    /// A filled shape; opacity from 0 to 1.
    Area { points: Vec<(f32, f32)>, colour: Colour, opacity: f32 },
    /// A line through points.
    Path { points: Vec<(f32, f32)>, colour: Colour, width: f32 },
}

/// A figure on white.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Width in its own measure.
    pub width: f32,
    /// Height in its own measure.
    pub height: f32,
    /// What is read out for it.
    pub says: String,
    /// Each mark over those before it.
    pub marks: Vec<Mark>,
}

/// Largest picture, in pixels on a side.
const MOST_PIXELS: f32 = 4_000.0;

impl Figure {
    /// The figure as an item of a page: its top left corner in points, and the points of one of its own measure.
    pub fn laid(&self, setter: &mut Typesetter<'_>, (left, top): (f32, f32), scale: f32) -> Item {
        let place = |(x, y): (f32, f32)| (left + x * scale, top + y * scale);
        let mark = |mark: &Mark| match mark {
            Mark::Text { place: at, anchor, style, colour, text } => {
                let style = Style { size: style.size * scale, ..*style };
                let line = setter.line(text, style);
                let (x, y) = place(*at);
                let x = match anchor {
                    Anchor::Start => x,
                    Anchor::Middle => x - line.width / 2.0,
                    Anchor::End => x - line.width,
                };
                FigureMark::Text { x, y, line, colour: *colour }
            }
            Mark::Area { points, colour, opacity } => FigureMark::Area {
                points: points.iter().copied().map(place).collect(),
                colour: *colour,
                opacity: *opacity,
            },
            Mark::Path { points, colour, width } => FigureMark::Path {
                points: points.iter().copied().map(place).collect(),
                colour: *colour,
                width: width * scale,
            },
        };
        Item::Figure { marks: self.marks.iter().map(mark).collect(), says: self.says.clone() }
    }

    /// The figure by itself as PNG, `scale` pixels for one of its own measure, or fewer where that would be too large.
    ///
    /// # Errors
    /// [`PdfError::Draw`] when it has no size.
    pub fn png(&self, book: &FontBook, scale: f32) -> Result<Vec<u8>, PdfError> {
        let mut page = Page::new(self.width, self.height);
        page.items.push(self.laid(&mut Typesetter::new(book), (0.0, 0.0), 1.0));
        let most = MOST_PIXELS / self.width.max(self.height).max(1.0);
        raster::png(&page, scale.min(most))
    }
}
