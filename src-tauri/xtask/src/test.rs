//! The order of `cargo xtask test`: build, core and UI, window and package.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use color_eyre::eyre::{Result, WrapErr};

use crate::building::{EMBEDDED, release};
use crate::ledger::Ledger;
use crate::machine::{
    Need, prepare, prepare_databases, prepare_driver, prepare_fuzzing, prepare_supply_chain,
};
use crate::program::{in_ui, is_there, program, run};
use crate::{clean_root, house, package, suites, terms};

/// What is tested without a window, in nextest's words.
const CORE: &str = "not (package(rustcare-tests) and binary(window))";
const WINDOW: &str = "package(rustcare-tests) and binary(window)";

/// Everything that must hold before a change is kept.
///
/// # Errors
/// Only when the record itself cannot be kept: what fails is counted.
pub fn test(advisories: Option<PathBuf>) -> Result<ExitCode> {
    let mut ledger = Ledger::default();
    ledger.part("build", 20);
    let built = ledger.check("what is missing", || prepare(Need::Test))
        && ledger.check("release build", release)
        && ledger.check("build of the tests", || {
            run(program("cargo", ["nextest", "run", "--locked", "--no-run"]).args(suites::TESTED))
        });
    if !built {
        return Ok(ledger.close());
    }
    ledger.check("clippy", || {
        run(program("cargo", ["clippy", "--locked", "--workspace", "--all-targets", "--features", EMBEDDED])
            .args(["--", "--deny", "warnings"]))
    });

    ledger.part("core and UI", 10);
    ledger.check("cargo fmt", || run(&mut program("cargo", ["fmt", "--all", "--check"])));
    ledger.check("prettier", || run(&mut in_ui("npm", ["run", "--silent", "format"])));
    ledger.check("svelte-check", || run(&mut in_ui("npm", ["run", "--silent", "check"])));
    ledger.check("eslint", || run(&mut in_ui("npm", ["run", "--silent", "lint"])));
    ledger.check("cargo deny", || {
        prepare_supply_chain()?;
        run(&mut program("cargo", ["deny", "--all-features", "check", "bans", "licenses", "sources"]))
    });
    match advisories {
        Some(folder) => {
            ledger.check("cargo deny advisories", || {
                run(program("cargo", ["deny", "check", "advisories", "--disable-fetch"])
                    .env("CARGO_DENY_ADVISORY_DB", folder))
            });
        }
        None => println!("advisories not checked"),
    }
    ledger.suite("vitest", suites::vitest);
    ledger.suite("core", || suites::nextest(CORE));

    ledger.part("window and package", 15);
    ledger.check("the window's driver", prepare_driver);
    ledger.suite("window", || suites::nextest(WINDOW));
    let mut made = None;
    ledger.check("package", || package::make().map(|deb| made = Some(deb)));
    if let Some(deb) = made {
        ledger.check("no licensed terms in the package", || terms::none_in(&deb));
        ledger.check("package on a clean machine", || clean_root::install_and_open(&deb));
    }
    Ok(ledger.close())
}

/// The benchmarks: the core's latencies beside their budgets, the import beside our own one-core run.
///
/// # Errors
/// When they cannot be run, or a figure is over three times its budget.
pub fn bench() -> Result<ExitCode> {
    prepare(Need::Test)?;
    run(&mut program("cargo", ["bench", "--locked", "--package", "rustcare-tests", "--bench", "core"]))?;
    Ok(ExitCode::SUCCESS)
}

/// The published cohort queries at a million patients, beside DuckDB and Polars.
///
/// # Errors
/// When it cannot be run, an answer differs, or a bar is missed by far.
pub fn bench_cohort() -> Result<ExitCode> {
    prepare(Need::Test)?;
    let bench = ["bench", "--locked", "--package", "rustcare-tests", "--bench", "core", "--", "cohort-peers"];
    run(&mut program("cargo", bench))?;
    Ok(ExitCode::SUCCESS)
}

/// How evenly the real window draws while a cohort is edited.
///
/// # Errors
/// When it cannot be run, or a figure is over three times its budget.
pub fn bench_window() -> Result<ExitCode> {
    prepare(Need::Test)?;
    release()?;
    prepare_driver()?;
    run(&mut program(
        "cargo",
        ["run", "--locked", "--package", "rustcare-tests", "--bin", "rustcare-frames"],
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// What computes the expected statistics and counts of the tests.
const ORACLES: [&str; 5] =
    ["numpy==2.4.6", "scipy==1.17.1", "statsmodels==0.15.0", "lifelines==0.30.3", "duckdb==2.0.1"];

/// Has the Python packages compute again what tests hold ours against.
fn oracles() -> Result<()> {
    let folder = house::target().join("oracle-venv");
    let python = folder.join("bin/python").display().to_string();
    if !is_there(&python, &["--version"]) {
        run(program("python3", ["-m", "venv"]).arg(&folder))?;
    }
    run(program(&python, ["-m", "pip", "install", "--quiet"]).args(ORACLES))?;
    let compare = [
        "-W",
        "ignore",
        "tests/oracle/statistics_oracle.py",
        "--compare",
        "tests/data/statistics_oracle.json",
    ];
    run(&mut program(&python, compare))?;
    if let Some(data) = house::data() {
        let gibleed = data.join("omop/gibleed");
        run(program(&python, ["tests/oracle/gibleed.py", "--compare", "tests/data/gibleed.json"])
            .arg(gibleed))?;
    }
    Ok(())
}

/// The long proofs: what the oracles say, cohorts as SQL on DuckDB and Spark, then the fault tests in the release build, as often again
/// as here.
///
/// # Errors
/// When one of them fails.
pub fn prove() -> Result<ExitCode> {
    prepare(Need::Test)?;
    oracles()?;
    run(&mut program("cargo", ["build", "--locked", "--release", "--package", "rustcare-cli"]))?;
    prepare_databases()?;
    run(program("cargo", ["nextest", "run", "--locked", "--cargo-profile", "release", "--no-capture"])
        .args(["--package", "rustcare-tests", "--test", "sql", "--run-ignored", "only"]))?;
    for round in 1..=5 {
        println!("round {round} of 5");
        run(program("cargo", ["nextest", "run", "--locked", "--cargo-profile", "release", "--no-capture"])
            .args(["--package", "rustcare-tests", "--test", "faults"]))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Changes bytes of a corpus, over and over, and gives them to one reader: `hl7` (messages), `mllp` (frames), `table`
/// or `fhir`.
///
/// # Errors
/// When the reader panics, or frames come out otherwise when the stream is cut otherwise.
pub fn prove_reader(reader: &str, minutes: &str) -> Result<ExitCode> {
    prepare(Need::Run)?;
    run(&mut program(
        "cargo",
        [
            "run",
            "--locked",
            "--release",
            "--package",
            "rustcare-exchange",
            "--example",
            "mutate",
            "--",
            reader,
            minutes,
        ],
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// The same bytes-against-reader, led by coverage: `cargo fuzz` over our own seeds and, where they are there, the published
/// files. A finding is left in `src-tauri/fuzz/artifacts`.
///
/// # Errors
/// When the reader panics, hangs or takes more than 2 GB.
pub fn prove_fuzz(reader: &str, minutes: &str) -> Result<ExitCode> {
    prepare(Need::Run)?;
    prepare_fuzzing()?;
    let seconds = minutes.parse::<f64>().wrap_err("minutes are a number")? * 60.0;
    // Frames are made of messages.
    let kind = if reader == "mllp" { "hl7" } else { reader };
    let corpus = format!("src-tauri/fuzz/corpus/{reader}");
    fs::create_dir_all(&corpus)?;
    let seeds = published(kind, &house::target().join("fuzz-seeds").join(kind))?;
    let mut command = program("cargo", ["fuzz", "run", "--fuzz-dir", "src-tauri/fuzz", reader, &corpus]);
    command.arg(format!("src-tauri/fuzz/seeds/{kind}")).arg(seeds).arg("--");
    command.args([
        &format!("-max_total_time={seconds:.0}"),
        "-max_len=16384",
        "-timeout=10",
        "-rss_limit_mb=2048",
    ]);
    // The sanitizer's flags are not stable; the compiler is the one that everybody has.
    run(command.env("RUSTC_BOOTSTRAP", "1"))?;
    Ok(ExitCode::SUCCESS)
}

/// The small published files of a kind, flat in one folder; an empty folder where there are none.
fn published(kind: &str, to: &Path) -> Result<PathBuf> {
    let (from, ends): (&str, &[&str]) = match kind {
        "table" => ("messy_csv", &["csv", "tsv", "txt"]),
        "fhir" => ("fhir", &["json"]),
        _ => ("hl7v2", &["hl7", "txt"]),
    };
    fs::create_dir_all(to)?;
    let mut folders: Vec<PathBuf> = house::data().map(|data| data.join(from)).into_iter().collect();
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for file in fs::read_dir(folder)? {
            let path = file?.path();
            let is_kind =
                path.extension().is_some_and(|e| ends.iter().any(|end| e.eq_ignore_ascii_case(end)));
            if path.is_dir() {
                folders.push(path);
            } else if is_kind && fs::metadata(&path)?.len() <= 16_384 {
                count += 1;
                fs::copy(&path, to.join(format!("{count}")))?;
            }
        }
    }
    println!("{count} published files");
    Ok(to.to_owned())
}
