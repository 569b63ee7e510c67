//! Made-up tables that hold what real ones should not: rows of one number, visits twice, periods that overlap, ends before
//! their starts, persons without a row of their own, events on one day.

use std::fs;
use std::path::Path;

use crate::tables::{day, tables};

/// A source of numbers that gives the same on every machine (George Marsaglia, "Xorshift RNGs", 2003).
pub struct Dice(u64);

impl Dice {
    /// Begins a row of numbers.
    pub fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..4 {
            let _ = dice.below(2);
        }
        dice
    }

    /// A number from 0 up to, not including, a bound.
    pub fn below(&mut self, bound: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11).cast_signed().rem_euclid(bound)
    }

    /// Whether one of so many came up.
    pub fn one_in(&mut self, sides: i64) -> bool {
        self.below(sides) == 0
    }

    /// One of several.
    pub fn of<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[usize::try_from(self.below(values.len() as i64)).expect("a place")]
    }
}

/// Persons with a row; three more have events only.
const PERSONS: i64 = 70;
/// 2019-01-01.
const FIRST_DAY: i64 = 17_897;
const DAYS: i64 = 700;

/// A column of an event of `person` that begins on `start`.
fn cell(dice: &mut Dice, table: &str, column: &str, person: i64, start: i64, row: i64) -> String {
    let own_id = format!("{table}_id");
    match column {
        "person_id" => person.to_string(),
        // Some rows bear one number.
        _ if column == own_id => (row - i64::from(dice.one_in(12))).to_string(),
        "visit_occurrence_id" => {
            if dice.one_in(5) {
                String::new()
            } else {
                dice.below(120).to_string()
            }
        }
        "provider_id" | "care_site_id" => {
            if dice.one_in(4) {
                String::new()
            } else {
                dice.below(6).to_string()
            }
        }
        "visit_end_date" | "visit_detail_end_date" | "observation_period_end_date" => {
            day(start + dice.below(40) - i64::from(dice.one_in(15)) * 20)
        }
        _ if column.ends_with("era_end_date") => day(start + dice.below(60)),
        _ if column.ends_with("_end_date") => {
            if dice.one_in(3) {
                String::new()
            } else {
                day(start + dice.below(30) - 2)
            }
        }
        _ if column.ends_with("_date") => day(start),
        "visit_concept_id" => (1 + dice.below(6)).to_string(),
        _ if column.ends_with("concept_id") => {
            if dice.one_in(8) {
                String::new()
            } else {
                (1 + dice.below(6)).to_string()
            }
        }
        "stop_reason" | "lot_number" | "value_as_string" | "unique_device_id" | "specimen_source_id" => {
            (*dice.of(&["", "abc", "ABC", "a%c", "a_c", "a\\c", "it's", "bcd", "50% of a\\"])).to_owned()
        }
        "value_as_number" | "range_low" | "range_high" | "dose_value" | "quantity" => {
            let values = ["", "0", "1", "2", "2.5", "6.5", "6.4999", "-1.25", "0.3", "0.1", "100"];
            (*dice.of(&values)).to_owned()
        }
        _ => {
            if dice.one_in(6) {
                String::new()
            } else {
                dice.below(40).to_string()
            }
        }
    }
}

fn rows_of(dice: &mut Dice, table: &str, columns: &[&str]) -> Vec<String> {
    let mut rows = Vec::new();
    let mut line = |cells: Vec<String>| rows.push(cells.join(","));
    match table {
        "person" => {
            for person in 1..=PERSONS {
                let sex = if dice.one_in(10) { 0 } else { 1 + dice.below(3) };
                let year = if dice.one_in(12) { String::new() } else { (1930 + dice.below(80)).to_string() };
                let race = if dice.one_in(6) { String::new() } else { (1 + dice.below(4)).to_string() };
                line(vec![person.to_string(), sex.to_string(), year, race, (1 + dice.below(3)).to_string()]);
            }
        }
        "observation_period" => {
            for row in 0..2 * PERSONS {
                let person = 1 + row / 2 + i64::from(row % 9 == 0) * dice.below(3);
                let start = FIRST_DAY + (row % 2) * (150 + dice.below(250)) + dice.below(60);
                let end = start + 100 + dice.below(400);
                let kind = 1 + dice.below(4);
                line(vec![row.to_string(), person.to_string(), day(start), day(end), kind.to_string()]);
            }
        }
        "provider" | "care_site" => {
            for row in 0..5 {
                let concept = if row == 2 { String::new() } else { (1 + row % 4).to_string() };
                line(vec![row.to_string(), concept]);
            }
        }
        "concept" => {
            for concept in 1..=8 {
                line(vec![
                    concept.to_string(),
                    String::new(),
                    if concept == 4 { "D" } else { "" }.to_owned(),
                ]);
            }
        }
        "concept_ancestor" => {
            for (above, below) in [(1, 1), (1, 2), (1, 4), (3, 3), (3, 5), (5, 6)] {
                line(vec![above.to_string(), below.to_string()]);
            }
        }
        "concept_relationship" => {
            for (from, to, name, reason) in [
                (6, 1, "Maps to", ""),
                (5, 2, "Maps to", ""),
                (3, 1, "Maps to", "D"),
                (3, 1, "Mapped from", ""),
            ] {
                line(vec![from.to_string(), to.to_string(), name.to_owned(), reason.to_owned()]);
            }
        }
        _ => {
            let count = if table == "death" { 60 } else { 320 };
            for row in 0..count {
                let person = 1 + dice.below(PERSONS + 3);
                let start = FIRST_DAY + dice.below(DAYS / 10) * 10;
                line(columns.iter().map(|column| cell(dice, table, column, person, start, row)).collect());
            }
            // Visits twice, with another concept.
            if table == "visit_occurrence" {
                for row in 0..40 {
                    let cells: Vec<String> = rows[row].split(',').map(str::to_owned).collect();
                    let mut again = cells;
                    again[2] = (1 + (row as i64) % 5).to_string();
                    rows.push(again.join(","));
                }
            }
        }
    }
    rows
}

/// Writes the tables as CSV.
pub fn write(folder: &Path) {
    let mut dice = Dice::new(7);
    for (table, columns) in tables() {
        let rows = rows_of(&mut dice, table, &columns);
        let text = format!("{}\n{}\n", columns.join(","), rows.join("\n"));
        fs::write(folder.join(format!("{table}.csv")), text).expect("written");
    }
}
