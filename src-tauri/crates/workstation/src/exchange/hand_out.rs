//! Handing records out: who may, for what; the entries in the trail first, then one file and its receipt.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::Date;
use rusqlite::{Connection, params};
use rustcare_cohorts::breakdown::{NotADate, members};
use rustcare_exchange::out::age::{AgeError, WORK_FACTOR};
use rustcare_exchange::out::file::NewFile;
use rustcare_exchange::out::omop::mapping::ConceptMap;
use rustcare_exchange::out::{ExportContext, ExportError, ExportFormat, Exported, export};
use rustcare_model::clinical_record::RecordKind;
use rustcare_model::reason::Reason;
use rustcare_vault::kdf::check_new_passphrase;
use rustcare_vault::table::patient;
use rustcare_vault::{AuditEntry, Outcome, Role, Vault, VaultError, VaultResult};
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::concept_mapping::mapping;
use super::hand_out_papers::{contents_as_csv, receipt_text};
use super::job::start_kept;
use super::unfinished;
use crate::choke_point::Call;
use crate::cohorts::ColumnCache;
use crate::contract::exchange::JobStarted;
use crate::contract::handing_out::{
    ExportReceipt, ExportRecords, ExportResearchTables, Protection, Purpose, Whom,
};
use crate::jobs::{JobKind, RunningJob};
use crate::patients::patient_id;
use crate::problem::{Problem, ProblemCode};
use crate::session::Actor;
use crate::settings::ClinicSettings;

/// Most patients that are chosen one by one.
const MOST_CHOSEN: usize = 10_000;
/// Up to so many patients, each has an entry in the trail of their own; beyond it one entry tells their count.
const MOST_NAMED: usize = 10_000;

fn not_permitted(reason: Reason) -> Problem {
    Problem::new(ProblemCode::NotPermitted, reason)
}

/// What is the same for both ways of handing out.
struct Request {
    whom: Whom,
    format: ExportFormat,
    purpose: Purpose,
    purpose_words: String,
    recipient: String,
    with_ssn: bool,
    protection: Protection,
    folder: PathBuf,
}

pub fn export_records(call: &mut Call<'_>, input: ExportRecords) -> Result<JobStarted, Problem> {
    let folder = call.workstation.place(&input.place_id)?.path;
    if input.format.is_research() {
        return Err(Problem::at("format", Reason::ExportResearchApart));
    }
    let role = permitting_role(call.actor()?, &input)?;
    call.acts_as(role);
    if input.with_ssn {
        if !input.purpose.allows_ssn() {
            return Err(Problem::at("with_ssn", Reason::ExportSsnPurpose));
        }
        if call.actor()?.secrets.is_none() {
            return Err(not_permitted(Reason::NoSecretsKey));
        }
    }
    let ExportRecords { whom, format, purpose, purpose_words, recipient, with_ssn, protection, .. } = input;
    start(call, Request { whom, format, purpose, purpose_words, recipient, with_ssn, protection, folder })
}

pub fn export_research_tables(
    call: &mut Call<'_>,
    input: ExportResearchTables,
) -> Result<JobStarted, Problem> {
    let folder = call.workstation.place(&input.place_id)?.path;
    let ExportResearchTables { whom, tables, purpose_words, recipient, protection, .. } = input;
    let request = Request {
        whom,
        format: tables.format(),
        purpose: Purpose::Research,
        purpose_words,
        recipient,
        with_ssn: false,
        protection,
        folder,
    };
    start(call, request)
}

/// A chart goes out through whoever sees charts. The front desk hands one patient's particulars out, for that patient's
/// treatment or at that patient's request; the administrator, who sees no chart, any number of particulars.
fn permitting_role(actor: &Actor, input: &ExportRecords) -> Result<Role, Problem> {
    if actor.roles.contains(&Role::Clinician) {
        return Ok(Role::Clinician);
    }
    // Who has a diagnosis is part of the chart, whatever else of them goes out.
    if input.format.has_chart() || matches!(input.whom, Whom::Diagnosis { .. } | Whom::Cohort { .. }) {
        return Err(not_permitted(Reason::ExportChartForbidden));
    }
    if actor.roles.contains(&Role::Administrator) {
        return Ok(Role::Administrator);
    }
    let one = matches!(&input.whom, Whom::Patients { patient_ids } if patient_ids.len() == 1);
    let own = matches!(input.purpose, Purpose::Treatment | Purpose::PatientRequest);
    if one && own { Ok(Role::FrontDesk) } else { Err(not_permitted(Reason::ExportOnePatient)) }
}

fn check_words(request: &Request) -> Result<(), Problem> {
    if request.recipient.trim().is_empty() {
        return Err(Problem::at("recipient", Reason::ExportRecipientMissing));
    }
    if request.purpose == Purpose::Other && request.purpose_words.trim().is_empty() {
        return Err(Problem::at("purpose_words", Reason::ExportPurposeMissing));
    }
    match &request.protection {
        Protection::Passphrase { passphrase } => {
            // The recipient's name is as guessable as one's own.
            let typed = SecretString::from(passphrase.as_str());
            match check_new_passphrase(&typed, request.recipient.trim()) {
                Err(VaultError::WeakPassphrase(reason)) => Err(Problem::at("passphrase", reason)),
                other => Ok(other?),
            }
        }
        Protection::Open { reason } if reason.trim().is_empty() => {
            Err(Problem::at("open_reason", Reason::ExportOpenReason))
        }
        Protection::Open { .. } => Ok(()),
    }
}

/// Rows of the patients that go out. Of merged patients only the one that lives on is in the register's list.
fn rows(t: &Connection, whom: &Whom, columns: &ColumnCache, today: Date) -> Result<Vec<i64>, Problem> {
    let rows = match whom {
        Whom::Everybody => patient::rows(t)?,
        Whom::Patients { patient_ids } if patient_ids.len() > MOST_CHOSEN => {
            return Err(Problem::at("whom", Reason::ValueLength));
        }
        Whom::Patients { patient_ids } => {
            let mut rows = Vec::with_capacity(patient_ids.len());
            for id in patient_ids {
                let row = patient::by_id(t, patient_id(id)?)?.row;
                if !rows.contains(&row) {
                    rows.push(row);
                }
            }
            rows
        }
        Whom::Diagnosis { system, code } => {
            let sql = "SELECT DISTINCT patient FROM clinical_record
                       WHERE kind = ?1 AND code_system = ?2 AND code = ?3
                         AND coalesce(status, '') NOT IN ('entered-in-error', 'refuted')
                         AND coalesce(qualifier, '') <> 'differential' ORDER BY patient";
            let mut statement = t.prepare_cached(sql).map_err(VaultError::from)?;
            let found = statement
                .query_map(params![RecordKind::Condition.number(), system, code], |r| r.get(0))
                .and_then(Iterator::collect::<Result<Vec<i64>, _>>);
            found.map_err(VaultError::from)?
        }
        Whom::Cohort { filter, group } => {
            // Counted in this transaction: who goes out is who was there when the trail said so.
            let members = members(&*columns.of(t)?, filter, group.as_ref(), today);
            members.map_err(|NotADate(field)| Problem::at(field, Reason::DayForm))?
        }
    };
    if rows.is_empty() {
        return Err(Problem::at("whom", Reason::ExportNobody));
    }
    Ok(rows)
}

/// Purpose and recipient in the trail's own form. They are words of the staff, asked for this.
fn details(request: &Request, patients: usize) -> String {
    // A filter holds no patient.
    let chosen = match &request.whom {
        Whom::Cohort { filter, group } => format!(
            ", cohort {} {}",
            serde_json::to_string(filter).unwrap_or_default(),
            serde_json::to_string(group).unwrap_or_default()
        ),
        Whom::Diagnosis { system, code } => format!(", diagnosis {system} {code}"),
        Whom::Patients { .. } | Whom::Everybody => String::new(),
    };
    format!(
        "{}, {patients} patients{chosen}, purpose {} {}, recipient {}, social security numbers {}, {}",
        request.format.as_str(),
        request.purpose.as_str(),
        request.purpose_words.trim(),
        request.recipient.trim(),
        if request.with_ssn { "included" } else { "left out" },
        match &request.protection {
            Protection::Passphrase { .. } => "encrypted".to_owned(),
            Protection::Open { reason } => format!("not encrypted: {}", reason.trim()),
        }
    )
}

fn start(call: &mut Call<'_>, request: Request) -> Result<JobStarted, Problem> {
    check_words(&request)?;
    let settings = call.settings()?;
    let today = settings.today();
    let vault = Arc::clone(call.vault()?);
    // The entries first: nothing of a patient is in a file before the trail says so.
    let entry_of = |subject: Option<String>, details: String| AuditEntry {
        at: rustcare_vault::vault::timestamp(),
        person: String::new(),
        role: call.role().to_owned(),
        action: String::new(),
        subject,
        outcome: Outcome::Done,
        details: Some(details),
    };
    let (rows, map) = call.write(|t, told| {
        let rows = rows(t, &request.whom, &call.workstation.columns, today)?;
        let details = details(&request, rows.len());
        if let [only] = rows.as_slice() {
            told.subject = Some(patient::by_row(t, *only)?.patient.id.to_string());
        } else if rows.len() <= MOST_NAMED {
            for row in &rows {
                let id = patient::by_row(t, *row)?.patient.id.to_string();
                let entry = AuditEntry {
                    person: call.actor()?.person.clone(),
                    action: call.name().to_owned(),
                    ..entry_of(Some(id), details.clone())
                };
                vault.record(t, &entry)?;
            }
        }
        told.details = Some(details);
        Ok((rows, mapping(t)?))
    })?;
    let work = HandOut {
        vault,
        actor: Arc::clone(call.actor()?),
        role: call.role().to_owned(),
        action: call.name(),
        settings,
        request,
        rows,
        map,
    };
    let job_id = start_kept(call, JobKind::Export, "Hand out records", move |job| {
        work.run(job)?;
        Ok(None)
    })?;
    Ok(JobStarted { job_id })
}

/// One export, from the call that starts it to the job that runs it.
struct HandOut {
    vault: Arc<Vault>,
    actor: Arc<Actor>,
    role: String,
    action: &'static str,
    settings: ClinicSettings,
    request: Request,
    rows: Vec<i64>,
    map: ConceptMap,
}

impl HandOut {
    fn tell(&self, job: &RunningJob, outcome: Outcome, details: String) -> VaultResult<()> {
        let entry = AuditEntry {
            at: rustcare_vault::vault::timestamp(),
            person: self.actor.person.clone(),
            role: self.role.clone(),
            action: self.action.to_owned(),
            subject: Some(job.id().to_owned()),
            outcome,
            details: Some(details),
        };
        self.vault.write(|t| self.vault.record(t, &entry))
    }

    fn run(&self, job: &RunningJob) -> Result<(), Problem> {
        let written = self.write_file(job);
        // Whatever became of it: nothing unfinished is left that the next start would have to take away.
        let _ = unfinished::forget(&self.vault, job.id());
        match written {
            Ok(receipt) => {
                let details = format!("{} resources, sha256 {}", total(&receipt), receipt.sha256);
                if let Err(error) = self.tell(job, Outcome::Done, details) {
                    // What the trail cannot say has not happened: the job has failed, and its files go.
                    self.remove(&receipt);
                    return Err(error.into());
                }
                job.hand_receipt(receipt);
                // The entry is durable; a checkpoint that cannot be written now is written later.
                let _ = self.vault.checkpoint(true);
                Ok(())
            }
            Err(problem) => {
                let word = format!("{:?}: no file is left", problem.reason);
                self.tell(job, Outcome::Failed, word)?;
                let _ = self.vault.checkpoint(true);
                // Whoever cancelled it is told so by the job's state.
                let is_asked_for = problem.code == ProblemCode::Cancelled && job.is_cancelled();
                if is_asked_for { Ok(()) } else { Err(problem) }
            }
        }
    }

    /// Takes back what was written. What cannot be removed either is on a disc that has gone.
    fn remove(&self, receipt: &ExportReceipt) {
        let names = [&receipt.file, &receipt.receipt_file];
        for name in names.into_iter().chain(&receipt.losses_file) {
            let _ = std::fs::remove_file(self.request.folder.join(name));
        }
    }

    fn write_file(&self, job: &RunningJob) -> Result<ExportReceipt, Problem> {
        let r = &self.request;
        let at = rustcare_vault::vault::timestamp();
        let passphrase = match &r.protection {
            Protection::Passphrase { passphrase } => Some(passphrase),
            Protection::Open { .. } => None,
        };
        let stamp = at.replace([':', '.'], "-");
        let age = if passphrase.is_some() { ".age" } else { "" };
        let name = format!("RustCare-{}-{stamp}.{}{age}", r.format.as_str(), r.format.ending());
        job.expect(self.rows.len() as u64, 0);
        let receipt_file = format!("{name}.receipt.txt");
        // What could not be carried tells of the chart: beside an encrypted file it is encrypted too.
        let losses_file =
            passphrase.is_some().then(|| format!("{}.losses.csv.age", name.trim_end_matches(".age")));
        let files = [Some(name.clone()), Some(receipt_file.clone()), losses_file.clone()];
        unfinished::note(&self.vault, job.id(), &r.folder, files.into_iter().flatten().collect())?;
        let key = passphrase.map(|p: &Zeroizing<String>| (p.as_str(), WORK_FACTOR));
        let mut file = NewFile::begin(&r.folder, &name, key).map_err(age_problem)?;
        let context = ExportContext {
            vault: &self.vault,
            patients: &self.rows,
            everybody: matches!(r.whom, Whom::Everybody),
            format: r.format,
            with_ssn: r.with_ssn,
            secrets: self.actor.secrets.as_ref(),
            phone_region: self.settings.phone_region.clone(),
            today: self.settings.today(),
            clinic: self.settings.clinic_name.clone(),
            mapping: &self.map,
            progress: &|done| job.reached(done, 0),
            cancel: job.cancel_flag(),
        };
        let exported = export(&context, &mut file)?;
        if job.is_cancelled() {
            return Err(ExportError::Cancelled.into());
        }
        // Their places are taken before the file is whole: no file is handed over without its receipt.
        let mut paper = NewFile::begin(&r.folder, &receipt_file, None).map_err(age_problem)?;
        let mut losses = match &losses_file {
            Some(file) => Some(NewFile::begin(&r.folder, file, key).map_err(age_problem)?),
            None => None,
        };
        let finished = file.finish().map_err(not_written)?;
        let receipt = self.receipt(at, exported, finished, receipt_file, losses_file);
        let text = receipt_text(&receipt, &self.settings.clinic_name);
        let mut write_papers = || {
            if let Some(mut losses) = losses.take() {
                losses.write_all(contents_as_csv(&receipt).as_bytes())?;
                losses.finish()?;
            }
            paper.write_all(text.as_bytes())
        };
        let written = write_papers().and_then(|()| paper.finish());
        if let Err(error) = written {
            // Nothing is left, as the trail will say.
            self.remove(&receipt);
            return Err(not_written(error));
        }
        Ok(receipt)
    }

    fn receipt(
        &self,
        at: String,
        exported: Exported,
        finished: rustcare_exchange::out::file::Finished,
        receipt_file: String,
        losses_file: Option<String>,
    ) -> ExportReceipt {
        let r = &self.request;
        ExportReceipt {
            file: finished.name,
            receipt_file,
            losses_file,
            sha256: finished.sha256,
            bytes: finished.bytes,
            format: r.format,
            patients: exported.patients,
            counts: exported.counts,
            purpose: r.purpose,
            purpose_words: r.purpose_words.trim().to_owned(),
            recipient: r.recipient.trim().to_owned(),
            person: self.actor.person.clone(),
            role: self.role.clone(),
            at,
            with_ssn: r.with_ssn,
            encrypted: matches!(r.protection, Protection::Passphrase { .. }),
            open_reason: match &r.protection {
                Protection::Open { reason } => Some(reason.trim().to_owned()),
                Protection::Passphrase { .. } => None,
            },
            losses: exported.losses,
        }
    }
}

fn total(receipt: &ExportReceipt) -> u64 {
    receipt.counts.values().sum()
}

fn not_written(error: std::io::Error) -> Problem {
    let reason = match error.kind() {
        std::io::ErrorKind::StorageFull => return Problem::new(ProblemCode::StorageFull, Reason::DiskFull),
        _ => Reason::FileNotWritten,
    };
    Problem::new(ProblemCode::StorageFailed, reason).because(error.to_string())
}

fn age_problem(error: AgeError) -> Problem {
    match error {
        AgeError::Io(error) => not_written(error),
        other => Problem::new(ProblemCode::Internal, Reason::FileNotWritten).because(other.to_string()),
    }
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Cancelled => Self::new(ProblemCode::Cancelled, Reason::JobCancelled),
            ExportError::Io(error) => not_written(error),
            ExportError::Vault(error) => error.into(),
        }
    }
}
