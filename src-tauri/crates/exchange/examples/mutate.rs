//! `cargo xtask prove hl7|mllp|table|fhir --minutes N`: changed messages, streams, tables and resources against their readers. A
//! panic ends it. Files of a folder named in `RUSTCARE_SEEDS` join those that are built in.

use std::time::{Duration, Instant};

use rustcare_exchange::canonical::content_hash;
use rustcare_exchange::fhir::reference::Entries;
use rustcare_exchange::fhir::{patient, record};
use rustcare_exchange::hl7::mllp::{Frames, framed};
use rustcare_exchange::hl7::receive::look;
use rustcare_exchange::hl7::{batch, charset, veil};
use rustcare_exchange::table::dialect::DialectChoice;
use rustcare_exchange::table::{Table, TableChoice};
use rustcare_model::clinical_record::RecordKind;

const SEEDS: [&[u8]; 2] = [
    b"MSH|^~\\&|A|B|C|D|20260301120000+0100||ORU^R01|1|P|2.5||||||8859/1\rPID|1||7^^^H&1.2&ISO^MR~9^^^S^SS||Ruiz^Ana||1985|F|||1&Main^^X\rPV1|1|I|||||||||||||||||V1\rOBR|1|P|F|1^x^LN|||20260301\rOBX|1|SN|1^g^LN||<^5|mg^^UCUM|1-2|H|||F\rNTE|1||\\X41\\ \\.br\\\r",
    b"MSH|^~\\&|A|B|C|D|2026||VXU^V04|2|P|2.8\rPID|1||8^^^H||B^C\rAL1|1|DA|1^p^L|SV|x\rDG1|1||J1^q^I10||2026|A\rORC|RE||V9\rRXA|0|1|2026||03^MMR^CVX|0.5|mL\rRXE|1|2^m^L|1|2|T\rTXA|1|DS|TX|2026||||||||D1\rOBX|1|TX|||t\rPRB|AD|2026|1^p^L|9\rMRG|4^^^H\rIN1|1|x\r",
];

const TABLES: [&[u8]; 3] = [
    b"\xef\xbb\xbfId;Name;Vorname;geb.;PLZ\r\n1;\"K\xc3\xb6hler; Ana\";Ana;02.03.1987;10115\r\n2;Berg;Tom;31.12.1990;\r\n",
    b"Report of 2026\n\nfirst_name\tlast_name\tdob\tsex\nAna\tRuiz\t1987-03-02\tF\nTom\t\"O\"\"Brien\"\t03/04/1990\tM\n",
    b"a,b\n1,2,3\n\"open\n",
];
const RESOURCES: [&[u8]; 3] = [
    br#"{"resourceType":"Patient","id":"a","identifier":[{"type":{"coding":[{"code":"SS"}]},"system":"http://hl7.org/fhir/sid/us-ssn","value":"999-12-3456"}],"name":[{"family":"Ruiz","given":["Ana","M"],"_given":[null,{"id":"x"}]}],"birthDate":"1987-03","gender":"female","deceasedDateTime":"2020"}"#,
    br#"{"resourceType":"Observation","id":"b","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"subject":{"reference":"Patient/a"},"effectiveDateTime":"2020-01-02T03:04:05.678+01:00","valueQuantity":{"value":1E-22,"unit":"mm[Hg]"},"component":[{"code":{"text":"x"},"valueInteger":3}],"contained":[{}]}"#,
    br#"{"resourceType":"Encounter","id":"c","status":"finished","class":{"code":"AMB"},"period":{"start":"2020","end":"2021"},"diagnosis":[{"condition":{"reference":"urn:uuid:d"},"rank":1}]}"#,
];

/// A small generator: the same run changes the same bytes.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

fn changed(dice: &mut Dice, seed: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(12) {
        if bytes.is_empty() {
            break;
        }
        let at = dice.below(bytes.len());
        match dice.below(5) {
            0 => bytes[at] = b"|^~\\&\r\n\x0b\x1c\"0\xff"[dice.below(12)],
            1 => drop(bytes.remove(at)),
            2 => bytes.truncate(at),
            3 => {
                let to = (at + dice.below(40)).min(bytes.len());
                let again = bytes[at..to].to_vec();
                bytes.splice(at..at, again);
            }
            _ => bytes.insert(at, dice.below(256) as u8),
        }
    }
    bytes
}

fn message(bytes: &[u8]) {
    let zone = jiff::tz::TimeZone::UTC;
    for stretch in batch::cut(bytes) {
        let _ = look(stretch.bytes, &zone);
        let text = charset::shown(stretch.bytes);
        assert_eq!(veil::unveiled(&veil::veiled(&text), &text), text, "the veil lost something");
        let _ = charset::encode(&text);
    }
}

fn table(bytes: &[u8]) {
    let Ok(table) = Table::read(bytes, "changed.csv".into(), &DialectChoice::default()) else { return };
    assert_eq!(table.fields(&TableChoice::default()).len(), table.names.len());
    let mut before = 0;
    for row in table.rows() {
        assert!(row.line > before, "lines of a table rise");
        before = row.line;
    }
}

fn resource(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let today = jiff::civil::date(2026, 11, 24);
    let _ = patient::read(&text, "US", today);
    for kind in RecordKind::ALL {
        let _ = record::read(kind, "b", &text, &Entries::default());
    }
    let _ = content_hash(&text);
}

fn stream(dice: &mut Dice, bytes: &[u8]) {
    let bytes = if dice.below(2) == 0 { framed(bytes) } else { bytes.to_vec() };
    let limit = 1 + dice.below(600);
    let mut whole = Frames::with_limit(limit);
    let mut events = whole.push(&bytes);
    events.extend(whole.finish());
    let mut pieces = Frames::with_limit(limit);
    let mut again = Vec::new();
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(1 + dice.below(rest.len()));
        again.extend(pieces.push(piece));
        rest = after;
    }
    again.extend(pieces.finish());
    assert_eq!(events, again, "the cuts of a stream changed its frames");
}

fn main() {
    let mut words = std::env::args().skip(1);
    let reader = words.next().unwrap_or_default();
    let minutes: f64 = words.next().and_then(|w| w.parse().ok()).unwrap_or(1.0);
    let built_in: &[&[u8]] = match reader.as_str() {
        "table" => &TABLES,
        "fhir" => &RESOURCES,
        _ => &SEEDS,
    };
    let mut seeds: Vec<Vec<u8>> = built_in.iter().map(|s| s.to_vec()).collect();
    if let Some(folder) = std::env::var_os("RUSTCARE_SEEDS") {
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        seeds.extend(files.filter_map(|f| std::fs::read(f.path()).ok()));
    }
    let until = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    let (mut dice, mut runs) = (Dice(1), 0_u64);
    while Instant::now() < until {
        let at = dice.below(seeds.len());
        let bytes = changed(&mut dice, &seeds[at]);
        match reader.as_str() {
            "mllp" => stream(&mut dice, &bytes),
            "table" => table(&bytes),
            "fhir" => resource(&bytes),
            _ => message(&bytes),
        }
        runs += 1;
    }
    println!("{runs} inputs, {} seeds, no panic", seeds.len());
}
