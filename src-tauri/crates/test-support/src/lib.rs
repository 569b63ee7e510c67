//! What tests share: a workstation over a raw-key vault, one builder per noun. Never a dependency of a shipped crate.
#![warn(missing_docs)]

pub mod canary;

/// The import, for tests that need its inner moments.
pub mod exchange {
    pub use rustcare_exchange::import::{ImportContext, ImportError, Moment, import};
    pub use rustcare_exchange::{fhir, hl7, out, table};
}

pub use rustcare_vault::raw_key;
pub use rustcare_vault::raw_key::RawKeys;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustcare_vault::{Role, Vault};
use rustcare_workstation::host::{HostPlace, PlaceKind, PlainHost, helper_beside_program};
use rustcare_workstation::session::SessionLimits;
use rustcare_workstation::settings::ClinicSettings;
use rustcare_workstation::{Problem, Workstation, WorkstationOptions, test_entry};
use serde_json::{Value, json};

/// A workstation with an open vault in a folder that goes away with it.
pub struct TestClinic {
    /// The front door.
    pub workstation: Arc<Workstation>,
    /// The open vault, for looking behind it.
    pub vault: Arc<Vault>,
    /// Its keys.
    pub keys: RawKeys,
    /// The folder that everything is in.
    pub folder: tempfile::TempDir,
}

impl Drop for TestClinic {
    fn drop(&mut self) {
        test_entry::close(&self.workstation);
    }
}

impl TestClinic {
    /// A clinic with the usual session limits.
    ///
    /// # Panics
    /// When the folder cannot be made: a test cannot go on without it.
    pub fn new() -> Self {
        Self::with_limits(SessionLimits::default())
    }

    /// A clinic whose sessions live as long as told.
    ///
    /// # Panics
    /// As [`TestClinic::new`].
    pub fn with_limits(limits: SessionLimits) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let keys = RawKeys::random().expect("random keys");
        let place = folder.path().join("place");
        std::fs::create_dir_all(&place).expect("a place");
        let mut places =
            vec![HostPlace { name: "Test place".into(), kind: PlaceKind::Documents, path: place }];
        places.extend(data_folder().map(|path| HostPlace {
            name: "Data".into(),
            kind: PlaceKind::Folder,
            path,
        }));
        let host = PlainHost { places, decode_helper: helper_beside_program() };
        let options = WorkstationOptions {
            vault: folder.path().join("vault"),
            practice: folder.path().join("practice"),
            limits,
        };
        let workstation = Workstation::new(options, Arc::new(host));
        let vault = raw_key::create(&folder.path().join("vault"), &keys).expect("a vault");
        let settings = ClinicSettings { clinic_name: "Test clinic".into(), ..ClinicSettings::default() };
        test_entry::open(&workstation, &vault, &settings).expect("an open vault");
        Self { workstation, vault, keys, folder }
    }

    /// Opens the vault again after a lock has closed it.
    ///
    /// # Panics
    /// When the settings cannot be stored.
    pub fn reopen(&self) {
        let settings = ClinicSettings { clinic_name: "Test clinic".into(), ..ClinicSettings::default() };
        test_entry::open(&self.workstation, &self.vault, &settings).expect("an open vault");
    }

    /// Signs somebody in with these roles.
    ///
    /// # Panics
    /// When no session can begin.
    pub fn sign_in(&self, roles: &[Role]) -> Session<'_> {
        self.sign_in_as("tester", roles)
    }

    /// Signs a certain person in with these roles.
    ///
    /// # Panics
    /// When no session can begin.
    pub fn sign_in_as(&self, person: &str, roles: &[Role]) -> Session<'_> {
        let token = test_entry::sign_in(&self.workstation, &self.keys, person, roles).expect("a session");
        Session { clinic: self, token }
    }

    /// The folder of the clinic's one writable place.
    pub fn place(&self) -> PathBuf {
        self.folder.path().join("place")
    }
}

impl Default for TestClinic {
    fn default() -> Self {
        Self::new()
    }
}

/// A signed-in person.
pub struct Session<'a> {
    clinic: &'a TestClinic,
    /// The session's token.
    pub token: String,
}

impl Session<'_> {
    /// Calls a use case.
    ///
    /// # Errors
    /// The workstation's [`Problem`].
    pub fn ask(&self, name: &str, input: Value) -> Result<Value, Problem> {
        self.clinic.workstation.ask(name, Some(&self.token), input)
    }

    /// The id of an entry `path` (parts) below the known places, looking in folder by folder.
    ///
    /// # Panics
    /// When it is not there.
    pub fn entry(&self, place: &str, path: &[&str]) -> String {
        let places = self.ask("list_places", json!({})).expect("places");
        let found = places["places"]
            .as_array()
            .and_then(|p| p.iter().find(|p| p["name"] == place))
            .expect("the place");
        let place_id = found["place_id"].clone();
        let mut folder = Value::Null;
        for part in path {
            let listed = self
                .ask("list_place_entries", json!({ "place_id": place_id, "folder": folder }))
                .expect("entries");
            let entries = listed["entries"].as_array().expect("a list");
            let entry = entries.iter().find(|e| e["name"] == *part);
            folder = entry.unwrap_or_else(|| panic!("{part} is not in the place"))["entry_id"].clone();
        }
        folder.as_str().expect("an entry").to_owned()
    }

    /// Waits for a job's end and returns it.
    ///
    /// # Panics
    /// After two minutes.
    pub fn finish(&self, started: &Value) -> Value {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let job = self.ask("job", json!({ "job_id": started["job_id"] })).expect("the job");
            if job["state"] != "running" {
                return job;
            }
            assert!(Instant::now() < deadline, "the job does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Keeps a vault's keys in a file, for a child process of a test.
///
/// # Panics
/// When the file cannot be written.
pub fn keys_to_file(keys: &RawKeys, file: &Path) {
    std::fs::write(file, keys.to_bytes()).expect("a file of keys");
}

/// Reads what [`keys_to_file`] kept.
///
/// # Panics
/// When the file cannot be read.
pub fn keys_from_file(file: &Path) -> RawKeys {
    let bytes = std::fs::read(file).expect("a file of keys");
    RawKeys::from_bytes(&bytes).expect("three keys")
}

/// A form with the three answers that make a patient.
pub fn form(given_name: &str, family_name: &str, date_of_birth: &str) -> Value {
    json!({ "given_name": given_name, "family_name": family_name, "date_of_birth": date_of_birth, "sex": "female" })
}

/// The folder of data that none of us wrote, where it is there.
pub fn data_folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data");
    folder.canonicalize().ok().filter(|f| f.is_dir())
}

/// The data folder, or a line that says the test was skipped.
pub fn data_or_skip(test: &str) -> Option<PathBuf> {
    let folder = data_folder();
    if folder.is_none() {
        println!("{test}: skipped (no data)");
    }
    folder
}

/// The vocabulary's builders, for tests and benchmarks that write rows themselves.
pub mod model {
    use rustcare_model::birth::{Birth, DateOfBirth};
    use rustcare_model::contact::Phone;
    use rustcare_model::name::PersonName;
    use rustcare_model::patient::{Demographics, Patient, PatientId, Sex};
    use smallvec::SmallVec;

    pub use rustcare_model::Mrn;
    pub use rustcare_model::document::DocumentKind;

    /// A plain patient, born on a day that follows from `n`.
    ///
    /// # Panics
    /// Never for the days it makes.
    pub fn patient_named(mrn: Mrn, given: &str, family: &str, n: usize) -> Patient {
        let born = jiff::civil::date(1930 + (n % 90) as i16, 1 + (n % 12) as i8, 1 + (n % 28) as i8);
        let date = DateOfBirth::new(born, jiff::civil::date(2026, 11, 24)).expect("a date of birth");
        Patient {
            id: PatientId::new(),
            mrn,
            demographics: Demographics {
                name: PersonName {
                    given: Some(given.into()),
                    family: Some(family.into()),
                    ..PersonName::default()
                },
                unknown_person: false,
                birth: Birth::Known { date },
                sex: if n.is_multiple_of(2) { Sex::Female } else { Sex::Male },
                email: None,
                phones: std::iter::once(Phone::imported(&format!("+1 202 555 {:04}", n % 10_000), "US"))
                    .collect(),
                language: None,
                interpreter_needed: false,
                address: Default::default(),
                contact: Default::default(),
                consent_to_contact: None,
                deceased: false,
                deceased_on: None,
                identifiers: SmallVec::new(),
            },
        }
    }
}
