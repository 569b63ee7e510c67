//! Pages as pictures: for the preview, and dot by dot for label printers.
//!
//! Glyphs, places and bars are those that the PDF has, number by number; a test reads the PDF back, draws it by itself
//! and holds the two pictures against each other.

use rustybuzz::ttf_parser::{GlyphId, OutlineBuilder};
use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

use crate::figure::Colour;
use crate::page::{Bar, FigureMark, Item, Page};
use crate::pdf::PdfError;
use crate::text::Line;

/// Largest picture, in pixels on a side: a page at 300 dots an inch fits.
const MOST_PIXELS: f32 = 4096.0;

/// The page on white, `scale` pixels a point, as PNG.
///
/// # Errors
/// [`PdfError::Draw`] when the picture is empty or too large.
pub fn png(page: &Page, scale: f32) -> Result<Vec<u8>, PdfError> {
    drawn(page, scale, true)?.encode_png().map_err(|_| PdfError::Draw)
}

/// A page of dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dots {
    /// Dots in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row; true is black.
    pub black: Vec<bool>,
}

/// The page in dots, `scale` of them a point. Bars begin and end on whole dots.
///
/// # Errors
/// [`PdfError::Draw`].
pub fn dots(page: &Page, scale: f32) -> Result<Dots, PdfError> {
    let picture = drawn(page, scale, false)?;
    Ok(Dots {
        width: picture.width() as usize,
        height: picture.height() as usize,
        black: picture.pixels().iter().map(|p| p.red() < 128).collect(),
    })
}

fn drawn(page: &Page, scale: f32, smooth: bool) -> Result<Pixmap, PdfError> {
    let (width, height) = ((page.width * scale).round(), (page.height * scale).round());
    if !(1.0..=MOST_PIXELS).contains(&width) || !(1.0..=MOST_PIXELS).contains(&height) {
        return Err(PdfError::Draw);
    }
    let mut picture = Pixmap::new(width as u32, height as u32).ok_or(PdfError::Draw)?;
    picture.fill(Color::WHITE);
    let mut paint = Paint::default();
    paint.set_color(Color::BLACK);
    let to_pixels = Transform::from_scale(scale, scale);
    for item in &page.items {
        match item {
            Item::Text { x, y, line, .. } => {
                paint.anti_alias = true;
                draw_line(*x, *y, line, &mut picture, &paint, to_pixels);
            }
            Item::Rule(bar) => {
                paint.anti_alias = smooth;
                draw_bars(std::slice::from_ref(bar), &mut picture, &paint, to_pixels);
            }
            Item::Code { bars, .. } => {
                // No grey between bars that touch.
                paint.anti_alias = false;
                draw_bars(bars, &mut picture, &paint, to_pixels);
            }
            Item::Figure { marks, .. } => {
                for mark in marks {
                    draw_mark(mark, &mut picture, to_pixels);
                }
            }
        }
    }
    Ok(picture)
}

fn coloured(Colour(red, green, blue): Colour, opacity: f32) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, (opacity.clamp(0.0, 1.0) * 255.0).round() as u8);
    paint.anti_alias = true;
    paint
}

fn draw_mark(mark: &FigureMark, picture: &mut Pixmap, to_pixels: Transform) {
    match mark {
        FigureMark::Text { x, y, line, colour } => {
            draw_line(*x, *y, line, picture, &coloured(*colour, 1.0), to_pixels);
        }
        FigureMark::Area { points, colour, opacity } => {
            if let Some(path) = through(points, true) {
                picture.fill_path(&path, &coloured(*colour, *opacity), FillRule::Winding, to_pixels, None);
            }
        }
        FigureMark::Path { points, colour, width } => {
            if let Some(path) = through(points, false) {
                let stroke = Stroke { width: *width, ..Stroke::default() };
                picture.stroke_path(&path, &coloured(*colour, 1.0), &stroke, to_pixels, None);
            }
        }
    }
}

fn through(points: &[(f32, f32)], is_closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    let ((x, y), others) = points.split_first()?;
    path.move_to(*x, *y);
    for (x, y) in others {
        path.line_to(*x, *y);
    }
    if is_closed {
        path.close();
    }
    path.finish()
}

fn draw_bars(bars: &[Bar], picture: &mut Pixmap, paint: &Paint<'_>, to_pixels: Transform) {
    for bar in bars {
        if let Some(rect) = Rect::from_xywh(bar.x, bar.y, bar.width, bar.height) {
            picture.fill_path(&PathBuilder::from_rect(rect), paint, FillRule::Winding, to_pixels, None);
        }
    }
}

fn draw_line(x: f32, y: f32, line: &Line, picture: &mut Pixmap, paint: &Paint<'_>, to_pixels: Transform) {
    let size = line.style.size;
    let mut pen = x;
    for run in &line.runs {
        let em = size / run.face.units_per_em();
        for glyph in &run.glyphs {
            if let Some(path) = outline(run.face.as_ref(), glyph.id) {
                let place = Transform::from_row(em, 0.0, 0.0, -em, pen + glyph.x * size, y - glyph.y * size);
                picture.fill_path(&path, paint, FillRule::Winding, place.post_concat(to_pixels), None);
            }
            pen += glyph.advance * size;
        }
    }
}

fn outline(face: &crate::font::Face, glyph: u32) -> Option<Path> {
    let mut pen = Pen(PathBuilder::new());
    face.shaping.outline_glyph(GlyphId(u16::try_from(glyph).ok()?), &mut pen)?;
    pen.0.finish()
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
