//! What passed, what failed, and how long it took against its budget.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use color_eyre::eyre::{Report, Result};

/// What a suite counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed.
    pub passed: usize,
    /// Failed, or not finished in their time.
    pub failed: usize,
    /// Not run for want of data.
    pub skipped: usize,
}

struct Part {
    name: &'static str,
    budget: Duration,
    begun: Instant,
    took: Option<Duration>,
}

/// The record of one `cargo xtask test`.
#[derive(Default)]
pub struct Ledger {
    parts: Vec<Part>,
    suites: Vec<(&'static str, Counts, Duration)>,
    failures: Vec<String>,
}

impl Ledger {
    /// Ends the part before and begins the next.
    pub fn part(&mut self, name: &'static str, budget_minutes: u64) {
        self.end_part();
        println!("\n=== {name} (at most {budget_minutes} minutes)");
        let budget = Duration::from_secs(60 * budget_minutes);
        self.parts.push(Part { name, budget, begun: Instant::now(), took: None });
    }

    fn end_part(&mut self) {
        if let Some(part) = self.parts.last_mut() {
            part.took.get_or_insert_with(|| part.begun.elapsed());
        }
    }

    /// One check that passes or fails as a whole. Whether it passed.
    pub fn check(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> bool {
        self.suite(name, || work().map(|()| Counts { passed: 1, ..Counts::default() }))
    }

    /// A suite that counts for itself. Whether nothing of it failed.
    pub fn suite(&mut self, name: &'static str, work: impl FnOnce() -> Result<Counts>) -> bool {
        println!("\n--- {name}");
        let begun = Instant::now();
        let counts = work().unwrap_or_else(|report| {
            self.failures.push(format!("{name}: {}", one_line(&report)));
            eprintln!("{report:#}");
            Counts { failed: 1, ..Counts::default() }
        });
        self.suites.push((name, counts, begun.elapsed()));
        counts.failed == 0
    }

    /// Prints everything and says how to leave.
    pub fn close(mut self) -> ExitCode {
        self.end_part();
        println!("\n{:<34}{:>8}{:>8}{:>9}{:>9}", "suite", "passed", "failed", "skipped", "seconds");
        for (name, counts, took) in &self.suites {
            let Counts { passed, failed, skipped } = counts;
            println!("{name:<34}{passed:>8}{failed:>8}{skipped:>9}{:>9.1}", took.as_secs_f64());
        }
        println!("\n{:<34}{:>8}{:>8}", "part", "minutes", "budget");
        for part in &self.parts {
            let took = part.took.unwrap_or_default();
            let over = if took > part.budget { "  OVER ITS BUDGET" } else { "" };
            println!(
                "{:<34}{:>8.1}{:>8}{over}",
                part.name,
                took.as_secs_f64() / 60.0,
                part.budget.as_secs() / 60
            );
        }
        for failure in &self.failures {
            println!("FAILED {failure}");
        }
        let all = self.suites.iter().fold(Counts::default(), |all, (_, suite, _)| Counts {
            passed: all.passed + suite.passed,
            failed: all.failed + suite.failed,
            skipped: all.skipped + suite.skipped,
        });
        let skipped =
            if all.skipped > 0 { format!(", {} skipped (no data)", all.skipped) } else { String::new() };
        println!("\n{} passed, {} failed{skipped}", all.passed, all.failed);
        if all.failed == 0 && all.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn one_line(report: &Report) -> String {
    report.to_string().lines().next().unwrap_or_default().to_owned()
}
