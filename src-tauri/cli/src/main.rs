//! `rustcare`: the same use cases as the window, for administrators, scripts and tests.
//!
//! It holds no rule: it reads arguments, calls the workstation and prints the answer. Nothing secret is ever an argument.
//! Exit status: 0 done, 1 done with rejected items, 2 usage, 3 refused, 4 bad input, 5 vault damaged.

mod arguments;
mod cohort;
mod commands;
mod export;
mod quiet;
mod session;
mod show;
mod tables;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::session::{Failure, Finished};

fn main() -> ExitCode {
    let hooks = color_eyre::config::HookBuilder::default().display_env_section(false);
    // A second installation only happens in tests of this file; the default printer is as good.
    let _ = hooks.install();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return not_understood(&error),
    };
    let json = arguments.json;
    match commands::run(&arguments) {
        Ok(Finished { answer, rejected }) => {
            if json {
                say(&format!("{answer}\n"));
            } else {
                say(&show::plain(&answer));
            }
            ExitCode::from(u8::from(rejected > 0))
        }
        Err(Failure::Problem(problem)) => {
            complain(&problem.message);
            for note in &problem.fields {
                complain(&format!("  {}: {}", note.field, note.message));
            }
            if json {
                say(&format!("{}\n", serde_json::json!({ "problem": problem })));
            }
            ExitCode::from(session::exit_status(problem.code))
        }
        Err(Failure::Usage(message)) => {
            complain(&message);
            if json {
                say(&format!("{}\n", usage_problem(&message)));
            }
            ExitCode::from(2)
        }
    }
}

/// Prints on standard output. A reader that has gone (`| head`) has what it wanted.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Asks a question on standard error; the answer stands behind it.
pub(crate) fn ask(question: &str) {
    let mut out = std::io::stderr().lock();
    let _ = out.write_all(question.as_bytes()).and_then(|()| out.flush());
}

/// Prints a line on standard error, if anybody still reads it.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Help and version are answers; everything else is a wrong use, and a script that asked for JSON gets its document.
fn not_understood(error: &clap::Error) -> ExitCode {
    // Where it cannot be printed nobody reads it.
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    if std::env::args_os().any(|a| a == "--json") {
        say(&format!("{}\n", usage_problem(&format!("{}. See rustcare help.", error.kind()))));
    }
    ExitCode::from(2)
}

fn usage_problem(message: &str) -> serde_json::Value {
    serde_json::json!({ "problem": { "code": "usage", "message": message } })
}
