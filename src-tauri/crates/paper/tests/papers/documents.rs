//! The summaries and the letter: what is on them, on which page, and where.

use rustcare_paper::chart::{self, Allergies, ChartSummary, Entry, Mark, ResultEntry, Section};
use rustcare_paper::flow::Paper;
use rustcare_paper::font::FontBook;
use rustcare_paper::letter::{self, Letter};
use rustcare_paper::page::{Laid, mm};
use rustcare_paper::pdf;
use rustcare_paper::raster;
use rustcare_paper::registration::{self, Registration, Sealed};
use rustcare_paper::words::Language;

use crate::written::{ReadPage, pages, structure};
use crate::{address, demographics, origin, person};

fn entry(title: &str) -> Entry {
    Entry {
        title: title.into(),
        date: Some("2026-03-02".into()),
        detail: Some("1 tablet in the morning".into()),
        qualifier: None,
    }
}

fn summary(medicines: usize) -> ChartSummary {
    let of = |n: usize, word: &str| Section {
        shown: (1..=n).map(|i| entry(&format!("{word} {i:03}"))).collect(),
        left_out: 0,
    };
    ChartSummary {
        person: person("Amina", "Yusuf"),
        deceased: false,
        allergies: Allergies::NoneKnown,
        past_allergies: 0,
        problems: Section { shown: vec![entry("Essential hypertension")], left_out: 2 },
        medicines: of(medicines, "Medicine"),
        immunisations: of(0, ""),
        results: Section {
            shown: vec![ResultEntry {
                title: "Potassium".into(),
                value: "6.1".into(),
                unit: Some("mmol/L".into()),
                date: Some("2026-11-20".into()),
                mark: Some(Mark::CriticallyHigh),
                flags: Vec::new(),
                status: None,
                reference: Some("3.5 - 5.1".into()),
            }],
            left_out: 1,
        },
        visits: of(1, "Visit"),
    }
}

fn read(laid: &Laid) -> Vec<ReadPage> {
    pages(&pdf::write(laid).expect("a PDF"))
}

fn whole(pages: &[ReadPage]) -> String {
    pages.iter().map(ReadPage::text).collect()
}

#[test]
fn a_list_of_300_medicines_breaks_over_pages_under_its_heads_and_loses_nothing() {
    for paper in [Paper::A4, Paper::Letter] {
        let laid = chart::lay(&summary(300), &origin(), paper, Language::English, FontBook::shared());
        let read = read(&laid);
        let count = read.len();
        assert!(count > 5, "{count}");
        let text = whole(&read);
        for n in 1..=300 {
            assert_eq!(text.matches(&format!("Medicine {n:03}")).count(), 1, "medicine {n}");
        }
        let number = person("", "").mrn;
        for (at, page) in read.iter().enumerate() {
            let text = page.text();
            assert!((page.width, page.height) == paper.size() && page.all_inside());
            assert!(text.contains(&format!("{} of {count}", at + 1)), "page {at}");
            assert!(text.contains(number.as_str()) && text.contains("Yusuf, Amina"), "page {at}");
            assert!(text.contains("Born 02 Mar 1987"), "page {at}");
            if text.contains("Medicine ") {
                // The heads of the columns stand above the first of them.
                let heads = text.find("WhatDetailDate").expect("heads");
                assert!(
                    heads < text.find("Medicine 0").or_else(|| text.find("Medicine ")).expect("a medicine")
                );
            }
        }
    }
}

#[test]
fn what_is_left_out_is_counted_and_a_value_says_in_words_how_it_stands() {
    let laid = chart::lay(&summary(1), &origin(), Paper::A4, Language::English, FontBook::shared());
    let text = whole(&read(&laid));
    for word in [
        "2 more are in the chart.",
        "1 more is in the chart.",
        "6.1 mmol/L ▲▲ critically high",
        "3.5 - 5.1",
        "No known allergies",
        "Riverside Clinic, Main building",
        "Printed 24 Nov 2026 by Dr. Lena Berg",
    ] {
        assert!(text.contains(word), "{word} is not in {text}");
    }
    let section = Section::first((0..20).collect(), 15);
    assert_eq!((section.shown.len(), section.left_out), (15, 5));
}

#[test]
fn no_known_allergies_and_not_asked_never_look_alike() {
    let says = |allergies: Allergies, language| {
        let summary = ChartSummary { allergies, ..summary(1) };
        whole(&read(&chart::lay(&summary, &origin(), Paper::A4, language, FontBook::shared())))
    };
    let (none, not_asked) = ("No known allergies", "Allergies: not asked");
    let text = says(Allergies::NoneKnown, Language::English);
    assert!(text.contains(none) && !text.contains(not_asked));
    let text = says(Allergies::NotAsked, Language::English);
    assert!(text.contains(not_asked) && !text.contains(none));
    let text = says(Allergies::Listed(vec![entry("Penicillin G")]), Language::English);
    assert!(text.contains("Penicillin G") && !text.contains(none) && !text.contains(not_asked));
    assert!(says(Allergies::NotAsked, Language::Spanish).contains("no se ha preguntado"));
}

#[test]
fn the_registration_summary_says_what_is_missing_and_shows_no_secret() {
    let person = person("Amina", "Yusuf");
    let demographics = demographics(&person);
    let text = |ssn: Sealed| {
        let registration = Registration {
            person: &person,
            demographics: &demographics,
            ssn,
            insurance_number: Sealed::Absent,
        };
        let laid =
            registration::lay(&registration, &origin(), Paper::Letter, Language::English, FontBook::shared());
        whole(&read(&laid))
    };
    let shown = text(Sealed::Masked("•••-••-4399".into()));
    for word in
        ["•••-••-4399", "Hafenstr. 12, Hamburg, 20359", "Arabic", "not asked", "not recorded", "1 of 1"]
    {
        assert!(shown.contains(word), "{word} is not in {shown}");
    }
    assert!(text(Sealed::NotShown).contains("not shown to this role"));
}

fn letter(text: &str) -> Letter {
    Letter {
        person: person("Amina", "Yusuf"),
        address: address(),
        subject: "Your results".into(),
        text: text.into(),
        signed_by: "Dr. Lena Berg".into(),
    }
}

/// Where a text begins on a page.
fn place(page: &ReadPage, text: &str) -> (f32, f32) {
    let at = page.text().find(text).unwrap_or_else(|| panic!("{text} is not on the page"));
    let mut seen = 0;
    let character = page.characters.iter().find(|c| {
        let here = seen >= at && !c.text.is_empty();
        seen += c.text.len();
        here
    });
    character.map(|c| (c.x, c.y)).expect("a character")
}

#[test]
fn the_address_stands_in_the_window_of_the_envelope() {
    let mut abroad = letter("All is well.");
    abroad.address.line = Some("Apt. 4\nHafenstr. 12\nBack house".into());
    abroad.address.country = Some("US".into());
    abroad.address.state = Some("NY".into());
    for (paper, left, top, bottom) in [
        // DIN 5008 form B: the address zone.
        (Paper::A4, mm(25.0), mm(62.7), mm(90.0)),
        // The part of a No. 10 envelope's window that shows however the sheet slides.
        (Paper::Letter, 72.0, 180.0, 228.0),
    ] {
        let laid = letter::lay(&abroad, &origin(), paper, Language::English, FontBook::shared());
        let page = &read(&laid)[0];
        for line in ["Amina Yusuf", "Apt. 4", "Hafenstr. 12", "Back house", "Hamburg, NY 20359", "US"] {
            let (x, y) = place(page, line);
            assert!((x - left).abs() < 2.0 && y > top && y < bottom, "{line} at {x}, {y} on {paper:?}");
        }
        assert!(place(page, "Your results").1 > bottom);
    }
    let laid = letter::lay(&letter("x"), &origin(), Paper::A4, Language::English, FontBook::shared());
    assert!(read(&laid)[0].text().contains("20359 Hamburg"), "the number before the town, as at home");
}

#[test]
fn a_long_letter_goes_on_with_head_and_number_and_ends_with_who_signs() {
    let text = (1..=120)
        .map(|n| format!("Paragraph {n:03} of this letter, with words enough to fill most of a line of it."));
    let text = text.collect::<Vec<_>>().join("\n\n");
    let laid = letter::lay(&letter(&text), &origin(), Paper::A4, Language::Spanish, FontBook::shared());
    let read = read(&laid);
    assert!(read.len() >= 4, "{}", read.len());
    let all = whole(&read);
    for n in 1..=120 {
        assert!(all.contains(&format!("Paragraph {n:03}")), "{n}");
    }
    assert!(!read[0].text().contains("N.º de historia RC0000123S · Nac."), "the letterhead is head enough");
    assert!(read[1].text().contains("N.º de historia"));
    let last = read.last().expect("a page").text();
    assert!(last.contains("Atentamente,") && last.contains("Dr. Lena Berg"));
    assert!(read.iter().all(ReadPage::all_inside));
}

#[test]
fn the_document_is_tagged_and_names_nobody_in_its_title() {
    let laid = chart::lay(&summary(3), &origin(), Paper::A4, Language::Spanish, FontBook::shared());
    let bytes = pdf::write(&laid).unwrap();
    assert_eq!(structure(&bytes), ["Document", "H1", "H2", "P", "TD", "TH", "TR", "Table"]);
    assert_eq!(laid.title, "Resumen de la historia");
    assert_eq!(bytes, pdf::write(&laid).unwrap(), "the same pages are the same bytes");
}

#[test]
fn the_preview_is_the_pdf() {
    let letter = letter::lay(
        &letter("All is well.\nשלום Amina"),
        &origin(),
        Paper::A4,
        Language::English,
        FontBook::shared(),
    );
    let summary = chart::lay(&summary(80), &origin(), Paper::Letter, Language::English, FontBook::shared());
    for laid in [letter, summary] {
        let read = read(&laid);
        for (page, written) in laid.pages.iter().zip(&read) {
            let scale = 1.5;
            let preview = tiny_skia::Pixmap::decode_png(&raster::png(page, scale).unwrap()).unwrap();
            let (width, height, grey) = written.drawn(scale);
            assert_eq!((preview.width(), preview.height()), (width, height));
            let pixels = preview.pixels().iter().zip(&grey);
            let differing = pixels.clone().filter(|(p, g)| p.red().abs_diff(**g) > 96).count();
            let inked = grey.iter().filter(|g| **g < 128).count();
            assert!(inked > 500, "something is on the page");
            assert!(differing * 200 < inked, "{differing} of {inked} inked pixels differ");
        }
    }
}

#[test]
fn an_address_with_more_lines_than_the_window_has_says_that_it_was_shortened() {
    let whole = letter::lay(&letter("x"), &origin(), Paper::A4, Language::English, FontBook::shared());
    assert!(!whole.shortened);
    let mut long = letter("x");
    long.address.line = Some("c/o Berg\nHouse 3\nStair B\nFloor 4\nDoor 12\nGarden side".into());
    let laid = letter::lay(&long, &origin(), Paper::A4, Language::English, FontBook::shared());
    assert!(laid.shortened);
}
