//! `rustcare-verify FILE`: checks an exported audit trail without vault, keys or passphrase.
//!
//! It shares no code with the program that wrote the trail. What the file must be is in [`trail`]; exit status is 0 for
//! an intact trail, 1 for one that was tampered with, 2 for wrong use, 4 for a file that is no trail.

mod trail;

use std::fs::File;
use std::io::BufReader;
use std::process::ExitCode;

const USAGE: &str = "\
rustcare-verify [--key KEY] FILE

FILE is a trail written by `export_audit`. KEY is the clinic's audit key as printed at an earlier time: without it the
file is checked against the key that it carries itself, so that somebody who made all of it anew is not found out.";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (key, file) = match words.as_slice() {
        ["--key", key, file] => (Some(*key), *file),
        [file] if !file.starts_with('-') => (None, *file),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let read =
        File::open(file).map_err(|e| e.to_string()).and_then(|f| trail::Trail::read(BufReader::new(f)));
    let trail = match read {
        Ok(trail) => trail,
        Err(why) => {
            eprintln!("This is not a readable trail: {why}");
            return ExitCode::from(4);
        }
    };
    println!("vault      {}", trail.vault);
    println!("audit key  {}", trail.audit_key);
    let verdict = trail.verify(key);
    println!("entries    {}", verdict.entries);
    match trail.span() {
        Some((first, last)) => println!("from, to   {first}, {last}"),
        None => println!("from, to   -"),
    }
    println!("signed     {} checkpoints, covering {} entries", verdict.checkpoints, verdict.covered);
    if key.is_none() {
        println!("The key is the file's own: compare it with the one printed when the vault was made.");
    }
    match verdict.first_bad {
        None => {
            println!("intact");
            ExitCode::SUCCESS
        }
        Some((sequence, why)) => {
            println!("NOT INTACT: at entry {sequence}: {why}");
            ExitCode::from(1)
        }
    }
}
