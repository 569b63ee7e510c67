//! Papers read back from what was written: PDF bytes and ZPL text, not the layout they came from.

mod written;

use rustcare_model::Mrn;
use rustcare_model::birth::{Age, AgeUnit, DatePrecision, KnownDate};
use rustcare_model::name::PersonName;
use rustcare_model::patient::Sex;
use rustcare_paper::font::FontBook;
use rustcare_paper::label::{self, LabelCode, Roll, Stock};
use rustcare_paper::pdf;
use rustcare_paper::person::Person;
use rustcare_paper::words::Language;

fn person(given: &str, family: &str) -> Person {
    Person {
        name: PersonName { given: Some(given.into()), family: Some(family.into()), ..PersonName::default() },
        unknown_person: false,
        mrn: Mrn::issue("RC", 123).unwrap(),
        birth: Some(KnownDate { iso: "1987-03-02".into(), precision: DatePrecision::Day, about: false }),
        age: Some(Age { count: 39, unit: AgeUnit::Years, about: false }),
        sex: Sex::Female,
        practice: false,
    }
}

#[test]
fn dump() {
    let laid = label::lay(&person("Amina שלום", "Yusuf"), LabelCode::Qr, Stock::Roll(Roll::W57H32), Language::English, FontBook::shared()).unwrap();
    let bytes = pdf::write(&laid).unwrap();
    std::fs::write("/tmp/label.pdf", &bytes).unwrap();
    std::fs::write("/tmp/label.png", rustcare_paper::raster::png(&laid.pages[0], 4.0).unwrap()).unwrap();
    let document = lopdf::Document::load_mem(&bytes).unwrap();
    for (_, page) in document.get_pages() {
        let content = document.get_page_content(page);
        println!("{}", String::from_utf8_lossy(&content));
    }
    for (id, object) in &document.objects { println!("{id:?} {:.300}", format!("{object:?}")); }
}
