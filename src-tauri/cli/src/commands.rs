//! Each noun and verb: arguments in, one use case or two, answer out.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustcare_workstation::Reason;
use serde_json::{Value, json};

use crate::arguments::{
    Arguments, AuditVerb, BreakdownFilter, CohortVerb, ImageVerb, ImportVerb, MatchFiles, Noun, PatientVerb,
    StaffVerb, VaultVerb,
};
use crate::session::{Failure, Finished, SignedIn, credentials, first_line, workstation};

/// Runs what the arguments ask for.
pub fn run(arguments: &Arguments) -> Result<Finished, Failure> {
    match &arguments.noun {
        Noun::Vault(verb) => vault(arguments, verb),
        Noun::Staff(verb) => staff(arguments, verb),
        Noun::Patient(verb) => patient(arguments, verb),
        Noun::Import(verb) => import(arguments, verb),
        Noun::Cohort(CohortVerb::Breakdown(filter)) => breakdown(arguments, filter),
        Noun::Cohort(CohortVerb::OnIndex(verb)) => crate::cohort::run(verb, arguments),
        Noun::Image(verb) => image(arguments, verb),
        Noun::Audit(verb) => audit(arguments, verb),
        Noun::Export(what) => crate::export::export(arguments, what),
        Noun::OpenExport(what) => crate::export::open(what),
        Noun::Match(files) => match_files(files),
    }
}

fn vault(arguments: &Arguments, verb: &VaultVerb) -> Result<Finished, Failure> {
    match verb {
        VaultVerb::Create { clinic, display_name, role, settings } => {
            let (user, passphrase) = credentials(arguments)?;
            let input = json!({
                "settings": clinic_settings(clinic, settings.as_deref())?,
                "person": user,
                "display_name": display_name.as_deref().unwrap_or(&user),
                "roles": if role.is_empty() { all_roles() } else { json!(role) },
                "passphrase": passphrase.as_str(),
                "practice": false,
            });
            let workstation = workstation(arguments)?;
            let made = workstation.ask("create_vault", None, input)?;
            let token = made["session"]["token"].as_str().map(str::to_owned);
            workstation.ask("lock", token.as_deref(), json!({}))?;
            crate::complain("Write the 24 recovery words down now; they are not shown again.");
            Ok(json!({ "recovery_words": made["recovery_words"], "person": user }).into())
        }
        VaultVerb::Status => Ok(workstation(arguments)?.ask("workstation_status", None, json!({}))?.into()),
        VaultVerb::UnlockTest => {
            let started = Instant::now();
            let signed_in = SignedIn::begin(arguments)?;
            let milliseconds = started.elapsed().as_millis() as u64;
            drop(signed_in);
            Ok(json!({ "opened": true, "milliseconds": milliseconds }).into())
        }
        VaultVerb::Backup { dir } => {
            let signed_in = SignedIn::begin(arguments)?;
            let place = signed_in.workstation.lend(vec![dir.clone()])?;
            signed_in.finish("back_up", json!({ "place_id": place }))
        }
        VaultVerb::Restore { file } => {
            let workstation = workstation(arguments)?;
            let entry = workstation.lend(vec![file.clone()])?;
            workstation.ask("restore_backup", None, json!({ "entry_id": entry }))?;
            Ok(json!({ "restored": true }).into())
        }
    }
}

fn all_roles() -> Value {
    json!(rustcare_workstation::Role::ALL.map(rustcare_workstation::Role::as_str))
}

fn clinic_settings(clinic: &str, file: Option<&Path>) -> Result<Value, Failure> {
    let defaults = rustcare_workstation::settings::ClinicSettings {
        clinic_name: clinic.to_owned(),
        ..Default::default()
    };
    let mut settings = serde_json::to_value(defaults).unwrap_or_default();
    if let Some(file) = file {
        let own = read_json(file)?;
        let own = own
            .as_object()
            .ok_or_else(|| Failure::Usage("The settings file holds no JSON object.".into()))?;
        for (key, value) in own {
            settings[key] = value.clone();
        }
    }
    Ok(settings)
}

/// Reads JSON from a file, or from standard input for `-`.
fn read_json(file: &Path) -> Result<Value, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(|_| ())
    } else {
        std::fs::read_to_string(file).map(|t| text = t)
    };
    read.map_err(|error| Failure::Usage(format!("{} cannot be read: {error}.", file.display())))?;
    serde_json::from_str(&text).map_err(|error| {
        let why = Reason::FileNotJson
            .with("file", file.display())
            .with("line", error.line())
            .with("column", error.column());
        rustcare_workstation::Problem::new(rustcare_workstation::ProblemCode::InvalidInput, why).into()
    })
}

fn staff(arguments: &Arguments, verb: &StaffVerb) -> Result<Finished, Failure> {
    let signed_in = SignedIn::begin(arguments)?;
    let answer = match verb {
        StaffVerb::List => signed_in.ask("list_staff", json!({}))?,
        StaffVerb::Disable { person } => signed_in.ask("disable_staff", json!({ "person": person }))?,
        StaffVerb::Add { person, display_name, role, new_passphrase_file } => {
            let passphrase = first_line(new_passphrase_file)?;
            let input = json!({
                "person": person,
                "display_name": display_name.as_deref().unwrap_or(person),
                "roles": role,
                "passphrase": passphrase.as_str(),
            });
            signed_in.ask("add_staff", input)?
        }
    };
    Ok(answer.into())
}

fn patient(arguments: &Arguments, verb: &PatientVerb) -> Result<Finished, Failure> {
    match verb {
        PatientVerb::Register { form } => {
            let form = read_json(form)?;
            Ok(SignedIn::begin(arguments)?.ask("register_patient", json!({ "form": form }))?.into())
        }
        PatientVerb::Find { text, limit, offset } => {
            let input = json!({ "text": text, "limit": limit, "offset": offset });
            Ok(SignedIn::begin(arguments)?.ask("find_patients", input)?.into())
        }
        PatientVerb::Show { patient } => {
            let signed_in = SignedIn::begin(arguments)?;
            let found =
                signed_in.ask("find_patients", json!({ "text": patient, "limit": 2, "offset": 0 }))?;
            let by_number = found["patients"]
                .as_array()
                .and_then(|p| p.iter().find(|p| p["mrn"] == patient.to_uppercase().as_str()));
            let id = by_number.map_or_else(|| json!(patient), |p| p["patient_id"].clone());
            Ok(signed_in.ask("open_chart", json!({ "patient_id": id }))?.into())
        }
    }
}

fn import(arguments: &Arguments, verb: &ImportVerb) -> Result<Finished, Failure> {
    let (name, paths): (&str, &Vec<PathBuf>) = match verb {
        ImportVerb::Fhir { paths } => ("import_fhir", paths),
        ImportVerb::Hl7 { paths } => ("import_messages", paths),
        ImportVerb::Dicom { paths } => ("import_dicom", paths),
        ImportVerb::Csv { file, map, date_order, dry_run, rejected } => {
            let choice = crate::tables::choice(map.as_deref(), *date_order)?;
            return crate::tables::import(arguments, file, &choice, *dry_run, rejected.as_deref());
        }
    };
    for path in paths {
        if !path.exists() {
            return Err(Failure::Usage(format!("{} is not there.", path.display())));
        }
    }
    let signed_in = SignedIn::begin(arguments)?;
    let entry = signed_in.workstation.lend(paths.clone())?;
    signed_in.finish(name, json!({ "entry_id": entry }))
}

fn breakdown(arguments: &Arguments, f: &BreakdownFilter) -> Result<Finished, Failure> {
    let filter = json!({
        "age_min": if f.all_ages { None } else { Some(f.age_min) }, "age_max": f.age_max, "sex": f.sex,
        "from": f.from, "to": f.to, "alive_only": f.alive_only, "as_of": f.as_of, "group_by": f.by,
    });
    Ok(SignedIn::begin(arguments)?.ask("cohort_breakdown", json!({ "filter": filter }))?.into())
}

fn image(arguments: &Arguments, verb: &ImageVerb) -> Result<Finished, Failure> {
    let signed_in = SignedIn::begin(arguments)?;
    match verb {
        ImageVerb::List { text } => {
            let mut listed =
                signed_in.ask("list_studies", json!({ "patient_id": null, "state": null, "text": text }))?;
            for study in listed["studies"].as_array_mut().into_iter().flatten() {
                let opened = signed_in.ask("open_study", json!({ "study_id": study["study_id"] }))?;
                study["series_list"] = opened["series"].clone();
            }
            Ok(listed.into())
        }
        ImageVerb::ExportPng { image, out, frame, window } => {
            let folder =
                out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
            let name =
                out.file_name().ok_or_else(|| Failure::Usage("Name a file with --out FILE.".into()))?;
            let place = signed_in.workstation.lend(vec![folder])?;
            let input = json!({
                "image_id": image, "frame": frame, "window": window, "place_id": place, "file_name": name.to_string_lossy(),
            });
            Ok(signed_in.ask("export_image", input)?.into())
        }
    }
}

fn audit(arguments: &Arguments, verb: &AuditVerb) -> Result<Finished, Failure> {
    let signed_in = SignedIn::begin(arguments)?;
    match verb {
        AuditVerb::Verify => {
            let verdict = signed_in.ask("verify_audit", json!({}))?;
            if verdict["intact"] == true {
                return Ok(verdict.into());
            }
            let what = verdict["what"].as_str().unwrap_or("it does not fit");
            let at = &verdict["first_bad"];
            let why = Reason::TrailBrokenAt.with("entry", at).with("what", what);
            Err(rustcare_workstation::Problem::new(rustcare_workstation::ProblemCode::VaultDamaged, why)
                .into())
        }
        AuditVerb::Export { dir } => {
            let place = signed_in.workstation.lend(vec![dir.clone()])?;
            Ok(signed_in.ask("export_audit", json!({ "place_id": place }))?.into())
        }
    }
}

fn match_files(files: &MatchFiles) -> Result<Finished, Failure> {
    for file in [Some(&files.first), files.second.as_ref(), files.columns.as_ref()].into_iter().flatten() {
        if !file.exists() {
            return Err(Failure::Usage(format!("{} is not there.", file.display())));
        }
    }
    if files.threshold.is_some_and(|p| !(p > 0.0 && p < 1.0)) {
        return Err(Failure::Usage("Give --threshold a probability above 0 and below 1.".into()));
    }
    let matched =
        rustcare_workstation::matching::match_files(&rustcare_workstation::matching::FileMatching {
            first: files.first.clone(),
            second: files.second.clone(),
            out: files.out.clone(),
            columns: files.columns.clone(),
            threshold: files.threshold,
            model: files.model.clone(),
        })?;
    for file in matched.report["files"].as_array().into_iter().flatten() {
        for row in file["rejected_rows"].as_array().into_iter().flatten() {
            let (name, what) = (row["file"].as_str().unwrap_or(""), row["what"].as_str().unwrap_or(""));
            crate::complain(&format!("{name}, row {}: {what}. Left out.", row["row"]));
        }
    }
    Ok(Finished { answer: matched.report, rejected: matched.rejected })
}
