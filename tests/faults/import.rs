//! What the kill test and its child share: an import into a raw-key vault, and the look at what is left.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use rustcare_test_support::exchange::{ImportContext, ImportError, Moment, import};
use rustcare_test_support::{RawKeys, raw_key};

/// Records of each made-up patient; one less is a half patient.
pub const RECORDS: i64 = 12;

/// Bundles of one patient with [`RECORDS`] observations each.
///
/// # Panics
/// When the folder cannot be written.
pub fn write_bundles(folder: &Path, patients: usize) {
    std::fs::create_dir_all(folder).expect("a folder");
    for patient in 0..patients {
        let mut entries = vec![serde_json::json!({ "resource": {
            "resourceType": "Patient", "id": format!("p{patient}"), "birthDate": "1980-01-01",
            "name": [{ "family": format!("Family{patient}"), "given": ["Given"] }] } })];
        for n in 0..RECORDS {
            entries.push(serde_json::json!({ "resource": {
                "resourceType": "Observation", "id": format!("o{patient}-{n}"), "status": "final",
                "subject": { "reference": format!("Patient/p{patient}") }, "effectiveDateTime": "2020-01-01",
                "code": { "text": "Body weight" }, "valueQuantity": { "value": 70 + n, "unit": "kg" } } }));
        }
        let bundle = serde_json::json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
        std::fs::write(folder.join(format!("{patient:05}.json")), bundle.to_string()).expect("a bundle");
    }
}

/// Imports `source` into the vault, which is made when it is not there.
///
/// # Panics
/// When the vault or the import fails.
pub fn import_into(
    vault: &Path,
    source: &Path,
    keys: &RawKeys,
    watch: &(dyn Fn(Moment) + Sync),
    cancel: &AtomicBool,
) {
    try_import_into(vault, source, keys, watch, cancel).expect("imported");
}

/// As [`import_into`], for imports that are meant to fail.
///
/// # Errors
/// The import's own.
///
/// # Panics
/// When the vault does not open.
pub fn try_import_into(
    vault: &Path,
    source: &Path,
    keys: &RawKeys,
    watch: &(dyn Fn(Moment) + Sync),
    cancel: &AtomicBool,
) -> Result<(), ImportError> {
    let vault = if vault.join("vault.toml").exists() {
        raw_key::open(vault, keys)
    } else {
        raw_key::create(vault, keys)
    };
    let vault = vault.expect("a vault");
    let record = |t: &rusqlite::Transaction<'_>, counts: &str| {
        let entry = rustcare_vault::AuditEntry {
            at: rustcare_vault::vault::timestamp(),
            person: "tester".into(),
            role: "administrator".into(),
            action: "import_fhir".into(),
            subject: None,
            outcome: rustcare_vault::Outcome::Done,
            details: Some(counts.to_owned()),
        };
        vault.record(t, &entry)
    };
    let context = ImportContext {
        vault: &vault,
        phone_region: "US".into(),
        today: jiff::civil::date(2026, 11, 24),
        mrn_prefix: "RC".into(),
        mrn_first: 1,
        secrets: None,
        person: "tester".into(),
        role: "administrator".into(),
        job: "kill".into(),
        on_commit: &record,
        watch,
        progress: &|_| {},
        cancel,
    };
    import(&[source.to_owned()], &context)?;
    vault.checkpoint(true).expect("a checkpoint");
    Ok(())
}

/// Patients in a vault, after checking that it opens, its pages and its chain verify and no patient is half there.
///
/// # Panics
/// When one of these does not hold.
pub fn whole_patients(vault: &Path, keys: &RawKeys) -> usize {
    let vault = raw_key::open(vault, keys).expect("the vault opens");
    vault.database().check_pages().expect("every page is whole");
    let (verdict, _) = vault.verify_audit().expect("the trail is read");
    assert_eq!(verdict.first_bad, None, "the chain verifies");
    let counts: Vec<(i64, i64)> = vault
        .read(|t| {
            let mut statement = t.prepare(
                "SELECT p.patient, (SELECT count(*) FROM clinical_record r WHERE r.patient = p.patient) FROM patient p",
            )?;
            let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
            Ok::<_, rustcare_vault::VaultError>(rows.collect::<Result<_, _>>()?)
        })
        .expect("the patients are read");
    assert!(counts.iter().all(|(_, records)| *records == RECORDS), "a half patient");
    counts.len()
}
