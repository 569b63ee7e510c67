//! The papers of an export and of an import: the receipt, the loss report, the outcomes of what was refused.

use rustcare_exchange::fhir::r4;
use rustcare_exchange::out::file::NewFile;
use rustcare_exchange::out::loss::as_csv;
use rustcare_model::reason::Reason;
use rustcare_vault::table::import_job;
use std::io::Write;
use std::path::Path;

use super::job::known;
use crate::choke_point::Call;
use crate::contract::exchange::WrittenFile;
use crate::contract::handing_out::{ExportOutcomes, ExportReceipt, ListFormat, SaveLossReport};
use crate::problem::{Problem, ProblemCode};

/// The receipt as text: what went where, why, through whom. Beside an encrypted file it says nothing of what is in it, for how many
/// diagnoses a person has is told by their count.
pub(crate) fn receipt_text(receipt: &ExportReceipt, clinic: &str) -> String {
    let mut text = String::from("RECEIPT FOR RECORDS HANDED OUT\n\n");
    let mut say = |label: &str, value: &str| text.push_str(&format!("{label:<14}{value}\n"));
    say("Clinic", clinic);
    say("When", &receipt.at);
    say("By", &format!("{} ({})", receipt.person, receipt.role));
    say("Recipient", &receipt.recipient);
    say("Purpose", receipt.purpose.as_str());
    if !receipt.purpose_words.is_empty() {
        say("", &receipt.purpose_words);
    }
    say("File", &receipt.file);
    say("Bytes", &receipt.bytes.to_string());
    say("SHA-256", &receipt.sha256);
    say("Format", receipt.format.as_str());
    match &receipt.open_reason {
        Some(reason) => say("Encrypted", &format!("no: {reason}")),
        None => say(
            "Encrypted",
            "yes, with a passphrase (age format, age-encryption.org/v1; open with: age --decrypt)",
        ),
    }
    say("SSN", if receipt.with_ssn { "included" } else { "left out" });
    if let Some(file) = &receipt.losses_file {
        say("Contents", &format!("told in {file}, which the same passphrase opens"));
        return text;
    }
    say("Patients", &receipt.patients.to_string());
    for (kind, count) in &receipt.counts {
        say("", &format!("{count} {kind}"));
    }
    let (lost, other): (Vec<_>, Vec<_>) = receipt.losses.iter().partition(|l| l.cause.is_loss());
    text.push_str(&format!("\nNot carried: {} kinds of elements\n", lost.len()));
    for loss in lost {
        text.push_str(&format!("  {} x {} ({})\n", loss.count, loss.path, loss.cause.as_str()));
    }
    text.push_str(&format!("\nIn another form, or put in: {}\n", other.len()));
    for loss in other {
        text.push_str(&format!("  {} x {} ({})\n", loss.count, loss.path, loss.cause.as_str()));
    }
    text
}

/// What is in a file, and what could not be carried: as the list of losses, with the counts before it.
pub(crate) fn contents_as_csv(receipt: &ExportReceipt) -> String {
    let mut text = as_csv(&receipt.losses);
    let counts = receipt.counts.iter().map(|(kind, count)| format!("{kind},in_file,{count}\r\n"));
    let at = text.find("\r\n").map_or(0, |end| end + 2);
    text.insert_str(at, &counts.collect::<String>());
    text
}

/// Writes a new file; one that is there is never replaced.
pub(crate) fn write_new(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Problem> {
    let refused =
        |cause: String| Problem::new(ProblemCode::StorageFailed, Reason::FileNotWritten).because(cause);
    let mut file = NewFile::begin(folder, name, None).map_err(|e| refused(e.to_string()))?;
    file.write_all(bytes).map_err(|e| refused(e.to_string()))?;
    file.finish().map(|_| ()).map_err(|e| refused(e.to_string()))
}

/// A name with the moment in it that no file of the folder has: two lists may be handed out in one millisecond.
fn stamped(folder: &Path, list: &str, ending: &str) -> String {
    let stamp = rustcare_vault::vault::timestamp().replace([':', '.'], "-");
    let mut name = format!("RustCare-{list}-{stamp}.{ending}");
    let mut next = 2;
    while folder.join(&name).exists() {
        name = format!("RustCare-{list}-{stamp}-{next}.{ending}");
        next += 1;
    }
    name
}

pub fn save_loss_report(call: &mut Call<'_>, input: SaveLossReport) -> Result<WrittenFile, Problem> {
    let place = call.workstation.place(&input.place_id)?;
    let job = known(call, &input.job_id)?;
    if job.by != call.actor()?.person {
        return Err(Problem::new(ProblemCode::NotPermitted, Reason::HandOutByOther));
    }
    let receipt = job.receipt.ok_or_else(|| Problem::new(ProblemCode::NotFound, Reason::ExportNoReceipt))?;
    let (ending, text) = match input.format {
        ListFormat::Csv => ("csv", as_csv(&receipt.losses)),
        ListFormat::Json => {
            let whole = serde_json::json!({ "file": receipt.file, "sha256": receipt.sha256, "losses": receipt.losses });
            ("json", format!("{whole:#}\n"))
        }
    };
    let file = stamped(&place.path, "losses", ending);
    write_new(&place.path, &file, text.as_bytes())?;
    Ok(WrittenFile { file, rows: receipt.losses.len() })
}

/// A FHIR R4 bundle with an `OperationOutcome` for each piece that an import refused, then for each resource of the report
/// that is not what FHIR R4 defines; the texts stay here.
pub fn export_outcomes(call: &mut Call<'_>, input: ExportOutcomes) -> Result<WrittenFile, Problem> {
    let place = call.workstation.place(&input.place_id)?;
    let job = known(call, &input.job_id)?;
    if job.by != call.actor()?.person {
        return Err(Problem::new(ProblemCode::NotPermitted, Reason::HandOutByOther));
    }
    let rejected = call.read(|t, told| {
        told.subject = Some(input.job_id.clone());
        let rejected = import_job::rejected(t, &input.job_id)?;
        told.details = Some(format!("{} outcomes handed out", rejected.len()));
        Ok(rejected)
    })?;
    let mut entries: Vec<serde_json::Value> = rejected
        .iter()
        .map(|r| {
            let place = match r.line {
                Some(line) => format!("{}, line {line}", r.file),
                None => r.file.clone(),
            };
            serde_json::json!({ "resource": { "resourceType": "OperationOutcome", "issue": [
                { "severity": "error", "code": "processing", "diagnostics": r.reason, "details": { "text": place } }
            ] } })
        })
        .collect();
    let differing = job.report.map(|report| report.differences).unwrap_or_default();
    entries.extend(differing.iter().map(|d| {
        let mut outcome = r4::operation_outcome(&d.issues);
        let place = match (d.line, d.entry) {
            (Some(line), _) => format!("{}, line {line}", d.file),
            (None, Some(entry)) => format!("{}, entry {entry}", d.file),
            (None, None) => d.file.clone(),
        };
        for issue in outcome["issue"].as_array_mut().into_iter().flatten() {
            issue["details"] = serde_json::json!({ "text": place });
        }
        serde_json::json!({ "resource": outcome })
    }));
    let rows = entries.len();
    let bundle = serde_json::json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
    let file = stamped(&place.path, "outcomes", "json");
    write_new(&place.path, &file, format!("{bundle:#}\n").as_bytes())?;
    Ok(WrittenFile { file, rows })
}
