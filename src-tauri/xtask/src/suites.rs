//! How each suite is run and counted.

use std::fs;
use std::path::Path;

use color_eyre::eyre::{Result, WrapErr, bail, eyre};
use serde_json::Value;

use crate::house;
use crate::ledger::Counts;
use crate::program::{in_ui, overheard, program};

/// What is built for the tests, always in these words: another choice of packages would have other features and build the
/// core again. The shell has no tests of its own; what it decides is tested in `tests/house/shell.rs`.
pub const TESTED: [&str; 3] = ["--workspace", "--exclude", "rustcare-desktop"];

/// What a test prints when the data it needs is absent.
const NO_DATA: &str = "skipped (no data)";

/// Runs the tests that nextest's words choose, and counts.
///
/// A test that says that its data is absent counts as skipped; where the data is there, as failed.
///
/// # Errors
/// When the tests cannot be built, or nextest says nothing countable.
pub fn nextest(chosen: &str) -> Result<Counts> {
    let record = house::target().join("nextest/default/junit.xml");
    let _ = fs::remove_file(&record);
    let mut command = program("cargo", ["nextest", "run", "--locked"]);
    command.args(TESTED).args(["-E", chosen]).env("CARGO_TERM_COLOR", "never").env("RUST_BACKTRACE", "0");
    let (succeeded, said) = overheard(&mut command)?;
    let counts = nextest_counts(&said).ok_or_else(|| eyre!("nextest counted nothing"))?;
    if !succeeded && counts.failed == 0 {
        bail!("nextest failed");
    }
    let record = fs::read_to_string(&record).wrap_err("nextest left no record")?;
    Ok(without_data(counts, tests_without_data(&record), house::data().is_some()))
}

fn without_data(counts: Counts, told: usize, data_is_there: bool) -> Counts {
    let Counts { passed, failed, skipped } = counts;
    let passed = passed.saturating_sub(told);
    if data_is_there {
        if told > 0 {
            eprintln!("{told} tests did not look at the data that is there");
        }
        Counts { passed, failed: failed + told, skipped }
    } else {
        Counts { passed, failed, skipped: skipped + told }
    }
}

/// How many passed tests of a JUnit record printed that their data is absent.
fn tests_without_data(junit: &str) -> usize {
    junit
        .split("<testcase")
        .skip(1)
        .filter(|test| test.contains(NO_DATA) && !test.contains("<failure"))
        .count()
}

/// Reads "Summary [ 1.2s] 13 tests run: 10 passed (1 slow), 2 failed, 1 timed out, 0 skipped". Tests that were filtered
/// out are not counted: they belong to another suite.
fn nextest_counts(said: &str) -> Option<Counts> {
    let line = said.lines().rfind(|l| l.trim_start().starts_with("Summary [") && l.contains(" run: "))?;
    let (_, counts) = line.split_once(" run: ")?;
    let of = |what: &str| {
        counts
            .split(',')
            .map(|part| part.trim())
            .find(|part| part.split(' ').skip(1).collect::<Vec<_>>().join(" ").starts_with(what))
            .and_then(|part| part.split(' ').next()?.parse::<usize>().ok())
            .unwrap_or(0)
    };
    let failed = of("failed") + of("timed out") + of("exec failed");
    Some(Counts { passed: of("passed"), failed, skipped: 0 })
}

/// Runs the window's own tests and counts.
///
/// # Errors
/// When vitest leaves no record.
pub fn vitest() -> Result<Counts> {
    let record = house::target().join("vitest.json");
    let _ = fs::remove_file(&record);
    fs::create_dir_all(house::target())?;
    let to = format!("--outputFile.json={}", record.display());
    let mut command = in_ui("npx", ["vitest", "run", "--reporter=default", "--reporter=json", &to]);
    let (succeeded, _) = overheard(&mut command)?;
    let counts = vitest_counts(&record)?;
    if !succeeded && counts.failed == 0 {
        bail!("vitest failed");
    }
    Ok(counts)
}

fn vitest_counts(record: &Path) -> Result<Counts> {
    let record: Value = serde_json::from_slice(&fs::read(record).wrap_err("vitest left no record")?)?;
    let of = |name: &str| record[name].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    // A file that cannot be loaded has no test that fails.
    let failed = of("numFailedTests").max(usize::from(of("numFailedTestSuites") > 0));
    Ok(Counts { passed: of("numPassedTests"), failed, skipped: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest_is_counted_with_all_its_words() {
        let said = "x\n     Summary [   1.234s] 13 tests run: 9 passed (1 slow, 2 leaky), 2 failed, 2 timed out, 40 skipped\n";
        assert_eq!(nextest_counts(said), Some(Counts { passed: 9, failed: 4, skipped: 0 }));
        let one = "     Summary [   0.1s] 1 test run: 1 passed, 6 skipped";
        assert_eq!(nextest_counts(one), Some(Counts { passed: 1, failed: 0, skipped: 0 }));
        assert_eq!(nextest_counts("error: could not compile"), None);
    }

    #[test]
    fn a_test_that_skips_although_the_data_is_there_fails() {
        let junit = "<testcase name=\"a\"><system-out>skipped (no data)</system-out></testcase><testcase name=\"b\"/>";
        assert_eq!(tests_without_data(junit), 1);
        let counted = Counts { passed: 2, failed: 0, skipped: 0 };
        assert_eq!(without_data(counted, 1, true), Counts { passed: 1, failed: 1, skipped: 0 });
        assert_eq!(without_data(counted, 1, false), Counts { passed: 1, failed: 0, skipped: 1 });
    }
}
