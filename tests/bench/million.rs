//! A million people through the front door: a table brought in, found, compared while registering, the whole register
//! compared as a job, opened again. Beside it Splink on DuckDB over the same file.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustcare_patients::matching::PersonFields;
use rustcare_test_support::{Session, TestClinic};
use rustcare_workstation::Role;
use serde_json::{Value, json};

use crate::Table;
use crate::invented::{Dice, register, with_errors};
use crate::matching::{peer, python_with_splink};

const PEOPLE: usize = 1_000_000;
const FILE: &str = "register.csv";
/// So many queries make a percentile.
const ASKED: usize = 60;

/// Everything at a million; `RUSTCARE_BENCH_PEOPLE` takes another count for a quick look.
pub fn run(table: &mut Table) {
    let people = std::env::var("RUSTCARE_BENCH_PEOPLE").ok().and_then(|n| n.parse().ok()).unwrap_or(PEOPLE);
    let people = register(people);
    let clinic = TestClinic::new();
    let file = clinic.place().join(FILE);
    write_table(&people, &file).expect("written");
    let desk = clinic.sign_in(&[Role::FrontDesk, Role::Clinician]);
    let entry = desk.entry("Test place", &[FILE]);
    let at = Instant::now();
    let job = desk.ask("import_table", json!({ "entry_id": entry, "choice": {} })).expect("started");
    let report = finish(&desk, &job);
    let taken = report["report"]["patients"].as_u64().unwrap_or(0);
    println!(
        "| a table of {} people brought in | {:.1?}, {:.0} rows/s, {taken} taken, {} refused | | |",
        people.len(),
        at.elapsed(),
        people.len() as f64 / at.elapsed().as_secs_f64(),
        report["report"]["rejected"]
    );
    let at = Instant::now();
    until_ready(&desk);
    println!("| index built from the register | {:.1?} | | |", at.elapsed());
    searches(table, &desk, &people);
    candidates(table, &desk, &people);
    let at = Instant::now();
    let job = desk.ask("review_register", json!({})).expect("started");
    assert_eq!(finish(&desk, &job)["state"], "done");
    println!(
        "| whole register compared, as a job | {:.1?}; process at most {} MB | | |",
        at.elapsed(),
        peak_megabytes()
    );
    let listing =
        || desk.ask("list_duplicates", json!({ "part": "open", "limit": 50, "offset": 0 })).expect("list");
    let list = listing();
    println!(
        "| … on the work list | {} pairs, {} groups of the first 20 000 | | |",
        list["pairs"][0], list["total"]
    );
    let times = (0..10)
        .map(|_| {
            let at = Instant::now();
            listing();
            at.elapsed()
        })
        .collect();
    table.row("first page of the work list", times, Duration::from_millis(500));
    desk.ask("lock", json!({})).expect("locked");
    clinic.reopen();
    let desk = clinic.sign_in(&[Role::FrontDesk]);
    let at = Instant::now();
    until_ready(&desk);
    table.row("index ready after unlocking", vec![at.elapsed()], Duration::from_secs(3));
    beside_splink(&file);
}

/// Waits for a job that takes minutes; somebody sits there meanwhile.
fn finish(desk: &Session<'_>, started: &Value) -> Value {
    loop {
        let job = desk.ask("job", json!({ "job_id": started["job_id"] })).expect("a job");
        if job["state"] != "running" {
            return job;
        }
        desk.ask("keep_session_alive", json!({})).expect("alive");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn until_ready(desk: &Session<'_>) {
    let form = json!({ "given_name": "", "family_name": "", "date_of_birth": "" });
    while desk.ask("find_candidates", json!({ "form": form })).expect("asked")["ready"] != true {
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn searches(table: &mut Table, desk: &Session<'_>, people: &[PersonFields]) {
    let mut dice = Dice(11);
    let mut times = Vec::new();
    for _ in 0..ASKED {
        let one = &people[dice.below(people.len() as u64) as usize];
        let typed = format!("{} {}", one.surname, one.given_name);
        for length in 1..typed.len().min(14) {
            let at = Instant::now();
            let asked = json!({ "text": &typed[..length], "limit": 40, "offset": 0 });
            desk.ask("find_patients", asked).expect("found");
            times.push(at.elapsed());
        }
    }
    table.row("search, a keystroke, with its entry in the trail", times, Duration::from_millis(20));
}

fn candidates(table: &mut Table, desk: &Session<'_>, people: &[PersonFields]) {
    let mut dice = Dice(12);
    let (mut times, mut found) = (Vec::new(), 0);
    for _ in 0..ASKED {
        let one = &people[dice.below(people.len() as u64) as usize];
        let typed = with_errors(one.clone(), &mut dice);
        let mut form = json!({ "given_name": typed.given_name, "sex": typed.sex });
        let mut ask = |form: &Value| {
            let at = Instant::now();
            let answer = desk.ask("find_candidates", json!({ "form": form })).expect("asked");
            times.push(at.elapsed());
            answer
        };
        for length in 1..=typed.surname.len() {
            form["family_name"] = json!(&typed.surname[..length]);
            ask(&form);
        }
        form["date_of_birth"] = json!(born(&typed));
        ask(&form);
        form["phone"] = json!(typed.phone);
        form["email"] = json!(typed.email);
        let answer = ask(&form);
        let shown = answer["candidates"].as_array().map_or(&[][..], Vec::as_slice);
        found += usize::from(
            shown
                .iter()
                .any(|c| c["patient"]["phone"] == one.phone || c["patient"]["given_name"] == one.given_name),
        );
    }
    table.row("who a form could be, a keystroke, through the front door", times, Duration::from_millis(30));
    println!(
        "| … somebody with the same given name or telephone was shown for | {found} of {ASKED} whole forms | | |"
    );
}

fn born(person: &PersonFields) -> String {
    let date = &person.birth_date;
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

fn write_table(people: &[PersonFields], file: &Path) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    writeln!(out, "unique_id,first_name,last_name,dob,sex,phone,email,street,city,state,zip")?;
    for (n, p) in people.iter().enumerate() {
        writeln!(
            out,
            "{n},{},{},{},{},{},{},{} {},{},{},{}",
            p.given_name,
            p.surname,
            born(p),
            p.sex,
            p.phone,
            p.email,
            p.street_number,
            p.street,
            p.place,
            p.state,
            p.postcode
        )?;
    }
    out.flush()
}

/// Most memory that this process has had, from `/proc`.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn beside_splink(file: &Path) {
    match python_with_splink().ok().and_then(|python| peer(&python, "invented", file)) {
        Some(peer) => println!(
            "| … Splink on DuckDB, the same file | {:.0} s in all, {} likely pairs, at most {} MB | | |",
            peer["seconds_total"].as_f64().unwrap_or(0.0),
            peer["likely"],
            peer["megabytes"]
        ),
        None => println!("| … Splink on DuckDB | did not finish | | |"),
    }
}
