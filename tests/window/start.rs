//! How long a cold start takes, and what the application holds when nobody works.

use std::fs;
use std::path::Path;
use std::time::Instant;

use rustcare_tests::ladder::climb;
use rustcare_tests::launch::Launch;
use rustcare_tests::{Result, journey};

use crate::access::AMINA;

/// Process numbers with their parents.
fn processes() -> Vec<(u32, u32)> {
    let folders = fs::read_dir("/proc").unwrap().flatten();
    let numbers = folders.filter_map(|folder| folder.file_name().to_str()?.parse::<u32>().ok());
    let parent = |number: u32| {
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
        // The name in brackets may hold blanks; the parent is the second word behind it.
        stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
    };
    numbers.filter_map(|number| Some((number, parent(number)?))).collect()
}

/// Proportional memory of the application on that vault and of its web processes, in megabytes.
fn memory_of(vault: &Path) -> f64 {
    let all = processes();
    let vault = vault.to_string_lossy().into_owned();
    let of_ours = |number: u32| {
        let line = fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        line.contains(&vault)
            && line.split('\0').next().is_some_and(|program| program.ends_with("rustcare-desktop"))
    };
    let mut family: Vec<u32> =
        all.iter().map(|(number, _)| *number).filter(|number| of_ours(*number)).collect();
    assert_eq!(family.len(), 1, "one application on this vault");
    let mut at = 0;
    while at < family.len() {
        let parent = family[at];
        family.extend(all.iter().filter(|(_, of)| *of == parent).map(|(number, _)| *number));
        at += 1;
    }
    let kilobytes = |number: u32| {
        let rollup = fs::read_to_string(format!("/proc/{number}/smaps_rollup")).unwrap_or_default();
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or("0").to_owned();
        line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap_or(0.0)
    };
    family.into_iter().map(kilobytes).sum::<f64>() / 1024.0
}

#[test]
fn the_sign_in_stands_a_second_and_a_half_after_a_cold_start() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let launch = Launch::in_folder(folder.path());
        let app = launch.start().await?;
        climb(&app.screen, "Hill Street Clinic", &AMINA).await?;
        println!("memory of a signed-in window at idle: {:.0} MB", memory_of(&launch.vault));
        app.close().await?;
        let mut best = f64::MAX;
        for _ in 0..3 {
            let app = launch.start().await?;
            let waited = Instant::now();
            app.screen.see("sign-in-screen").await?;
            let took = (app.ready_after + waited.elapsed()).as_secs_f64();
            println!("cold start to sign-in, the driver's own start included: {took:.2} s");
            best = best.min(took);
            app.close().await?;
        }
        assert!(best < 1.5, "{best:.2} s");
        Ok(())
    })
}
