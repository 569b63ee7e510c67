//! Who is in several cohorts: each combination with its people (an UpSet plot, Lex et al. 2014).

use super::drawing::{Anchor, COLOURS, Drawing, INK, LINE, QUIET, short};
use super::words::{Word, shown};
use super::{cell, count, number, push_row};
use crate::language::Language;
use crate::review::{Intersection, Overlap};

/// Combinations that anybody is in, the largest first, hidden ones last.
fn by_size(overlap: &Overlap) -> Vec<&Intersection> {
    let mut all: Vec<&Intersection> =
        overlap.intersections.iter().filter(|one| one.persons != Some(0)).collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.persons));
    all
}

/// Names as they are shown: one that is not saved has none of its own.
fn called(names: &[String], language: Language) -> Vec<String> {
    let shown = |name: &String| if name.is_empty() { Word::ThisCohort.of(language) } else { name.clone() };
    names.iter().map(shown).collect()
}

/// One row a combination, with whether each cohort is in it; then one row a cohort with its people. `names`: by cohort; empty of one that
/// is not saved.
#[must_use]
pub fn csv(overlap: &Overlap, names: &[String]) -> String {
    let names = called(names, Language::En);
    let mut out = String::new();
    let mut head: Vec<String> = names.iter().map(|name| cell(name)).collect();
    head.extend(["people".to_owned(), "percent_of_all".to_owned()]);
    push_row(&mut out, &head);
    for one in by_size(overlap) {
        let is_in = |at: usize| one.cohorts.iter().any(|cohort| *cohort as usize == at);
        let mut cells: Vec<String> =
            (0..names.len()).map(|at| if is_in(at) { "yes" } else { "no" }.to_owned()).collect();
        cells.extend([count(one.persons), number(one.percent_of_all, 2)]);
        push_row(&mut out, &cells);
    }
    out.push_str("\r\ncohort,people,of_them_in_the_first,percent_of_the_first\r\n");
    for (at, name) in names.iter().enumerate() {
        let pair = at.checked_sub(1).and_then(|at| overlap.with_first.get(at));
        let both = pair.map(|pair| count(pair.persons)).unwrap_or_default();
        let percent = number(pair.and_then(|pair| pair.percent_of_first), 2);
        let people = overlap.persons.get(at).copied().flatten();
        push_row(&mut out, &[cell(name), count(people), both, percent]);
    }
    out
}

/// A row a combination: squares where a cohort is in it, a bar of its people.
#[must_use]
pub fn drawing(overlap: &Overlap, names: &[String], language: Language) -> Drawing {
    let names = called(names, language);
    const ROW: f64 = 26.0;
    const STEP: f64 = 30.0;
    const ROOM: f64 = 520.0;
    let rows = by_size(overlap);
    let matrix = 56.0 + 20.0 * names.len() as f64;
    let left = 40.0 + STEP * names.len() as f64;
    let most = rows.iter().filter_map(|one| one.persons).max().unwrap_or(1).max(1) as f64;
    let height = matrix + 36.0 + ROW * rows.len() as f64;
    let mut drawing = Drawing::new(960, height as u32, Word::Overlap.wording(language));
    let letter = |at: usize| char::from(b'A' + u8::try_from(at).unwrap_or_default()).to_string();
    for (at, name) in names.iter().enumerate() {
        let name = short(name, 90);
        let name = match overlap.persons.get(at).copied().flatten() {
            None => format!("{name} ({})", Word::Hidden.wording(language)),
            Some(people) => {
                Word::NamePeople.with(language, &[("name", &name), ("people", &people.to_string())])
            }
        };
        let words = format!("{}: {name}", letter(at));
        drawing.text((16.0, 52.0 + 20.0 * at as f64), Anchor::Start, INK, &words);
        drawing.text((29.0 + STEP * at as f64, matrix + 8.0), Anchor::Middle, QUIET, &letter(at));
    }
    for (at, one) in rows.iter().enumerate() {
        let y = matrix + 18.0 + ROW * at as f64;
        for cohort in 0..names.len() {
            let is_in = one.cohorts.iter().any(|own| *own as usize == cohort);
            let colour = if is_in { INK } else { LINE };
            drawing.rectangle((22.0 + STEP * cohort as f64, y + 2.0), (14.0, 14.0), colour);
        }
        let length = one.persons.map_or(0.0, |people| people as f64 * ROOM / most);
        drawing.rectangle((left, y), (length.max(1.0), 18.0), COLOURS[0]);
        let share = one.percent_of_all.map(|share| format!(" · {share:.1} %")).unwrap_or_default();
        let words = format!("{}{share}", shown(one.persons, language));
        drawing.text((left + length + 8.0, y + 14.0), Anchor::Start, INK, &words);
    }
    drawing
}
