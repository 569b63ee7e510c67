//! Keeping images: the file as an encrypted blob, the index in the database, one transaction an image.

use std::sync::Arc;

use rusqlite::{Connection, Transaction};
use rustcare_imaging::geometry::Orientation;
use rustcare_imaging::ingest::{ContentHash, NewImage, RejectedFile, Sink, Stored};
use rustcare_imaging::{Described, Display};
use rustcare_model::Mrn;
use rustcare_model::name::folded;
use rustcare_vault::table::image::{self, ImageRow};
use rustcare_vault::table::patient::{self, StoredPatient};
use rustcare_vault::table::patient_merge::{self, Relation};
use rustcare_vault::table::study::{self, NewStudy};
use rustcare_vault::{AuditEntry, Outcome, Vault, VaultError, VaultResult};

/// Who brings the images in, for the trail.
pub struct ImageSink {
    pub vault: Arc<Vault>,
    pub person: String,
    pub role: String,
    pub job: String,
}

impl ImageSink {
    fn entry(&self, details: &str) -> AuditEntry {
        AuditEntry {
            at: rustcare_vault::vault::timestamp(),
            person: self.person.clone(),
            role: self.role.clone(),
            action: "import_dicom".into(),
            subject: Some(self.job.clone()),
            outcome: Outcome::Done,
            details: Some(details.to_owned()),
        }
    }

    fn keep(
        &self,
        t: &Transaction<'_>,
        new: &NewImage<'_>,
        blob: rustcare_vault::blob::BlobId,
    ) -> VaultResult<()> {
        let d = new.described;
        let file = new_study(d);
        let (study_row, made) = study::ensure_study(t, &file)?;
        if !made && !study::is_of(t, study_row, &file)? {
            return Err(VaultError::Taken("this study, by another patient"));
        }
        if made && let Some(patient) = certain_patient(t, d)? {
            study::link(t, study_row, Some(patient.row), "identifier, name and date of birth")?;
            patient_merge::note_arrival(t, Relation::Study, study_row, patient.owner)?;
        }
        let series = study::ensure_series(
            t,
            study_row,
            &d.series_instance_uid,
            d.series_number,
            d.modality.as_deref().unwrap_or("OT"),
            d.series_description.as_deref().unwrap_or_default(),
        )?;
        if study::study_of_series(t, series)? != study_row {
            return Err(VaultError::Taken("this series, by another study"));
        }
        image::insert(t, series, &image_row(d, new, blob), new.bytes.len() as u64)?;
        if let Some(png) = new.thumbnail {
            study::put_thumbnail(t, series, png)?;
        }
        self.vault.record(t, &self.entry("one image"))
    }
}

fn new_study(d: &Described) -> NewStudy {
    NewStudy {
        study_uid: d.study_instance_uid.clone(),
        patient_on_file: d.patient.name.clone().unwrap_or_default(),
        identifier_on_file: d.patient.identifier.clone(),
        birth_on_file: d.patient.birth_date.clone(),
        sex_on_file: d.patient.sex.clone(),
        study_date: d.study_date.clone(),
        description: d.study_description.clone().unwrap_or_default(),
    }
}

fn image_row(d: &Described, new: &NewImage<'_>, blob: rustcare_vault::blob::BlobId) -> ImageRow {
    let pixels = d.pixels.as_ref();
    let position =
        pixels.and_then(|p| Some(Orientation::new(p.image_orientation?)?.distance_mm(p.image_position_mm?)));
    ImageRow {
        image: 0,
        sop_uid: d.sop_instance_uid.clone(),
        number: d.instance_number,
        content_hash: new.hash.as_bytes().to_vec(),
        blob,
        frames: pixels.map_or(0, |p| i64::from(p.frames)),
        rows: pixels.map_or(0, |p| i64::from(p.rows)),
        columns: pixels.map_or(0, |p| i64::from(p.columns)),
        undisplayable: match &d.display {
            Display::Yes => None,
            Display::No(reason) => Some(reason.clone()),
        },
        position,
    }
}

/// Whose chart a file goes to, and the record that its number belongs to: they differ after a merge.
struct CertainPatient {
    row: i64,
    owner: i64,
}

/// Whom a file is certainly of: identifier, family name and date of birth all agree, with exactly one patient.
fn certain_patient(connection: &Connection, d: &Described) -> VaultResult<Option<CertainPatient>> {
    let Some(identifier) = d.patient.identifier.as_deref() else {
        return Ok(None);
    };
    let mut rows = patient::rows_by_identifier_value(connection, identifier)?;
    if let Ok(mrn) = Mrn::parse(identifier)
        && let Some(stored) = patient::by_mrn(connection, &mrn)?
    {
        rows.push(stored.row);
    }
    rows.sort_unstable();
    rows.dedup();
    let mut certain = Vec::new();
    for row in rows {
        let stored = patient::by_row(connection, row)?;
        if agrees(&stored, d.patient.name.as_deref(), d.patient.birth_date.as_deref()) {
            certain.push(row);
        }
    }
    let [row] = certain[..] else { return Ok(None) };
    let number = Mrn::parse(identifier).map_or_else(|_| identifier.to_owned(), |mrn| mrn.as_str().to_owned());
    Ok(Some(CertainPatient { row, owner: patient_merge::record_naming(connection, row, None, &number)? }))
}

/// Whether family name and date of birth of a file are those of a patient.
pub fn agrees(stored: &StoredPatient, name: Option<&str>, birth: Option<&str>) -> bool {
    let family = name.map(|n| folded(n.split(['^', '=']).next().unwrap_or_default())).unwrap_or_default();
    let own = stored.patient.demographics.name.family.as_deref().map(folded).unwrap_or_default();
    let born = stored.patient.demographics.birth.reference_day().map(|d| d.strftime("%Y%m%d").to_string());
    !family.is_empty() && family == own && birth.is_some() && birth == born.as_deref()
}

impl Sink for ImageSink {
    type Error = VaultError;

    fn holds(&self, hash: &ContentHash) -> VaultResult<bool> {
        self.vault.read(|t| image::holds_hash(t, hash.as_bytes()))
    }

    fn has_thumbnail(&self, series_instance_uid: &str) -> VaultResult<bool> {
        self.vault.read(|t| study::series_has_thumbnail(t, series_instance_uid))
    }

    fn store(&self, image: NewImage<'_>) -> VaultResult<Stored> {
        let blob = self.vault.blobs().write(image.bytes)?;
        let stored = self.vault.write(|t| -> VaultResult<Stored> {
            match image::hash_of(t, &image.described.sop_instance_uid)? {
                Some(hash) if hash == image.hash.as_bytes() => return Ok(Stored::AlreadyThere),
                Some(_) => return Ok(Stored::Changed),
                None => {}
            }
            self.keep(t, &image, blob)?;
            Ok(Stored::Taken)
        });
        if matches!(stored, Ok(Stored::Taken)) {
            return stored;
        }
        // No row refers to it: an orphan would only take room.
        self.vault.blobs().remove(blob)?;
        match stored {
            // Two people, or two contents, under one identity: the first stays, the other is kept apart for a person to see.
            Ok(Stored::Changed) | Err(VaultError::Taken(_)) => {
                let name = format!("{}.dcm", image.described.sop_instance_uid);
                let reason =
                    "its study, series or image is here already with another patient or other content";
                self.quarantine(RejectedFile { name: &name, hash: image.hash, bytes: image.bytes, reason })?;
                Ok(Stored::Changed)
            }
            other => other,
        }
    }

    fn quarantine(&self, file: RejectedFile<'_>) -> VaultResult<()> {
        let blob = self.vault.blobs().write(file.bytes)?;
        let kept = self.vault.write(|t| -> VaultResult<bool> {
            let at = rustcare_vault::vault::timestamp();
            let new = study::quarantine(t, &at, file.name, file.reason, blob, file.hash.as_bytes())?;
            self.vault.record(t, &self.entry("one file to quarantine"))?;
            Ok(new)
        })?;
        if !kept {
            self.vault.blobs().remove(blob)?;
        }
        Ok(())
    }
}
