//! Where the helper program is, and the data folder.
#![allow(dead_code, reason = "each test file uses a part")]

#[path = "../../../../decode-helper/tests/helper/builder.rs"]
pub mod builder;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use rustcare_imaging::pool::{DecodePool, PoolSettings};

/// The helper of this build; it is built where it is absent or older than its source.
pub fn helper() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().unwrap().parent().unwrap(); // target/<profile>/deps/<test>
    let program = profile.join(format!("rustcare-decode-helper{}", std::env::consts::EXE_SUFFIX));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../decode-helper/src");
    let built = program.metadata().and_then(|about| about.modified()).ok();
    if built.is_none_or(|built| built < newest(&source)) {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "rustcare-decode-helper"]);
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success());
    }
    program
}

fn newest(folder: &Path) -> SystemTime {
    let times = std::fs::read_dir(folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() { newest(&path) } else { path.metadata().unwrap().modified().unwrap() }
    });
    times.max().unwrap()
}

pub fn pool(size: usize, time_limit: Duration) -> DecodePool {
    let size = NonZeroUsize::new(size).unwrap();
    DecodePool::new(PoolSettings { helper: helper(), size, time_limit }).unwrap()
}

/// The folder of real DICOM data beside the project, or `None` with a printed line where it is absent.
pub fn data() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/dicom");
    if !folder.is_dir() {
        println!("skipped (no data)");
        return None;
    }
    Some(folder)
}
