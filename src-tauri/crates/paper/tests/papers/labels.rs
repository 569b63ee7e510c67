//! Labels: what a scanner reads, from the PDF's own bars and from the dots that a label printer gets.

use rustcare_paper::font::FontBook;
use rustcare_paper::label::{self, LabelCode, Roll, Sheet, Stock};
use rustcare_paper::page::{Laid, mm};
use rustcare_paper::words::Language;
use rustcare_paper::zpl::Density;
use rustcare_paper::{pdf, zpl};
use rxing::BarcodeFormat;
use rxing::helpers::detect_in_luma;

use crate::person;
use crate::written::{pages, zpl_picture};

const CODES: [(LabelCode, BarcodeFormat); 2] =
    [(LabelCode::Qr, BarcodeFormat::QR_CODE), (LabelCode::Code128, BarcodeFormat::CODE_128)];

fn laid(given: &str, family: &str, code: LabelCode, stock: Stock) -> Laid {
    label::lay(&person(given, family), code, stock, Language::English, FontBook::shared()).expect("a label")
}

fn scanned((width, height, grey): (u32, u32, Vec<u8>), format: BarcodeFormat) -> String {
    detect_in_luma(grey, width, height, Some(format))
        .expect("a code that a scanner reads")
        .getText()
        .to_owned()
}

#[test]
fn a_scanner_reads_the_number_and_nothing_else_from_the_pdf_and_from_the_printers_dots() {
    let number = person("Amina", "Yusuf").mrn.as_str().to_owned();
    for roll in Roll::ALL {
        for (code, format) in CODES {
            let laid = laid("Amina", "Yusuf", code, Stock::Roll(roll));
            let bytes = pdf::write(&laid).unwrap();
            let read = pages(&bytes);
            assert_eq!(read.len(), 1);
            let (width, height) = roll.millimetres();
            assert!((read[0].width - mm(width)).abs() < 0.01 && (read[0].height - mm(height)).abs() < 0.01);
            // As an office printer of 300 dots an inch prints it.
            assert_eq!(scanned(read[0].drawn(300.0 / 72.0), format), number, "{roll:?} {code:?}");
            for density in [Density::Dpi203, Density::Dpi300] {
                let text = zpl::write(&laid.pages[0], density, 2).unwrap();
                assert!(text.contains("^PQ2\n"));
                let picture = zpl_picture(&text);
                let dots = density.dots_per_millimetre() as f32;
                assert_eq!((picture.0 as f32, picture.1 as f32), (width * dots, height * dots));
                assert_eq!(scanned(picture, format), number, "{roll:?} {code:?} {density:?}");
            }
        }
    }
}

#[test]
fn a_label_says_who_it_is_in_words() {
    for (code, _) in CODES {
        let laid = laid("Amina", "Yusuf", code, Stock::Roll(Roll::W57H32));
        let text = pages(&pdf::write(&laid).unwrap())[0].text();
        let number = person("Amina", "Yusuf").mrn;
        for word in ["Yusuf, Amina", "02 Mar 1987 (39 y)", "Female", number.as_str()] {
            assert!(text.contains(word), "{word} is not in {text}");
        }
        assert!(laid.missing.is_empty() && !laid.shortened);
    }
}

#[test]
fn the_longest_name_stays_on_the_label_and_is_never_cut_in_silence() {
    let (given, family) = ("Maximiliana ".repeat(8), "W".repeat(100));
    for roll in Roll::ALL {
        for (code, format) in CODES {
            let laid = laid(given.trim(), &family, code, Stock::Roll(roll));
            let bytes = pdf::write(&laid).unwrap();
            let page = &pages(&bytes)[0];
            assert!(page.all_inside(), "{roll:?} {code:?}");
            let cut = page.text().contains('…');
            assert_eq!(cut, laid.shortened, "{roll:?} {code:?}");
            let number = person("", "").mrn.as_str().to_owned();
            assert!(page.text().contains(&number) && page.text().contains("02 Mar 1987"));
            assert_eq!(scanned(page.drawn(300.0 / 72.0), format), number);
        }
    }
}

#[test]
fn a_sheet_begins_at_its_first_free_label_and_goes_on_to_the_next() {
    for (sheet, width, height) in [(Sheet::A4L7160, mm(210.0), mm(297.0)), (Sheet::Letter5160, 612.0, 792.0)]
    {
        let last = sheet.count();
        let stock = Stock::Sheet { sheet, start: last - 1, count: 4 };
        let laid = laid("Amina", "Yusuf", LabelCode::Qr, stock);
        let read = pages(&pdf::write(&laid).unwrap());
        let count = |page: usize| read[page].text().matches("Yusuf").count();
        assert_eq!((read.len(), count(0), count(1)), (2, 2, 2));
        for page in &read {
            assert!((page.width - width).abs() < 0.01 && (page.height - height).abs() < 0.01);
            assert!(page.all_inside());
        }
        // The second label from the end stands in the middle of the last row, the first of the next sheet at its top left.
        let first = &read[0].characters[0];
        assert!(first.x > width / 3.0 && first.x < width * 2.0 / 3.0 && first.y > height * 0.8);
        let next = &read[1].characters[0];
        assert!(next.x < width / 3.0 && next.y < height * 0.15);
    }
}

#[test]
fn what_is_not_known_is_said_so() {
    let mut unknown = person("", "");
    unknown.name = Default::default();
    (unknown.unknown_person, unknown.birth, unknown.age, unknown.practice) = (true, None, None, true);
    let stock = Stock::Roll(Roll::W62H29);
    let laid = label::lay(&unknown, LabelCode::Qr, stock, Language::Spanish, FontBook::shared()).unwrap();
    let text = pages(&pdf::write(&laid).unwrap())[0].text();
    for word in ["Persona desconocida", "no consta", "CENTRO DE PRÁCTICAS"] {
        assert!(text.contains(word), "{word} is not in {text}");
    }
}
