//! The child of the kill test: imports into a raw-key vault and says on standard output what it has acknowledged.
//!
//! `import_child VAULT SOURCE KEYS [early]`; with `early` it lies, acknowledging before the commit, so that the test can
//! show that it would notice.

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustcare_test_support::keys_from_file;
use rustcare_tests::kill::import_into;
use rustcare_test_support::exchange::Moment;

fn main() {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(vault), Some(source), Some(keys)) = (arguments.next(), arguments.next(), arguments.next()) else {
        std::process::exit(2);
    };
    let early = arguments.next().is_some();
    let keys = keys_from_file(&keys);
    let acknowledged = AtomicUsize::new(0);
    let say = |word: &str, count: usize| {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{word} {count}");
        let _ = out.flush();
    };
    let watch = |moment: Moment| match moment {
        Moment::Begun => say("begun", 0),
        Moment::Written if early => say("acknowledged", acknowledged.load(Ordering::SeqCst) + 50),
        Moment::Written => {}
        Moment::Committed(patients) => {
            let all = acknowledged.fetch_add(patients, Ordering::SeqCst) + patients;
            say("acknowledged", all);
        }
    };
    import_into(&vault, &source, &keys, &watch, &AtomicBool::new(false));
    say("ended", 0);
}
