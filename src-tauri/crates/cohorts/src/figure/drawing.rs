//! A drawing as a list of marks, so that it can be written in any form: here as SVG, number by number in one way, so that the
//! same numbers give the same bytes.

use std::fmt::{self, Display, Write};

use super::escape;

/// Red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

impl Display for Colour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// Colours of print that people tell apart whatever their sight (Okabe & Ito 2008, "Color universal design").
pub(super) const COLOURS: [Colour; 6] = [
    Colour(0x00, 0x72, 0xb2),
    Colour(0xd5, 0x5e, 0x00),
    Colour(0x00, 0x9e, 0x73),
    Colour(0xcc, 0x79, 0xa7),
    Colour(0xe6, 0x9f, 0x00),
    Colour(0x56, 0xb4, 0xe9),
];
/// Colour of text, and of the title.
pub const INK: Colour = Colour(0x16, 0x20, 0x2c);
pub(super) const QUIET: Colour = Colour(0x4a, 0x56, 0x66);
pub(super) const LINE: Colour = Colour(0xc3, 0xca, 0xd3);

/// Height of text, in pixels.
pub const TEXT_SIZE: f64 = 13.0;
/// Height of the title, which is bold.
pub const TITLE_SIZE: f64 = 16.0;
/// Where the title begins: on its baseline.
pub const TITLE_PLACE: (f64, f64) = (16.0, 28.0);
/// Width of a curve; other lines are one pixel wide.
pub const CURVE_WIDTH: f64 = 2.0;
/// How much of an area's colour covers what lies below it.
pub const AREA_OPACITY: f64 = 0.15;

/// Where a text stands to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// It lies on both sides of it.
    Middle,
    /// It ends there.
    End,
}

/// Something that is drawn. Places are in pixels from the top left corner.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "each name says it")]
pub enum Mark {
    /// A line of text on its baseline.
    Text { place: (f64, f64), anchor: Anchor, colour: Colour, text: String },
    /// A filled rectangle.
    Rectangle { corner: (f64, f64), size: (f64, f64), colour: Colour },
    /// A thin line.
    Line { from: (f64, f64), to: (f64, f64), colour: Colour },
    /// A line through points, [`CURVE_WIDTH`] wide.
    Curve { points: Vec<(f64, f64)>, colour: Colour },
    /// A pale area within points.
    Area { points: Vec<(f64, f64)>, colour: Colour },
}

/// A drawing on white.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Stands at the top, and is what is read out for the drawing.
    pub title: String,
    /// What is drawn, each over those before it.
    pub marks: Vec<Mark>,
}

impl Drawing {
    /// An empty page with a title.
    pub(super) fn new(width: u32, height: u32, title: &str) -> Self {
        Self { width, height, title: title.to_owned(), marks: Vec::new() }
    }

    pub(super) fn text(&mut self, place: (f64, f64), anchor: Anchor, colour: Colour, text: &str) {
        self.marks.push(Mark::Text { place, anchor, colour, text: text.to_owned() });
    }

    pub(super) fn rectangle(&mut self, corner: (f64, f64), size: (f64, f64), colour: Colour) {
        self.marks.push(Mark::Rectangle { corner, size, colour });
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: Colour) {
        self.marks.push(Mark::Line { from, to, colour });
    }

    pub(super) fn curve(&mut self, points: &[(f64, f64)], colour: Colour) {
        self.marks.push(Mark::Curve { points: points.to_vec(), colour });
    }

    pub(super) fn area(&mut self, points: &[(f64, f64)], colour: Colour) {
        self.marks.push(Mark::Area { points: points.to_vec(), colour });
    }

    /// As SVG.
    #[must_use]
    pub fn svg(&self) -> String {
        let (width, height, title) = (self.width, self.height, escape(&self.title));
        let (x, y) = TITLE_PLACE;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"system-ui, sans-serif\" font-size=\"{TEXT_SIZE}\" role=\"img\" \
             aria-label=\"{title}\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
             <text x=\"{x}\" y=\"{y}\" font-size=\"{TITLE_SIZE}\" font-weight=\"600\" fill=\"{INK}\">{title}</text>\n"
        );
        for mark in &self.marks {
            put(&mut out, mark);
        }
        out.push_str("</svg>\n");
        out
    }
}

fn put(out: &mut String, mark: &Mark) {
    // Writing to a text cannot fail.
    let _ = match mark {
        Mark::Text { place: (x, y), anchor, colour, text } => {
            let anchor = match anchor {
                Anchor::Start => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::End => " text-anchor=\"end\"",
            };
            writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\"{anchor} fill=\"{colour}\">{}</text>", escape(text))
        }
        Mark::Rectangle { corner: (x, y), size: (width, height), colour } => writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>"
        ),
        Mark::Line { from: (x1, y1), to: (x2, y2), colour } => writeln!(
            out,
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\"/>"
        ),
        Mark::Curve { points, colour } => writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{CURVE_WIDTH}\"/>",
            written(points)
        ),
        Mark::Area { points, colour } => writeln!(
            out,
            "<polygon points=\"{}\" fill=\"{colour}\" fill-opacity=\"{AREA_OPACITY}\"/>",
            written(points)
        ),
    };
}

fn written(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
}

/// A text cut to so many characters.
pub(super) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let begin: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{begin}…")
}

/// A step of an axis: 1, 2 or 5 times a power of ten, so that about `steps` of them reach `most`.
pub(super) fn step(most: f64, steps: f64) -> f64 {
    let rough = (most / steps).max(f64::MIN_POSITIVE);
    let power = 10_f64.powf(rough.log10().floor());
    let times = rough / power;
    power
        * if times <= 1.0 {
            1.0
        } else if times <= 2.0 {
            2.0
        } else if times <= 5.0 {
            5.0
        } else {
            10.0
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_round_steps_and_a_long_text_is_cut() {
        assert_eq!([7.0, 100.0, 365.0, 1.0].map(|most| step(most, 5.0)), [2.0, 20.0, 100.0, 0.2]);
        assert_eq!((short("diabetes", 5), short("flu", 5)), ("diab…".to_owned(), "flu".to_owned()));
    }
}
