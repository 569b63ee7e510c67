//! `cargo xtask …`: what the README's commands call. It installs what is missing, builds, runs, tests and packages.
//!
//! | module | what it knows |
//! |---|---|
//! | [`house`] | where things lie |
//! | [`program`] | running other programs |
//! | [`machine`] | what must be installed, and how |
//! | [`building`] | the one release build that everything shares |
//! | [`ledger`] | what passed, what failed, how long it took against its budget |
//! | [`suites`] | how each suite is run and counted |
//! | [`test`] | the order of `cargo xtask test` |
//! | [`start`] | `run` and `dev` |
//! | [`types`] | the generated TypeScript and the capability file |
//! | [`package`] | the Debian package |
//! | [`clean_root`] | the package in a machine that has nothing else |
//! | [`terms`] | that no licensed clinical term ships |

mod building;
mod clean_root;
mod house;
mod ledger;
mod machine;
mod package;
mod program;
mod start;
mod suites;
mod terms;
mod test;
mod types;

use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::eyre::Result;

const USAGE: &str = "\
cargo xtask run [--empty]      build, and open the practice clinic (--empty: begin at \"create a vault\")
cargo xtask test [--db DIR]    build and pass everything; DIR is an advisory database for cargo deny
cargo xtask dev                the window with live reload
cargo xtask package            the Debian package, into target/package
cargo xtask types [--check]    write (or compare) the generated TypeScript and the capability file
cargo xtask bench              the benchmarks
cargo xtask bench cohort       cohort queries beside DuckDB and Polars, a million patients
cargo xtask bench window       frames of the window while a cohort is edited
cargo xtask prove              the long proofs
cargo xtask prove hl7|mllp|table|fhir --minutes N         changed bytes against a reader
cargo xtask prove fuzz hl7|mllp|table|fhir --minutes N    the same, led by coverage (cargo fuzz)";

fn main() -> Result<ExitCode> {
    color_eyre::config::HookBuilder::default().display_env_section(false).install()?;
    std::env::set_current_dir(house::root())?;
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["run"] => start::run(false)?,
        ["run", "--empty"] => start::run(true)?,
        ["dev"] => start::dev()?,
        ["test"] => return test::test(None),
        ["test", "--db", folder] => return test::test(Some(PathBuf::from(folder))),
        ["package"] => {
            machine::prepare(machine::Need::Run)?;
            building::release()?;
            println!("{}", package::make()?.display());
        }
        ["types"] => types::make(true)?,
        ["types", "--check"] => types::make(false)?,
        ["bench"] => return test::bench(),
        ["bench", "cohort"] => return test::bench_cohort(),
        ["bench", "window"] => return test::bench_window(),
        ["prove"] => return test::prove(),
        ["prove", reader @ ("hl7" | "mllp" | "table" | "fhir"), "--minutes", minutes] => {
            return test::prove_reader(reader, minutes);
        }
        ["prove", "fuzz", reader @ ("hl7" | "mllp" | "table" | "fhir"), "--minutes", minutes] => {
            return test::prove_fuzz(reader, minutes);
        }
        _ => {
            eprintln!("{USAGE}");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}
