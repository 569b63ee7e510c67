//! Pages as PDF (ISO 32000-1, version 1.7), tagged, so that they can be read aloud, searched and copied.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use krilla::Document;
use krilla::color::{luma, rgb};
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, Node, SpanTag, TableHeaderScope, Tag, TagGroup, TagTree,
};
use krilla::text::{GlyphId, KrillaGlyph};
use thiserror::Error;

use crate::figure::Colour;
use crate::page::{Bar, FigureMark, Item, Laid, Meaning};
use crate::text::Line;

/// A document that could not be written or drawn. Never on account of what it says.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PdfError {
    /// The writer refused it.
    #[error("the PDF could not be written: {0}")]
    Write(String),
    /// What was written could not be read back.
    #[error("the PDF could not be drawn")]
    Draw,
}

type Rows = BTreeMap<(u32, u32), (bool, Vec<Identifier>)>;

/// The pieces of one block, in the order of reading.
enum Block {
    Heading(u16, Vec<Identifier>),
    Paragraph(Vec<Identifier>),
    Table(u32, Rows),
    Figure(String, Identifier),
}

#[derive(Default)]
struct Structure {
    blocks: Vec<Block>,
    /// What the last block of text was.
    last: Option<Meaning>,
}

impl Structure {
    fn put(&mut self, meaning: Meaning, piece: Identifier) {
        let again = self.last == Some(meaning);
        match (meaning, self.blocks.last_mut()) {
            (Meaning::Artifact, _) => return,
            (Meaning::Heading(..), Some(Block::Heading(_, pieces)))
            | (Meaning::Paragraph(_), Some(Block::Paragraph(pieces)))
                if again =>
            {
                pieces.push(piece);
            }
            (Meaning::Cell { table, row, column, head }, Some(Block::Table(last, rows)))
                if *last == table =>
            {
                rows.entry((row, column)).or_insert((head, Vec::new())).1.push(piece);
            }
            (Meaning::Heading(level, _), _) => self.blocks.push(Block::Heading(level, vec![piece])),
            (Meaning::Paragraph(_), _) => self.blocks.push(Block::Paragraph(vec![piece])),
            (Meaning::Cell { table, row, column, head }, _) => {
                self.blocks.push(Block::Table(table, Rows::from([((row, column), (head, vec![piece]))])));
            }
        }
        self.last = Some(meaning);
    }

    fn tree(self, language: &str) -> TagTree {
        let mut tree = TagTree::new().with_lang(Some(language.to_owned()));
        for block in self.blocks {
            match block {
                Block::Heading(level, pieces) => {
                    let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
                    tree.push(TagGroup::with_children(Tag::Hn(level, None), leaves(pieces)));
                }
                Block::Paragraph(pieces) => tree.push(TagGroup::with_children(Tag::P, leaves(pieces))),
                Block::Table(_, rows) => tree.push(table_of(rows)),
                Block::Figure(says, piece) => {
                    tree.push(TagGroup::with_children(Tag::Figure(Some(says)), leaves(vec![piece])));
                }
            }
        }
        tree
    }
}

fn leaves(pieces: Vec<Identifier>) -> Vec<Node> {
    pieces.into_iter().map(Node::Leaf).collect()
}

fn table_of(cells: Rows) -> TagGroup {
    let mut table = TagGroup::new(Tag::Table);
    let mut open: Option<(u32, TagGroup)> = None;
    for ((row, _), (head, pieces)) in cells {
        if open.as_ref().is_none_or(|(number, _)| *number != row) {
            let done = open.replace((row, TagGroup::new(Tag::TR)));
            if let Some((_, done)) = done {
                table.push(done);
            }
        }
        if let Some((_, group)) = &mut open {
            if head {
                let cell = Tag::TH(TableHeaderScope::Column);
                group.push(TagGroup::with_children(cell, leaves(pieces)));
            } else {
                group.push(TagGroup::with_children(Tag::TD, leaves(pieces)));
            }
        }
    }
    if let Some((_, last)) = open {
        table.push(last);
    }
    table
}

/// Writes the pages. The same pages are the same bytes.
///
/// # Errors
/// [`PdfError::Write`].
pub fn write(laid: &Laid) -> Result<Vec<u8>, PdfError> {
    let mut document = Document::new();
    let mut structure = Structure::default();
    for page in &laid.pages {
        let settings = PageSettings::from_wh(page.width, page.height)
            .ok_or_else(|| PdfError::Write("a page without size".into()))?;
        let mut written = document.start_page_with(settings);
        let mut surface = written.surface();
        surface.set_fill(Some(black()));
        for item in &page.items {
            draw(item, &mut surface, &mut structure);
        }
        surface.finish();
        written.finish();
    }
    document.set_metadata(
        Metadata::new()
            .title(laid.title.clone())
            .language(laid.language.to_owned())
            .creator("RustCare".to_owned()),
    );
    document.set_tag_tree(structure.tree(laid.language));
    document.finish().map_err(|e| PdfError::Write(format!("{e:?}")))
}

fn black() -> Fill {
    Fill { paint: luma::Color::black().into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}

fn draw(item: &Item, surface: &mut Surface<'_>, structure: &mut Structure) {
    match item {
        Item::Text { x, y, line, meaning } => {
            let piece = match meaning {
                Meaning::Artifact => surface
                    .start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther))),
                _ => surface.start_tagged(ContentTag::Span(span_of(line))),
            };
            draw_line(*x, *y, line, surface);
            surface.end_tagged();
            structure.put(*meaning, piece);
        }
        Item::Rule(bar) => {
            surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
            fill(std::slice::from_ref(bar), surface);
            surface.end_tagged();
        }
        Item::Code { bars, says } => {
            let piece = surface.start_tagged(ContentTag::Other);
            fill(bars, surface);
            surface.end_tagged();
            structure.blocks.push(Block::Figure(says.clone(), piece));
            structure.last = None;
        }
        Item::Figure { marks, says } => {
            let piece = surface.start_tagged(ContentTag::Other);
            for mark in marks {
                draw_mark(mark, surface);
            }
            surface.set_fill(Some(black()));
            surface.end_tagged();
            structure.blocks.push(Block::Figure(says.clone(), piece));
            structure.last = None;
        }
    }
}

fn coloured(Colour(red, green, blue): Colour, opacity: f32) -> Fill {
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::new(opacity.clamp(0.0, 1.0)).unwrap_or(NormalizedF32::ONE),
        rule: FillRule::NonZero,
    }
}

fn draw_mark(mark: &FigureMark, surface: &mut Surface<'_>) {
    match mark {
        FigureMark::Text { x, y, line, colour } => {
            surface.set_fill(Some(coloured(*colour, 1.0)));
            draw_line(*x, *y, line, surface);
        }
        FigureMark::Area { points, colour, opacity } => {
            if let Some(path) = through(points, true) {
                surface.set_fill(Some(coloured(*colour, *opacity)));
                surface.draw_path(&path);
            }
        }
        FigureMark::Path { points, colour, width } => {
            if let Some(path) = through(points, false) {
                let Fill { paint, opacity, .. } = coloured(*colour, 1.0);
                surface.set_fill(None);
                surface.set_stroke(Some(Stroke { paint, opacity, width: *width, ..Stroke::default() }));
                surface.draw_path(&path);
                surface.set_stroke(None);
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

/// Glyphs lie from left to right; where the text is read otherwise, the order of reading is said beside them.
fn span_of(line: &Line) -> SpanTag<'_> {
    let plain = line.runs.iter().map(|r| r.text.as_str()).eq([line.text.as_str()]);
    let reordered = line.from_right
        || (!plain && line.runs.iter().map(|r| r.text.as_str()).collect::<String>() != line.text);
    SpanTag::empty().with_actual_text(reordered.then_some(line.text.as_str()))
}

fn draw_line(x: f32, y: f32, line: &Line, surface: &mut Surface<'_>) {
    let mut pen = x;
    for run in &line.runs {
        let glyphs: Vec<KrillaGlyph> = run
            .glyphs
            .iter()
            .map(|g| KrillaGlyph::new(GlyphId::new(g.id), g.advance, g.x, g.y, 0.0, g.range.clone(), None))
            .collect();
        surface.draw_glyphs(
            Point::from_xy(pen, y),
            &glyphs,
            run.face.pdf.clone(),
            &run.text,
            line.style.size,
            false,
        );
        pen += run.width * line.style.size;
    }
}

fn fill(bars: &[Bar], surface: &mut Surface<'_>) {
    let mut path = PathBuilder::new();
    for bar in bars {
        if let Some(rect) = Rect::from_xywh(bar.x, bar.y, bar.width, bar.height) {
            path.push_rect(rect);
        }
    }
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}
