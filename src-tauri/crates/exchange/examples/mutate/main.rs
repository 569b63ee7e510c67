//! `cargo xtask prove hl7|mllp|table|fhir --minutes N`: changed messages, streams, tables and resources against their readers,
//! without any tool. A panic ends it. Files of a folder named in `RUSTCARE_SEEDS`
//! join those of `src-tauri/fuzz/seeds`.

mod readers;

use std::path::Path;
use std::time::{Duration, Instant};

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

fn files_of(folder: &Path) -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    // In order, so that the same run changes the same bytes.
    let mut paths: Vec<_> = files.map(|file| file.path()).collect();
    paths.sort();
    paths.iter().filter_map(|path| std::fs::read(path).ok()).collect()
}

fn main() {
    let mut words = std::env::args().skip(1);
    let reader = words.next().unwrap_or_default();
    let minutes: f64 = words.next().and_then(|w| w.parse().ok()).unwrap_or(1.0);
    // Frames are made of messages.
    let kind = if reader == "mllp" { "hl7" } else { &reader };
    let seeds_of = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(kind);
    let mut seeds = files_of(&seeds_of);
    if let Some(folder) = std::env::var_os("RUSTCARE_SEEDS") {
        seeds.extend(files_of(Path::new(&folder)));
    }
    let until = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    let (mut dice, mut runs) = (Dice(1), 0_u64);
    while Instant::now() < until {
        let at = dice.below(seeds.len());
        let bytes = changed(&mut dice, &seeds[at]);
        match reader.as_str() {
            "mllp" => readers::stream(&bytes, |n| dice.below(n)),
            "table" => readers::table(&bytes),
            "fhir" => readers::resource(&bytes),
            _ => readers::message(&bytes),
        }
        runs += 1;
    }
    println!("{runs} inputs, {} seeds, no panic", seeds.len());
}
