//! A helper process driven directly, files made in memory, and the data folder.
#![allow(dead_code, reason = "each test file uses a part")]

pub mod builder;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rustcare_decode_helper::framing::{FramingError, read_message, write_message};
use rustcare_decode_helper::protocol::{Hello, Reply, Request};

pub struct Helper {
    child: Child,
    requests: ChildStdin,
    replies: ChildStdout,
    pub hello: Hello,
}

impl Helper {
    pub fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rustcare-decode-helper"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let requests = child.stdin.take().unwrap();
        let mut replies = child.stdout.take().unwrap();
        let (hello, _) = read_message(&mut replies, 0).unwrap();
        Helper { child, requests, replies, hello }
    }

    /// The reply, or an error when the helper died of the request.
    pub fn ask(&mut self, request: &Request, file: &[u8]) -> Result<(Reply, Vec<u8>), FramingError> {
        write_message(&mut self.requests, request, file)?;
        read_message(&mut self.replies, 1 << 30)
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The folder of real DICOM data beside the project, or `None` with a printed line where it is absent.
pub fn data() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/dicom");
    if !folder.is_dir() {
        println!("skipped (no data)");
        return None;
    }
    Some(folder)
}

/// The rows of a CSV file as maps from column name; no field of these files holds a quoted comma before its last column.
pub fn rows(file: PathBuf) -> Vec<Vec<String>> {
    let file = BufReader::new(std::fs::File::open(file).unwrap());
    file.lines().skip(1).map(|line| line.unwrap().splitn(16, ',').map(str::to_owned).collect()).collect()
}
