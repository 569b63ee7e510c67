//! A letter to the patient, its address placed for a window envelope.
//!
//! A4: DIN 5008:2020, form B (address zone 25 mm from the left, text of the address from 62.7 mm, fold marks at 105 and
//! 210 mm). Letter: folded in three for a No. 10 envelope whose window lies ⅞ in from the left and ½ in from below and
//! is 4½ × 1⅛ in; the address stays in the part of it that shows however the sheet slides.

use rustcare_model::patient::Address;

use crate::flow::{Flow, Paper};
use crate::font::FontBook;
use crate::page::{Laid, mm};
use crate::person::{Origin, Person};
use crate::text::Style;
use crate::words::{self, Language};

/// Most characters of a letter.
pub const MOST_CHARACTERS: usize = 10_000;

/// Most lines of an address: of the window of an envelope.
const MOST_LINES: usize = 6;

/// What is printed.
#[derive(Debug, Clone)]
pub struct Letter {
    /// To whom.
    pub person: Person,
    /// Where they live.
    pub address: Address,
    /// One line.
    pub subject: String,
    /// As typed; line ends are kept.
    pub text: String,
    /// Who signs, as shown.
    pub signed_by: String,
}

/// Where things stand on a paper, in points.
struct Places {
    left: f32,
    right: f32,
    address_top: f32,
    address_height: f32,
    address_width: f32,
    most_leading: f32,
    body_top: f32,
    folds: [f32; 2],
}

impl Places {
    fn of(paper: Paper) -> Self {
        match paper {
            Paper::A4 => Self {
                left: mm(25.0),
                right: mm(20.0),
                address_top: mm(62.7),
                address_height: mm(27.3),
                address_width: mm(75.0),
                most_leading: mm(4.55),
                body_top: mm(98.5),
                folds: [mm(105.0), mm(210.0)],
            },
            Paper::Letter => Self {
                left: 72.0,
                right: 72.0,
                // From 2.5 in, where the window's top is with the sheet at the envelope's top, to 3.167 in, where its
                // foot is with the sheet at the bottom.
                address_top: 180.0,
                address_height: 48.0,
                address_width: 240.0,
                most_leading: 12.0,
                body_top: 264.0,
                folds: [264.0, 528.0],
            },
        }
    }
}

const BODY: Style = Style::plain(10.5);
const STRONG: Style = Style::bold(10.5);

/// Lays it out.
pub fn lay(letter: &Letter, origin: &Origin, paper: Paper, language: Language, book: &FontBook) -> Laid {
    let mut flow = Flow::new(book, paper, language, words::LETTER.of(language));
    let places = Places::of(paper);
    flow.margins(places.left, places.right);
    let (mut shortened, head) = letterhead(&mut flow, origin, &places);
    let mut lines = address_lines(letter, &origin.country, language);
    shortened |= lines.len() > MOST_LINES;
    lines.truncate(MOST_LINES);
    shortened |= address(&mut flow, &lines, &places);
    let day = flow.setter().line(&words::date(&origin.today, language), BODY);
    let x = places.left + flow.width() - day.width;
    flow.place(x, places.address_top.max(head), day);
    for fold in places.folds {
        flow.rule(mm(3.0), fold, mm(4.0));
    }
    flow.go_to(places.body_top);
    if letter.person.practice {
        flow.paragraph(words::PRACTICE.of(language), STRONG);
        flow.gap(6.0);
    }
    flow.paragraph(letter.subject.trim(), STRONG);
    let person = &letter.person;
    let concerning = format!(
        "{}: {} · {} {} · {} {}",
        words::CONCERNING.of(language),
        person.written_name(language),
        words::BORN.of(language),
        words::birth(person.birth.as_ref(), language),
        words::MRN.of(language),
        person.mrn.as_str()
    );
    flow.remark(&concerning);
    flow.gap(12.0);
    flow.paragraph(letter.text.trim_end(), BODY);
    flow.gap(14.0);
    flow.together(BODY.leading() * 5.0);
    flow.paragraph(words::CLOSING.of(language), BODY);
    flow.gap(mm(14.0));
    flow.paragraph(&letter.signed_by, BODY);
    flow.remark(&origin.clinic_and_site());
    let mut laid = flow.finish(&person.running_head(language), 1, &origin.foot(language));
    laid.shortened |= shortened;
    laid
}

/// The clinic's name and site; answers with how far down they reach.
fn letterhead(flow: &mut Flow<'_>, origin: &Origin, places: &Places) -> (bool, f32) {
    let width = flow.width();
    let style = Style::bold(15.0);
    let (name, mut cut) = flow.setter().shortened(&origin.clinic, style, width);
    flow.place(places.left, mm(16.0), name);
    let mut end = mm(16.0) + style.leading();
    if !origin.site.trim().is_empty() {
        let style = Style::plain(10.0);
        let (site, site_cut) = flow.setter().shortened(&origin.site, style, width);
        cut |= site_cut;
        flow.place(places.left, end, site);
        end += style.leading();
    }
    flow.rule(places.left, end + 4.0, width);
    (cut, end + 8.0)
}

/// Puts the address into the window: closer together where there are many lines, never out of it.
fn address(flow: &mut Flow<'_>, lines: &[String], places: &Places) -> bool {
    let leading = (places.address_height / lines.len().max(1) as f32).min(places.most_leading);
    let style = Style::plain((leading / 1.15).min(10.5));
    let mut shortened = false;
    for (at, line) in lines.iter().enumerate() {
        let (line, cut) = flow.setter().shortened(line, style, places.address_width);
        shortened |= cut;
        flow.place(places.left, places.address_top + at as f32 * leading, line);
    }
    shortened
}

/// Name, street, place, and the country where it is another. Places are written as the country's post does: the number
/// after the town in the United States and their neighbours in style, before it elsewhere.
fn address_lines(letter: &Letter, home: &str, language: Language) -> Vec<String> {
    let a = &letter.address;
    let given = |part: &Option<String>| part.clone().filter(|p| !p.trim().is_empty());
    let (city, state, code) = (given(&a.city), given(&a.state), given(&a.postal_code));
    let country = given(&a.country);
    let there = country.clone().unwrap_or_else(|| home.to_owned());
    let join = |parts: [Option<String>; 2], between: &str| {
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        Some(parts.join(between)).filter(|p| !p.is_empty())
    };
    let place = if ["US", "CA", "AU", "GB", "IN", "IE", "NZ", "PR"].contains(&there.as_str()) {
        let district = join([state, code], " ");
        let comma = if ["US", "PR"].contains(&there.as_str()) { ", " } else { " " };
        join([city, district], comma)
    } else {
        let town = join([code, city], " ");
        join([town, state], ", ")
    };
    let mut lines = vec![letter.person.written_name(language)];
    lines.extend(given(&a.line).into_iter().flat_map(|l| {
        l.lines().map(|part| part.trim().to_owned()).filter(|p| !p.is_empty()).collect::<Vec<_>>()
    }));
    lines.extend(place);
    lines.extend(country.filter(|c| c != home).map(|c| c.to_uppercase()));
    lines
}
