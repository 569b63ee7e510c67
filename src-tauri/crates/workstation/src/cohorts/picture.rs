//! Drawings of cohorts on paper and as pictures: the marks that their SVG is written of, set in the fonts that papers are set in.

use rustcare_cohorts::figure::drawing::{
    self, AREA_OPACITY, CURVE_WIDTH, Drawing, INK, Mark as Drawn, TEXT_SIZE, TITLE_PLACE, TITLE_SIZE,
};
use rustcare_paper::figure::{Anchor, Colour, Figure, Mark};
use rustcare_paper::font::FontBook;
use rustcare_paper::text::Style;

use crate::paper::not_made;
use crate::problem::Problem;

/// Pixels of a picture for one of the drawing, so that it is sharp in print.
const SCALE: f32 = 2.0;

const fn colour(of: drawing::Colour) -> Colour {
    Colour(of.0, of.1, of.2)
}

const fn point((x, y): (f64, f64)) -> (f32, f32) {
    (x as f32, y as f32)
}

fn points(of: &[(f64, f64)]) -> Vec<(f32, f32)> {
    of.iter().copied().map(point).collect()
}

const fn anchor(of: drawing::Anchor) -> Anchor {
    match of {
        drawing::Anchor::Start => Anchor::Start,
        drawing::Anchor::Middle => Anchor::Middle,
        drawing::Anchor::End => Anchor::End,
    }
}

/// A drawing as a figure on paper, one of its pixels a unit.
pub(crate) fn figure(drawing: &Drawing) -> Figure {
    let title = Mark::Text {
        place: point(TITLE_PLACE),
        anchor: Anchor::Start,
        style: Style::bold(TITLE_SIZE as f32),
        colour: colour(INK),
        text: drawing.title.clone(),
    };
    Figure {
        width: drawing.width as f32,
        height: drawing.height as f32,
        says: drawing.title.clone(),
        marks: std::iter::once(title).chain(drawing.marks.iter().map(mark)).collect(),
    }
}

fn mark(of: &Drawn) -> Mark {
    match of {
        Drawn::Text { place, anchor: at, colour: of_text, text } => Mark::Text {
            place: point(*place),
            anchor: anchor(*at),
            style: Style::plain(TEXT_SIZE as f32),
            colour: colour(*of_text),
            text: text.clone(),
        },
        Drawn::Rectangle { corner: (x, y), size: (width, height), colour: of_area } => Mark::Area {
            points: points(&[(*x, *y), (x + width, *y), (x + width, y + height), (*x, y + height)]),
            colour: colour(*of_area),
            opacity: 1.0,
        },
        Drawn::Line { from, to, colour: of_line } => {
            Mark::Path { points: points(&[*from, *to]), colour: colour(*of_line), width: 1.0 }
        }
        Drawn::Curve { points: corners, colour: of_line } => {
            Mark::Path { points: points(corners), colour: colour(*of_line), width: CURVE_WIDTH as f32 }
        }
        Drawn::Area { points: corners, colour: of_area } => {
            Mark::Area { points: points(corners), colour: colour(*of_area), opacity: AREA_OPACITY as f32 }
        }
    }
}

/// A drawing as PNG.
pub(crate) fn png(drawing: &Drawing) -> Result<Vec<u8>, Problem> {
    figure(drawing).png(FontBook::shared(), SCALE).map_err(|error| not_made(&error))
}
