//! Any text: scripts from the right, marks that combine, characters that no font has, and whatever proptest finds.

use proptest::prelude::*;
use rustcare_model::name::PersonName;
use rustcare_model::patient::Address;
use rustcare_paper::chart::{self, Allergies, ChartSummary, Entry, Section};
use rustcare_paper::flow::Paper;
use rustcare_paper::font::FontBook;
use rustcare_paper::label::{self, LabelCode, Roll, Stock};
use rustcare_paper::letter::{self, Letter};
use rustcare_paper::pdf;
use rustcare_paper::text::{Style, Typesetter, clean};
use rustcare_paper::words::Language;

use crate::written::{ReadPage, pages};
use crate::{origin, person};

fn label_of(given: &str, family: &str) -> (ReadPage, Vec<char>) {
    let stock = Stock::Roll(Roll::W102H51);
    let book = FontBook::with_folder(None);
    let laid =
        label::lay(&person(given, family), LabelCode::Qr, stock, Language::English, &book).expect("a label");
    (pages(&pdf::write(&laid).expect("a PDF")).remove(0), laid.missing)
}

/// The characters of a page from left to right, those of one line.
fn from_left(page: &ReadPage, wanted: &str) -> String {
    let first = wanted.chars().next().expect("a character");
    let line = page.characters.iter().find(|c| c.text.contains(first)).expect("the line").y;
    let mut line: Vec<_> = page.characters.iter().filter(|c| (c.y - line).abs() < 0.5).collect();
    line.sort_by(|a, b| a.x.total_cmp(&b.x));
    line.iter().map(|c| c.text.as_str()).collect()
}

#[test]
fn hebrew_stands_from_the_right() {
    let (page, missing) = label_of("", "שלום");
    assert!(missing.is_empty());
    assert_eq!(from_left(&page, "שלום"), "םולש", "the first letter stands rightmost");
}

#[test]
fn arabic_is_joined_and_stands_from_the_right() {
    let (page, missing) = label_of("", "محمد");
    assert!(missing.is_empty());
    let line = from_left(&page, "م");
    assert_eq!(line.chars().rev().collect::<String>(), "محمد");
    // Joined letters have other glyphs, and with them other widths, than letters that stand alone.
    let widths: f32 = page.characters.iter().filter(|c| "محمد".contains(&c.text)).map(|c| c.advance).sum();
    let book = FontBook::with_folder(None);
    let mut setter = Typesetter::new(&book);
    let size = 16.0;
    let apart: f32 = "محمد".chars().map(|c| setter.line(&c.to_string(), Style::bold(size)).width).sum();
    let together = setter.line("محمد", Style::bold(size)).width;
    assert!((apart - together).abs() > 1.0, "{apart} {together}");
    assert!(widths > 0.0);
}

#[test]
fn names_of_two_directions_keep_both() {
    let (page, _) = label_of("Amina", "שלום");
    let line = from_left(&page, "A");
    assert!(line.contains("Amina"), "{line}");
    assert!(from_left(&page, "ש").contains("םולש"));
}

#[test]
fn marks_that_combine_are_drawn_over_their_letter() {
    let (page, missing) = label_of("Ze\u{301}noŵ", "Nguye\u{302}\u{303}n");
    assert!(missing.is_empty(), "{missing:?}");
    let text = page.text();
    assert!(text.contains("Nguy") && text.contains("no\u{175}"), "{text}");
    let book = FontBook::with_folder(None);
    let mut setter = Typesetter::new(&book);
    let style = Style::plain(12.0);
    assert!((setter.line("e\u{301}", style).width - setter.line("e", style).width).abs() < 0.01);
}

#[test]
fn a_character_that_no_font_has_is_named_and_drawn_as_a_box() {
    let (page, missing) = label_of("小明", "Wang");
    assert_eq!(missing, ['小', '明']);
    assert!(page.text().contains("Wang"));
    assert!(label_of("Zoë", "O’Brien-Łuć").1.is_empty());
}

#[test]
fn what_would_turn_the_order_around_unseen_is_taken_out() {
    assert_eq!(clean("a\u{202e}b\u{2066}c\u{0}d\te\u{ad}"), "abcd e");
    assert_eq!(clean("a\r\nb\rc\u{2028}d"), "a\nb\nc\nd");
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,60}",
        "[a-z \u{5d0}-\u{5ea}\u{627}-\u{64a}0-9.,()-]{0,80}",
        "[\u{0}-\u{10ffff}]{0,40}",
        "[Ww]{0,300}",
        Just("e\u{301}\u{302}\u{303}".repeat(40)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_text_in_any_field_panics_or_leaves_the_page(a in any_text(), b in any_text(), c in any_text()) {
        let book = FontBook::with_folder(None);
        let mut who = person(&a, &b);
        who.name = PersonName { middle: Some(c.clone()), prefix: Some(b.clone()), ..who.name };
        let stock = Stock::Roll(Roll::W50H25);
        let label = label::lay(&who, LabelCode::Code128, stock, Language::English, &book).unwrap();
        let entry = |title: &str, detail: &str| Entry {
            title: title.into(), date: Some(c.clone()), detail: Some(detail.into()), qualifier: None,
        };
        let section = || Section { shown: vec![entry(&a, &b), entry(&b, &c)], left_out: 1 };
        let summary = ChartSummary {
            person: who.clone(), deceased: true, allergies: Allergies::Listed(vec![entry(&c, &a)]),
            problems: section(), medicines: section(), immunisations: section(),
            results: Section { shown: vec![], left_out: 0 }, visits: section(), past_allergies: 2,
        };
        let summary = chart::lay(&summary, &origin(), Paper::Letter, Language::Spanish, &book);
        let letter = Letter {
            person: who, subject: a.clone(), text: format!("{b}\n{c}\n{a}"), signed_by: b.clone(),
            address: Address { line: Some(c.clone()), city: Some(a.clone()), ..Address::default() },
        };
        let letter = letter::lay(&letter, &origin(), Paper::A4, Language::English, &book);
        for laid in [label, summary, letter] {
            for page in &laid.pages {
                for item in &page.items {
                    if let rustcare_paper::page::Item::Text { x, y, line, .. } = item {
                        prop_assert!(*x >= 0.0 && x + line.width <= page.width + 0.1, "{} + {}", x, line.width);
                        prop_assert!(*y > 0.0 && *y <= page.height);
                    }
                }
            }
            prop_assert!(!pages(&pdf::write(&laid).unwrap()).is_empty());
        }
    }
}
