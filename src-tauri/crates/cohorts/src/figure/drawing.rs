//! A drawing in SVG, written number by number in one way: the same numbers give the same bytes.

use std::fmt::Write;

use super::escape;

/// Colours of print that people tell apart whatever their sight (Okabe & Ito 2008, "Color universal design").
pub(super) const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
pub(super) const INK: &str = "#16202c";
pub(super) const QUIET: &str = "#4a5666";
pub(super) const LINE: &str = "#c3cad3";

/// Where a text stands to its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing in pixels, growing.
pub(super) struct Drawing {
    out: String,
}

impl Drawing {
    /// An empty page with a title, which is also what is read out for it.
    pub fn new(width: u32, height: u32, title: &str) -> Self {
        let title = escape(title);
        let out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\" \
             aria-label=\"{title}\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
             <text x=\"16\" y=\"28\" font-size=\"16\" font-weight=\"600\" fill=\"{INK}\">{title}</text>\n"
        );
        Self { out }
    }

    pub fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, colour: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let _ = writeln!(
            self.out,
            "<text x=\"{x:.1}\" y=\"{y:.1}\"{anchor} fill=\"{colour}\">{}</text>",
            escape(text)
        );
    }

    pub fn rectangle(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), colour: &str) {
        let _ = writeln!(
            self.out,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>"
        );
    }

    pub fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), colour: &str) {
        let _ = writeln!(
            self.out,
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\"/>"
        );
    }

    /// A line through points, two pixels wide.
    pub fn curve(&mut self, points: &[(f64, f64)], colour: &str) {
        let _ = writeln!(
            self.out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            written(points)
        );
    }

    /// A pale area within points.
    pub fn area(&mut self, points: &[(f64, f64)], colour: &str) {
        let _ = writeln!(
            self.out,
            "<polygon points=\"{}\" fill=\"{colour}\" fill-opacity=\"0.15\"/>",
            written(points)
        );
    }

    pub fn finish(mut self) -> String {
        self.out.push_str("</svg>\n");
        self.out
    }
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
