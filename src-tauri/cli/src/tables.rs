//! `rustcare import csv`: the map file, the questions, and the refused rows as a file.

use std::path::Path;

use rustcare_workstation::{Problem, ProblemCode, Reason, TableChoice};
use serde_json::{Value, json};

use crate::arguments::{Arguments, DateOrder};
use crate::session::{Failure, Finished, SignedIn};

/// What the arguments say of the table.
pub fn choice(map: Option<&Path>, order: Option<DateOrder>) -> Result<Value, Failure> {
    let mut choice = TableChoice::default();
    if let Some(file) = map {
        let unreadable = |what: String| Failure::Usage(format!("{} cannot be read: {what}.", file.display()));
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
        choice = TableChoice::from_toml(&text).map_err(|error| unreadable(error.trim_end().to_owned()))?;
    }
    let mut choice = json!(choice);
    if let Some(order) = order {
        choice["date_order"] = json!(match order {
            DateOrder::Dmy => "day_month_year",
            DateOrder::Mdy => "month_day_year",
            DateOrder::Ymd => "year_month_day",
        });
    }
    Ok(choice)
}

/// Tries the table, and brings it in unless something is to be decided.
pub fn import(
    arguments: &Arguments,
    file: &Path,
    choice: &Value,
    dry_run: bool,
    rejected: Option<&Path>,
) -> Result<Finished, Failure> {
    if !file.exists() {
        return Err(Failure::Usage(format!("{} is not there.", file.display())));
    }
    let signed_in = SignedIn::begin(arguments)?;
    let entry = signed_in.workstation.lend(vec![file.to_owned()])?;
    let input = json!({ "entry_id": entry, "choice": choice });
    let look = signed_in.ask("look_at_table", input.clone())?;
    for question in look["questions"].as_array().into_iter().flatten() {
        let column = question["column"].as_str().map(|c| format!("{c}: ")).unwrap_or_default();
        eprintln!("{column}{}", question["message"].as_str().unwrap_or_default());
    }
    if dry_run {
        let count = |key: &str| look["counts"][key].as_u64().unwrap_or(0);
        let rejected = count("refused") + count("open");
        return Ok(Finished { answer: look, rejected });
    }
    if look["questions"].as_array().is_some_and(|q| !q.is_empty()) {
        return Err(Problem::new(ProblemCode::InvalidInput, Reason::TableUndecided).into());
    }
    let started = signed_in.ask("import_table", input)?;
    let finished = signed_in.follow(&started)?;
    if let Some(out) = rejected {
        hand_back(&signed_in, &started["job_id"], out)?;
    }
    Ok(finished)
}

/// Writes the refused rows to `out`.
fn hand_back(signed_in: &SignedIn, job: &Value, out: &Path) -> Result<(), Failure> {
    let folder = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let place = signed_in.workstation.lend(vec![folder.to_owned()])?;
    let written = signed_in.ask("export_rejected", json!({ "job_id": job, "place_id": place }))?;
    let made = folder.join(written["file"].as_str().unwrap_or_default());
    std::fs::rename(&made, out).map_err(|error| {
        Problem::new(ProblemCode::StorageFailed, Reason::FileNotWritten).because(error.to_string()).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_arguments_beats_the_map() {
        let folder = std::env::temp_dir().join(format!("rustcare-map-{}", std::process::id()));
        std::fs::write(&folder, "date_order = \"day_month_year\"\n[columns]\nDOB = \"date_of_birth\"\n")
            .unwrap();
        let read = choice(Some(&folder), Some(DateOrder::Mdy)).ok().unwrap();
        let plain = choice(Some(&folder), None).ok().unwrap();
        std::fs::write(&folder, "colums = 1\n").unwrap();
        let wrong = choice(Some(&folder), None);
        std::fs::remove_file(&folder).unwrap();
        assert_eq!(read["date_order"], "month_day_year");
        assert_eq!(plain["date_order"], "day_month_year");
        assert_eq!(plain["columns"]["DOB"], "date_of_birth");
        assert!(matches!(wrong, Err(Failure::Usage(message)) if message.contains("line 1")));
    }
}
