//! A terminal that does not show what is typed.

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// As long as this lives, what is typed is not shown.
pub struct Quiet {
    before: Option<Termios>,
}

impl Quiet {
    /// Asks a question on standard error, then shows nothing. A terminal that cannot be kept quiet shows what is typed.
    pub fn begin(question: &str) -> Self {
        crate::ask(question);
        let input = std::io::stdin();
        let before = tcgetattr(&input).ok();
        if let Some(mut quiet) = before.clone() {
            quiet.local_modes.remove(LocalModes::ECHO);
            quiet.local_modes.insert(LocalModes::ECHONL);
            let _ = tcsetattr(&input, OptionalActions::Flush, &quiet);
        }
        Self { before }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
        }
    }
}
