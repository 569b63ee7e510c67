//! Persons in shards, each evaluated apart: what a cluster does.

use std::collections::BTreeMap;
use std::path::Path;

use rustcare_cohorts::index::Index;

use crate::data::{cases, oracle};
use crate::outcome::Outcome;
use crate::tables::{files, tables};

const SHARDS: i64 = 3;

/// Writes the tables of a folder with the rows of one shard's persons, and everything that is nobody's.
fn write_shard(folder: &Path, shard: i64, into: &Path) {
    let files = files(folder);
    for (table, _) in tables() {
        let Some((path, heading)) = files.get(table) else { continue };
        let person = heading.split(',').position(|column| column == "person_id");
        let mut reader = csv::Reader::from_path(path).expect("a table");
        let mut out = csv::Writer::from_path(into.join(format!("{table}.csv"))).expect("a file");
        out.write_record(heading.split(',')).expect("a heading");
        for record in reader.records() {
            let record = record.expect("a row");
            let of = |at: usize| record[at].parse::<i64>().expect("a person").rem_euclid(SHARDS);
            if person.is_none_or(|at| of(at) == shard) {
                out.write_record(&record).expect("a row");
            }
        }
        out.flush().expect("written");
    }
}

/// Parts put together.
fn whole(parts: &[&Outcome]) -> Outcome {
    let mut rows: Vec<_> = parts.iter().flat_map(|part| part.rows.clone()).collect();
    rows.sort_unstable();
    let mut counts: BTreeMap<(i64, i64), (i64, Option<i64>, i64)> = BTreeMap::new();
    for (mode, rule, met, gained, remaining) in parts.iter().flat_map(|part| part.attrition.iter().copied()) {
        let sum = counts.entry((mode, rule)).or_insert((0, gained.map(|_| 0), 0));
        sum.0 += met;
        sum.1 = sum.1.zip(gained).map(|(one, other)| one + other);
        sum.2 += remaining;
    }
    let sum = |of: fn(&Outcome) -> i64| parts.iter().map(|part| of(part)).sum();
    Outcome {
        rows,
        attrition: counts
            .into_iter()
            .map(|((mode, rule), (met, gained, remaining))| (mode, rule, met, gained, remaining))
            .collect(),
        totals: (sum(|part| part.totals.0), sum(|part| part.totals.1), sum(|part| part.totals.2)),
    }
}

#[test]
fn shards_by_person_evaluated_apart_add_up_to_the_whole() {
    let test = "shards_by_person_evaluated_apart_add_up_to_the_whole";
    let Some(set) = oracle(test, |all| all.keys().copied().collect()) else { return };
    let shards: Vec<_> = (0..SHARDS)
        .map(|shard| {
            let folder = tempfile::tempdir().expect("a folder");
            write_shard(set.folder.path(), shard, folder.path());
            let index = Index::from_omop(folder.path()).unwrap_or_else(|error| panic!("{error}"));
            let of = |case: &crate::data::Case| (case.name.clone(), case.id, case.expression.clone());
            cases(index, set.cases.iter().map(of).collect())
        })
        .collect();
    for shard in &shards {
        assert!(shard.iter().any(|case| case.expected.totals.1 > 0), "a shard without anybody");
    }
    for (position, case) in set.cases.iter().enumerate() {
        let parts: Vec<&Outcome> = shards.iter().map(|shard| &shard[position].expected).collect();
        assert_eq!(whole(&parts).difference(&case.expected), None, "{}", case.name);
    }
}
