//! The system's printers, by the two programs that every CUPS has: `lpstat` names them, `lp` takes a document on its
//! standard input. No file is written on the way; CUPS keeps what it prints in its own spool.

use std::io::{Read, Write};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustcare_model::reason::Reason;

use crate::problem::{Problem, ProblemCode};

/// How long `lpstat` may take.
const LISTING: Duration = Duration::from_secs(5);
/// How long `lp` may take to hand a document to the queue.
const HANDING_OVER: Duration = Duration::from_secs(60);

/// What there is to print on.
pub struct Found {
    pub names: Vec<String>,
    pub preferred: Option<String>,
}

/// A printer that the system knows.
pub struct Printer {
    name: String,
}

/// Something to print.
pub struct PrintJob {
    pub bytes: Vec<u8>,
    pub copies: usize,
    /// Options of `lp -o`.
    pub options: Vec<String>,
}

/// The system's printers; `None` where there is no printing system.
pub fn list() -> Option<Found> {
    let names = run(Command::new("lpstat").arg("-e"), Vec::new(), LISTING).ok()?;
    let names: Vec<String> = String::from_utf8_lossy(&names.stdout)
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|name| is_name(name))
        .collect();
    // "system default destination: NAME", in the C locale.
    let preferred = run(Command::new("lpstat").arg("-d"), Vec::new(), LISTING).ok().and_then(|output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (_, name) = text.trim().rsplit_once(": ")?;
        names.iter().find(|known| *known == name).cloned()
    });
    Some(Found { names, preferred })
}

/// Names of queues have no blanks, `/` or `#` (lpadmin(8)); none that could be taken for an option is used.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/' || c == '#')
}

/// A printer by its name.
///
/// # Errors
/// When the system prints nothing, or does not know it.
pub fn known(name: &str) -> Result<Printer, Problem> {
    let found = list().ok_or_else(|| Problem::new(ProblemCode::NotFound, Reason::PrintingAbsent))?;
    if found.names.is_empty() {
        return Err(Problem::new(ProblemCode::NotFound, Reason::PrinterAbsent));
    }
    let known = found.names.into_iter().find(|known| known == name);
    known.map(|name| Printer { name }).ok_or_else(|| Problem {
        field: Some("printer".into()),
        ..Problem::new(ProblemCode::NotFound, Reason::PrinterUnknown)
    })
}

impl Printer {
    /// Hands a document to the printer's queue.
    ///
    /// # Errors
    /// When the queue does not take it.
    pub fn print(&self, job: PrintJob) -> Result<(), Problem> {
        let mut lp = Command::new("lp");
        // The title stands on screens and in the queue's log: no word of a patient.
        lp.args(["-s", "-d", &self.name, "-t", "RustCare", "-n", &job.copies.to_string()]);
        for option in &job.options {
            lp.args(["-o", option]);
        }
        let output = run(&mut lp, job.bytes, HANDING_OVER)?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Problem::new(ProblemCode::StorageFailed, Reason::PrintRefused).because(said))
    }
}

/// Runs a program with `input`, for at most `limit`.
fn run(command: &mut Command, input: Vec<u8>, limit: Duration) -> Result<Output, Problem> {
    let failed = |error: std::io::Error| {
        let reason = match error.kind() {
            std::io::ErrorKind::NotFound => {
                return Problem::new(ProblemCode::NotFound, Reason::PrintingAbsent);
            }
            _ => Reason::PrintRefused,
        };
        Problem::new(ProblemCode::StorageFailed, reason).because(error.to_string())
    };
    let mut child = command
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if let Some(mut stdin) = stdin {
                // A program that ends early says why by its status.
                let _ = stdin.write_all(&input);
            }
        });
        let out = scope.spawn(move || read_all(stdout));
        let err = scope.spawn(move || read_all(stderr));
        let status = wait(&mut child, limit);
        let (stdout, stderr) = (out.join().unwrap_or_default(), err.join().unwrap_or_default());
        let status = status
            .map_err(failed)?
            .ok_or_else(|| Problem::new(ProblemCode::StorageFailed, Reason::PrintTimedOut))?;
        Ok(Output { status, stdout, stderr })
    })
}

fn read_all(stream: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        // What was read before an error is still what it said.
        let _ = stream.take(1 << 20).read_to_end(&mut bytes);
    }
    bytes
}

/// Waits; a program that does not end is ended, and has no status then.
fn wait(child: &mut Child, limit: Duration) -> std::io::Result<Option<std::process::ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_be_an_option_is_none() {
        for bad in ["", "-d", "a b", "a/b", "a#b", "a\u{1}"] {
            assert!(!is_name(bad), "{bad:?}");
        }
        assert!(is_name("HP_LaserJet-4.2"));
    }

    #[test]
    fn a_program_gets_its_input_and_is_ended_when_it_hangs() {
        let big = vec![b'x'; 1 << 18];
        let output = run(&mut Command::new("cat"), big.clone(), Duration::from_secs(20)).unwrap();
        assert_eq!(output.stdout, big);
        let slow = run(Command::new("sleep").arg("60"), Vec::new(), Duration::from_millis(50)).unwrap_err();
        assert_eq!(slow.reason, Reason::PrintTimedOut);
        let absent = run(&mut Command::new("no-such-program-here"), Vec::new(), LISTING).unwrap_err();
        assert_eq!(absent.reason, Reason::PrintingAbsent);
    }
}
