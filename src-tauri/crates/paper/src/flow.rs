//! Text that flows from page to page: headings, paragraphs, facts, tables with repeated heads, heads and feet.

use crate::figure::Figure;
use crate::font::FontBook;
use crate::page::{Bar, Item, Laid, Meaning, Page, mm};
use crate::text::{Line, Style, Typesetter};
use crate::words::{self, Language};

/// Paper of an office printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// ISO 216, 210 × 297 mm.
    A4,
    /// ANSI/ASME Y14.1, 8.5 × 11 in.
    Letter,
}

impl Paper {
    /// Width and height in points.
    pub fn size(self) -> (f32, f32) {
        match self {
            Self::A4 => (mm(210.0), mm(297.0)),
            Self::Letter => (612.0, 792.0),
        }
    }

    /// The name that CUPS knows it by (PWG 5101.1 self-describing names' legacy forms).
    pub fn media(self) -> &'static str {
        match self {
            Self::A4 => "A4",
            Self::Letter => "Letter",
        }
    }

    /// What offices of a country use (ISO 3166 alpha-2): Letter where CLDR's `paperSize` says `US-Letter`, else A4.
    pub fn of_country(country: &str) -> Self {
        let letter = ["BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"];
        if letter.contains(&country) { Self::Letter } else { Self::A4 }
    }
}

const TITLE: Style = Style::bold(15.0);
const HEADING: Style = Style::bold(11.0);
const BODY: Style = Style::plain(9.5);
const HEAD_CELL: Style = Style::bold(9.0);
const SMALL: Style = Style::plain(8.0);
const GAP: f32 = 6.0;

/// A column of a table.
pub struct Column {
    /// Its head.
    pub title: String,
    /// Its share of the width; shares need not add up to anything.
    pub share: f32,
    /// Whether it holds numbers, which stand below each other from the right.
    pub is_number: bool,
}

impl Column {
    /// A column that holds words.
    pub const fn words(title: String, share: f32) -> Self {
        Self { title, share, is_number: false }
    }
}

/// Where the cells of a column stand, in points.
#[derive(Clone, Copy)]
struct Place {
    x: f32,
    width: f32,
    is_number: bool,
}

impl Place {
    /// Where a line of a cell begins.
    fn begin(self, left: f32, line: &Line) -> f32 {
        let inset = if self.is_number { (self.width - line.width).max(0.0) } else { 0.0 };
        left + self.x + inset
    }
}

/// Lays text out over pages.
pub struct Flow<'a> {
    setter: Typesetter<'a>,
    language: Language,
    paper: Paper,
    title: String,
    pages: Vec<Page>,
    left: f32,
    right: f32,
    top: f32,
    bottom: f32,
    /// Where the next line begins.
    y: f32,
    blocks: u32,
}

impl<'a> Flow<'a> {
    /// An empty document. `title` says what it is, without a word of the patient.
    pub fn new(book: &'a FontBook, paper: Paper, language: Language, title: &str) -> Self {
        let (width, height) = paper.size();
        let margin = mm(18.0);
        Self {
            setter: Typesetter::new(book),
            language,
            paper,
            title: title.to_owned(),
            pages: vec![Page::new(width, height)],
            left: margin,
            right: width - margin,
            top: mm(24.0),
            bottom: height - mm(20.0),
            y: mm(24.0),
            blocks: 0,
        }
    }

    /// Sets the margins on the left and right, in points.
    pub fn margins(&mut self, left: f32, right: f32) {
        self.left = left;
        self.right = self.paper.size().0 - right;
    }

    /// Goes to a place on the page, in points from its top.
    pub fn go_to(&mut self, y: f32) {
        self.y = y;
    }

    /// Width of the text, in points.
    pub fn width(&self) -> f32 {
        self.right - self.left
    }

    /// For setting lines that do not flow.
    pub fn setter(&mut self) -> &mut Typesetter<'a> {
        &mut self.setter
    }

    fn put(&mut self, item: Item) {
        if let Some(page) = self.pages.last_mut() {
            page.items.push(item);
        }
    }

    /// Puts a line at a place of the present page: its top left corner, in points.
    pub fn place(&mut self, x: f32, top: f32, line: Line) {
        let meaning = Meaning::Paragraph(self.next_block());
        let y = top + line.style.ascent();
        self.put(Item::Text { x, y, line, meaning });
    }

    /// Puts a thin line across a stretch of the present page, in points.
    pub fn rule(&mut self, x: f32, y: f32, width: f32) {
        self.put(Item::Rule(Bar { x, y, width, height: 0.6 }));
    }

    fn next_block(&mut self) -> u32 {
        self.blocks += 1;
        self.blocks
    }

    fn new_page(&mut self) {
        let (width, height) = self.paper.size();
        self.pages.push(Page::new(width, height));
        self.y = self.top;
    }

    /// Begins a page where less than `height` points are left, so that what follows stays together.
    pub fn together(&mut self, height: f32) {
        self.keep(height);
    }

    fn keep(&mut self, height: f32) {
        if self.y + height > self.bottom && self.y > self.top {
            self.new_page();
        }
    }

    /// Leaves room.
    pub fn gap(&mut self, points: f32) {
        self.y += points;
    }

    /// The title of the document.
    pub fn title(&mut self, text: &str) {
        let id = self.next_block();
        self.block(text, TITLE, Meaning::Heading(1, id));
        self.gap(GAP);
    }

    /// A heading, kept with what follows.
    pub fn heading(&mut self, text: &str) {
        self.gap(GAP);
        self.keep(HEADING.leading() + 4.0 * BODY.leading());
        let id = self.next_block();
        self.block(text, HEADING, Meaning::Heading(2, id));
        let (x, y, width) = (self.left, self.y, self.width());
        self.rule(x, y, width);
        self.gap(GAP / 2.0);
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: &str, style: Style) {
        let id = self.next_block();
        self.block(text, style, Meaning::Paragraph(id));
    }

    /// A paragraph that stands further in by some points.
    pub fn inset(&mut self, points: f32, text: &str, style: Style) {
        self.left += points;
        self.paragraph(text, style);
        self.left -= points;
    }

    /// A figure as wide as the text, or as a page is high; kept on one page.
    pub fn figure(&mut self, figure: &Figure) {
        let scale = (self.width() / figure.width).min((self.bottom - self.top) / figure.height);
        let height = figure.height * scale;
        self.keep(height);
        let item = figure.laid(&mut self.setter, (self.left, self.y), scale);
        self.put(item);
        self.y += height;
        self.gap(GAP);
    }

    /// A short remark in small letters.
    pub fn remark(&mut self, text: &str) {
        self.paragraph(text, SMALL);
    }

    fn block(&mut self, text: &str, style: Style, meaning: Meaning) {
        let width = self.width();
        for line in self.setter.lines(text, style, width) {
            self.keep(style.leading());
            let x = if line.from_right { self.right - line.width } else { self.left };
            let y = self.y + style.ascent();
            self.put(Item::Text { x: x.max(self.left), y, line, meaning });
            self.y += style.leading();
        }
    }

    /// Labels and their values, in two columns.
    pub fn facts(&mut self, facts: &[(String, String)]) {
        let table = self.next_block();
        let label = (self.width() * 0.32).min(mm(58.0));
        let columns = [(0.0, label - GAP), (label, self.width() - label)];
        let columns = columns.map(|(x, width)| Place { x, width, is_number: false });
        for (row, (name, value)) in (0..).zip(facts) {
            let cells = [(name.as_str(), HEAD_CELL), (value.as_str(), BODY)];
            self.row(table, row, &columns, &cells, false, None);
        }
    }

    /// A table whose head is repeated on each page.
    pub fn table(&mut self, columns: &[Column], rows: &[Vec<String>]) {
        let rows: Vec<(bool, &[String])> = rows.iter().map(|row| (false, row.as_slice())).collect();
        self.table_with_titles(columns, &rows);
    }

    /// The same with rows that are titles of those below them, which are bold.
    pub fn table_with_titles(&mut self, columns: &[Column], rows: &[(bool, &[String])]) {
        let table = self.next_block();
        let whole: f32 = columns.iter().map(|c| c.share).sum();
        let mut x = 0.0;
        let mut places = Vec::new();
        for column in columns {
            let width = self.width() * column.share / whole.max(f32::EPSILON);
            places.push(Place { x, width: width - GAP, is_number: column.is_number });
            x += width;
        }
        let heads: Vec<(&str, Style)> = columns.iter().map(|c| (c.title.as_str(), HEAD_CELL)).collect();
        self.keep(4.0 * BODY.leading());
        self.row(table, 0, &places, &heads, true, None);
        for (number, (is_title, row)) in (1..).zip(rows) {
            let style = if *is_title { HEAD_CELL } else { BODY };
            let cells: Vec<(&str, Style)> = row.iter().map(|c| (c.as_str(), style)).collect();
            self.row(table, number, &places, &cells, false, Some(&heads));
        }
    }

    /// One row of a table; goes over to the next page where it must, under the heads there.
    fn row(
        &mut self,
        table: u32,
        row: u32,
        columns: &[Place],
        cells: &[(&str, Style)],
        head: bool,
        heads: Option<&[(&str, Style)]>,
    ) {
        let set: Vec<Vec<Line>> = columns
            .iter()
            .zip(cells)
            .map(|(place, (text, style))| self.setter.lines(text, *style, place.width))
            .collect();
        let count = set.iter().map(Vec::len).max().unwrap_or(0);
        let leading = BODY.leading();
        let mut done = 0;
        while done < count {
            let room = (((self.bottom - self.y) / leading).floor().max(0.0)) as usize;
            let left = count - done;
            let on_a_page = ((self.bottom - self.top) / leading).floor() as usize;
            // A row stays whole where a page can hold it.
            if (left > room && left < on_a_page.saturating_sub(3)) || room == 0 {
                self.new_page();
                if let Some(heads) = heads {
                    self.repeat(columns, heads);
                }
                continue;
            }
            let now = left.min(room);
            for (column, (place, lines)) in (0..).zip(columns.iter().zip(&set)) {
                let meaning = Meaning::Cell { table, row, column, head };
                for (at, line) in lines.iter().skip(done).take(now).enumerate() {
                    let y = self.y + at as f32 * leading + line.style.ascent();
                    let x = place.begin(self.left, line);
                    self.put(Item::Text { x, y, line: line.clone(), meaning });
                }
            }
            self.y += now as f32 * leading;
            done += now;
        }
        if head {
            let (x, y, width) = (self.left, self.y, self.width());
            self.rule(x, y, width);
        }
        self.gap(2.0);
    }

    fn repeat(&mut self, columns: &[Place], heads: &[(&str, Style)]) {
        let mut lowest = self.y;
        for (place, (text, style)) in columns.iter().zip(heads) {
            let mut y = self.y;
            for line in self.setter.lines(text, *style, place.width) {
                let at = y + line.style.ascent();
                let x = place.begin(self.left, &line);
                self.put(Item::Text { x, y: at, line, meaning: Meaning::Artifact });
                y += BODY.leading();
            }
            lowest = lowest.max(y);
        }
        let (x, width) = (self.left, self.width());
        self.rule(x, lowest, width);
        self.y = lowest + 2.0;
    }

    /// Ends the document: `head` stands above each page but the first `without_head`, `foot` and the number below.
    pub fn finish(mut self, head: &str, without_head: usize, foot: &str) -> Laid {
        let count = self.pages.len();
        let (left, right, width) = (self.left, self.right, self.width());
        let height = self.paper.size().1;
        for number in 0..count {
            let mut items = Vec::new();
            let mut put = |x: f32, y: f32, line: Line| {
                items.push(Item::Text { x, y, line, meaning: Meaning::Artifact });
            };
            if number >= without_head {
                let (line, _) = self.setter.shortened(head, Style::bold(8.5), width);
                put(left, mm(14.0), line);
            }
            let numbering = words::PAGE_OF
                .of(self.language)
                .replace("{n}", &(number + 1).to_string())
                .replace("{count}", &count.to_string());
            let numbering = self.setter.line(&numbering, SMALL);
            let (foot, _) = self.setter.shortened(foot, SMALL, width - numbering.width - 12.0);
            put(left, height - mm(11.0), foot);
            put(right - numbering.width, height - mm(11.0), numbering);
            items.push(Item::Rule(Bar { x: left, y: height - mm(15.0), width, height: 0.4 }));
            self.pages[number].items.splice(0..0, items);
        }
        Laid {
            pages: self.pages,
            title: self.title,
            language: self.language.tag(),
            missing: self.setter.missing().iter().copied().collect(),
            shortened: false,
        }
    }
}
