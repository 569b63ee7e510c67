//! The order of `cargo xtask test`: build, core and UI, window and package.

use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::eyre::Result;

use crate::building::{EMBEDDED, release};
use crate::ledger::Ledger;
use crate::machine::{Need, prepare, prepare_driver, prepare_supply_chain};
use crate::program::{in_ui, program, run};
use crate::{clean_root, package, suites, terms, types};

/// What is tested without a window, in nextest's words. The shell's own tests run with the release build, since it is
/// not built in any other way here.
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
            run(program("cargo", ["nextest", "run", "--locked", "--no-run", "--workspace"])
                .args(["--exclude", "rustcare-desktop"]))
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
    ledger.check("generated types", types::check);
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
    ledger.suite("core", || suites::nextest(&["--workspace", "--exclude", "rustcare-desktop", "-E", CORE]));

    ledger.part("window and package", 15);
    ledger.suite("shell", || {
        // Alone: the tests of the other programs would bring their own dependencies into the release build.
        let mut arguments = vec!["--cargo-profile", "release", "--features", EMBEDDED];
        arguments.extend(["--package", "rustcare-desktop"]);
        suites::nextest(&arguments)
    });
    ledger.check("the window's driver", prepare_driver);
    ledger.suite("window", || suites::nextest(&["--package", "rustcare-tests", "-E", WINDOW]));
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

/// The long proofs: the fault tests in the release build, as often again as here.
///
/// # Errors
/// When one of them fails.
pub fn prove() -> Result<ExitCode> {
    prepare(Need::Test)?;
    run(&mut program("cargo", ["build", "--locked", "--release", "--package", "rustcare-cli"]))?;
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
