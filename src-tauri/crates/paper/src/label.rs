//! The patient label: name, date of birth with age, sex, and the house number in figures and as a code.
//!
//! The code holds the number alone: whoever finds a label and scans it learns no name.

use crate::code::{self, CODE128_QUIET, CodeError, QR_QUIET};
use crate::flow::Paper;
use crate::font::FontBook;
use crate::page::{Bar, Item, Laid, Meaning, Page, mm};
use crate::person::Person;
use crate::text::{Line, Style, Typesetter};
use crate::words::{self, Language};

/// Which code is on a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelCode {
    /// QR (ISO/IEC 18004).
    Qr,
    /// Code 128 (ISO/IEC 15417), for laser scanners.
    Code128,
}

/// Labels on a roll, as label printers take them. Width by height in millimetres.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roll {
    /// 57 × 32 mm.
    W57H32,
    /// 62 × 29 mm.
    W62H29,
    /// 50 × 25 mm.
    W50H25,
    /// 102 × 51 mm.
    W102H51,
}

impl Roll {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::W57H32, Self::W62H29, Self::W50H25, Self::W102H51];

    /// Width and height in millimetres.
    pub fn millimetres(self) -> (f32, f32) {
        match self {
            Self::W57H32 => (57.0, 32.0),
            Self::W62H29 => (62.0, 29.0),
            Self::W50H25 => (50.0, 25.0),
            Self::W102H51 => (102.0, 51.0),
        }
    }
}

/// Sheets of labels for office printers, by the number that makers print on them. Measures in millimetres.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sheet {
    /// A4, 3 × 7 labels of 63.5 × 38.1 mm (Avery L7160 and its equals).
    A4L7160,
    /// Letter, 3 × 10 labels of 2⅝ × 1 in (Avery 5160 and its equals).
    Letter5160,
}

struct Grid {
    columns: usize,
    rows: usize,
    label: (f32, f32),
    first: (f32, f32),
    pitch: (f32, f32),
}

impl Sheet {
    fn grid(self) -> Grid {
        match self {
            Self::A4L7160 => {
                Grid { columns: 3, rows: 7, label: (63.5, 38.1), first: (7.2, 15.15), pitch: (66.0, 38.1) }
            }
            Self::Letter5160 => Grid {
                columns: 3,
                rows: 10,
                label: (66.675, 25.4),
                first: (4.76, 12.7),
                pitch: (69.85, 25.4),
            },
        }
    }

    /// Labels on one sheet.
    pub fn count(self) -> usize {
        let grid = self.grid();
        grid.columns * grid.rows
    }

    /// Its paper.
    pub fn paper(self) -> Paper {
        match self {
            Self::A4L7160 => Paper::A4,
            Self::Letter5160 => Paper::Letter,
        }
    }
}

/// What a label is printed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stock {
    /// One label a page.
    Roll(Roll),
    /// A sheet, begun at a label, and how many of it.
    Sheet {
        /// Which.
        sheet: Sheet,
        /// The first free label, from 1, counted along the rows; taken into the sheet's range.
        start: usize,
        /// How many labels; more than a sheet holds go on to the next.
        count: usize,
    },
}

/// Most labels of one print.
pub const MOST_LABELS: usize = 99;

/// A code's modules are whole dots on printers of 8 and of 12 dots a millimetre (203 and 300 dpi).
const STEP: f32 = 0.25;
/// Between the edge and the text.
const PAD: f32 = 1.75;

/// Lays the labels out.
///
/// # Errors
/// [`CodeError`], never for a house number.
pub fn lay(
    person: &Person,
    code: LabelCode,
    stock: Stock,
    language: Language,
    book: &FontBook,
) -> Result<Laid, CodeError> {
    let mut setter = Typesetter::new(book);
    let mut shortened = false;
    let mut one = |width, height| {
        let mut label = Label {
            setter: &mut setter,
            person,
            language,
            width,
            height,
            items: Vec::new(),
            shortened: false,
        };
        label.fill(code)?;
        shortened |= label.shortened;
        Ok::<_, CodeError>(label.items)
    };
    let pages = match stock {
        Stock::Roll(roll) => {
            let (width, height) = roll.millimetres();
            vec![Page { width: mm(width), height: mm(height), items: one(width, height)? }]
        }
        Stock::Sheet { sheet, start, count } => {
            let items = one(sheet.grid().label.0, sheet.grid().label.1)?;
            sheets(sheet, start, count, &items)
        }
    };
    Ok(Laid {
        pages,
        title: words::LABEL.of(language).to_owned(),
        language: language.tag(),
        missing: setter.missing().iter().copied().collect(),
        shortened,
    })
}

fn sheets(sheet: Sheet, start: usize, count: usize, items: &[Item]) -> Vec<Page> {
    let grid = sheet.grid();
    let (width, height) = sheet.paper().size();
    let start = start.clamp(1, sheet.count()) - 1;
    let mut pages = Vec::new();
    for at in start..start + count.clamp(1, MOST_LABELS) {
        let place = at % sheet.count();
        if pages.is_empty() || place == 0 {
            pages.push(Page::new(width, height));
        }
        let x = grid.first.0 + (place % grid.columns) as f32 * grid.pitch.0;
        let y = grid.first.1 + (place / grid.columns) as f32 * grid.pitch.1;
        if let Some(page) = pages.last_mut() {
            page.items.extend(items.iter().map(|item| moved(item, mm(x), mm(y), at as u32 * 100)));
        }
    }
    pages
}

fn moved(item: &Item, dx: f32, dy: f32, blocks: u32) -> Item {
    let along = |bar: &Bar| Bar { x: bar.x + dx, y: bar.y + dy, ..*bar };
    match item {
        Item::Text { x, y, line, meaning } => {
            let meaning = match *meaning {
                Meaning::Paragraph(block) => Meaning::Paragraph(block + blocks),
                other => other,
            };
            Item::Text { x: x + dx, y: y + dy, line: line.clone(), meaning }
        }
        Item::Rule(bar) => Item::Rule(along(bar)),
        Item::Code { bars, says } => {
            Item::Code { bars: bars.iter().map(along).collect(), says: says.clone() }
        }
        Item::Figure { marks, says } => {
            Item::Figure { marks: marks.iter().map(|mark| mark.moved(dx, dy)).collect(), says: says.clone() }
        }
    }
}

struct Label<'a, 'b> {
    setter: &'a mut Typesetter<'b>,
    person: &'a Person,
    language: Language,
    /// Millimetres.
    width: f32,
    /// Millimetres.
    height: f32,
    items: Vec<Item>,
    /// Whether something had to be cut.
    shortened: bool,
}

impl Label<'_, '_> {
    fn fill(&mut self, code: LabelCode) -> Result<(), CodeError> {
        let number = self.person.mrn.as_str().to_owned();
        match code {
            LabelCode::Qr => {
                let square = code::qr(&number)?;
                let modules = (square.side + 2 * QR_QUIET) as f32;
                // The quiet zone may reach the label's edge.
                let room = self.height.min(self.width * 0.4);
                let step = ((room / modules / STEP).floor() * STEP).max(STEP);
                let (left, top) = (0.0, snapped((self.height - modules * step) / 2.0));
                let bars = square.dark.iter().enumerate().filter(|(_, dark)| **dark).map(|(at, _)| {
                    let (column, row) = (at % square.side + QR_QUIET, at / square.side + QR_QUIET);
                    bar(left + column as f32 * step, top + row as f32 * step, step, step)
                });
                let bars = joined(bars.collect());
                self.items.push(Item::Code { bars, says: number });
                let from = left + (modules - QR_QUIET as f32 / 2.0) * step;
                self.text(from, PAD, self.width - PAD - from, self.height - 2.0 * PAD);
            }
            LabelCode::Code128 => {
                let modules = code::code128(&number)?;
                let whole = (modules.len() + 2 * CODE128_QUIET) as f32;
                let step = ((self.width / whole / STEP).floor() * STEP).max(STEP);
                let tall = snapped((self.height * 0.3).max(6.0));
                let left = snapped((self.width - whole * step) / 2.0) + CODE128_QUIET as f32 * step;
                let top = snapped(self.height - PAD - tall);
                let dark = modules.iter().enumerate().filter(|(_, dark)| **dark);
                let bars = dark.map(|(at, _)| bar(left + at as f32 * step, top, step, tall)).collect();
                self.items.push(Item::Code { bars: joined(bars), says: number });
                self.text(PAD, PAD, self.width - 2.0 * PAD, top - 0.75 - PAD);
            }
        }
        Ok(())
    }

    /// Name, birth, sex and number in a box of millimetres: as large as fits, the name on up to three lines.
    fn text(&mut self, x: f32, y: f32, width: f32, height: f32) {
        let (width, height) = (mm(width), mm(height));
        let language = self.language;
        let name = self.person.listed_name(language);
        let born = self.person.born(language);
        let sex = words::sex(self.person.sex, language).to_owned();
        let number = format!("{} {}", words::MRN.of(language), self.person.mrn.as_str());
        let practice = self.person.practice.then(|| words::PRACTICE.of(language).to_owned());
        let facts: Vec<String> = practice.into_iter().chain([born, sex, number]).collect();
        let mut size = (height / mm(1.0) / 2.2).clamp(7.0, 16.0);
        // Below 5.5 points nobody reads a thermal label; then the name gives way, and the preview says so.
        loop {
            let style = Style::bold(size);
            let small = Style::plain((size * 0.85).max(5.5));
            let names = self.setter.lines(&name, style, width);
            let lines: Vec<Line> = facts.iter().map(|f| self.setter.line(f, small)).collect();
            let tall = names.len() as f32 * size * 1.15 + lines.len() as f32 * small.size * 1.2;
            let fits = names.len() <= 3 && tall <= height && lines.iter().all(|l| l.width <= width);
            if fits {
                // In the middle of its room, as the code is.
                let above = (height - tall).max(0.0) / 2.0 / mm(1.0);
                self.stack(x, y + above, names, lines);
                return;
            }
            if size <= 5.5 {
                let (short, cut) = self.setter.shortened(&name, style, width);
                let facts: Vec<(Line, bool)> =
                    facts.iter().map(|f| self.setter.shortened(f, small, width)).collect();
                let cut = cut || facts.iter().any(|(_, cut)| *cut);
                self.stack(x, y, vec![short], facts.into_iter().map(|(line, _)| line).collect());
                self.shortened = cut;
                return;
            }
            size = (size - 0.5).max(5.5);
        }
    }

    fn stack(&mut self, x: f32, y: f32, names: Vec<Line>, facts: Vec<Line>) {
        let mut top = mm(y);
        let count = names.len();
        for (at, line) in names.into_iter().chain(facts).enumerate() {
            let size = line.style.size;
            // All lines of the name are one paragraph.
            let meaning = Meaning::Paragraph(at.saturating_sub(count - 1) as u32);
            self.items.push(Item::Text { x: mm(x), y: top + size * 0.95, line, meaning });
            top += size * if at < count { 1.15 } else { 1.2 };
        }
    }
}

fn snapped(millimetres: f32) -> f32 {
    (millimetres / STEP).round() * STEP
}

fn bar(x: f32, y: f32, width: f32, height: f32) -> Bar {
    Bar { x: mm(x), y: mm(y), width: mm(width), height: mm(height) }
}

/// Neighbours in a row become one bar, so that no hair line is between them.
fn joined(bars: Vec<Bar>) -> Vec<Bar> {
    let mut joined: Vec<Bar> = Vec::new();
    for bar in bars {
        match joined.last_mut() {
            Some(last)
                if (last.y - bar.y).abs() < 0.01
                    && (last.x + last.width - bar.x).abs() < 0.01
                    && (last.height - bar.height).abs() < 0.01 =>
            {
                last.width += bar.width;
            }
            _ => joined.push(bar),
        }
    }
    joined
}
