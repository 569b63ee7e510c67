//! A patient as the tables have them, and the resources that are made of that.

use std::collections::{HashMap, HashSet};

use rusqlite::Connection;
use rustcare_model::clinical_record::{ClinicalRecord, RecordKind};
use rustcare_model::patient::PatientSecrets;
use rustcare_vault::VaultResult;
use rustcare_vault::table::document::DocumentRow;
use rustcare_vault::table::patient::StoredPatient;
use rustcare_vault::table::resource::Kept;
use rustcare_vault::table::{
    clinical_record, document, patient, patient_merge, patient_secret, resource, study,
};

use super::loss::{Cause, LossTally, beyond, leaves};
use super::merge::merged;
use super::tree::Tree;
use super::{
    Names, Outgoing, beyond as noted, complete, document as document_out, patient as patient_out, record,
    sealed,
};
use crate::fhir;
use crate::fhir::reference::Entries;

/// All of one patient that goes out.
pub(crate) struct Chart {
    /// The register's row.
    pub stored: StoredPatient,
    /// Sealed numbers, where the person who exports may open them.
    pub secrets: Option<PatientSecrets>,
    /// Whether a number is sealed, whoever may open it.
    pub has_sealed: bool,
    /// The logical id under which the patient goes out.
    pub id: String,
    /// Sources of `Patient`, the first is theirs.
    own: Vec<Kept>,
    /// The resources of the patient.
    names: Names,
}

impl Chart {
    /// Reads what is needed of a patient to hand anything of them out.
    pub fn read(t: &Connection, row: i64, out: &Outgoing<'_>) -> VaultResult<Self> {
        let stored = patient::by_row(t, row)?;
        let own = resource::of_patient(t, row, Some("Patient"))?;
        // A row of a table has an id that FHIR does not allow: the register's own identity stands for it.
        let id = own.first().map(|k| k.resource_id.clone()).filter(|id| record::fhir_id(id) == *id);
        let id = id.unwrap_or_else(|| stored.patient.id.to_string());
        let names = resource::names_of_patient(t, row)?;
        let secrets = match out.secrets {
            Some(key) => Some(patient_secret::open_of_all(t, row, key)?),
            None => None,
        };
        let has_sealed = patient_secret::masked_of_all(t, row, "ssn")?.is_some();
        Ok(Self { stored, secrets, has_sealed, id, own, names: Names::of(names) })
    }

    /// The `Patient` resource.
    pub fn patient(&self, t: &Connection, out: &Outgoing<'_>, losses: &mut LossTally) -> VaultResult<Tree> {
        let d = &self.stored.patient.demographics;
        let now = patient_out::render(&self.id, d);
        let kept = self.own.first();
        let mut source = kept.and_then(|k| k.source.as_deref()).and_then(|s| of_type(s, "Patient"));
        let taken = source.as_mut().map(sealed::take_identifiers).unwrap_or_default();
        let mut whole = match &mut source {
            Some(source) => {
                self.settle_references(source, "Patient", out, losses);
                let read = fhir::patient::read(&source.to_json(), &out.phone_region, out.today);
                let before = read.map(|r| patient_out::render(&self.id, &r.demographics)).ok();
                let again = |tree: &Tree| {
                    let read = fhir::patient::read(&tree.to_json(), &out.phone_region, out.today).ok()?;
                    Some(patient_out::render(&self.id, &read.demographics))
                };
                joined("Patient", before, now, source, again, losses)
            }
            None => {
                gone("Patient", kept, losses);
                now
            }
        };
        // The narrative may tell the number in any form.
        if self.has_sealed && !out.with_ssn && whole.take("text").is_some() {
            losses.note("Patient.text", Cause::Sealed);
        }
        whole.put("id", Tree::text(&*self.id));
        sealed::add_item(
            &mut whole,
            "identifier",
            patient_out::own_number(&out.mrn_system, self.stored.patient.mrn.as_str()),
        );
        losses.note("Patient.identifier", Cause::Added);
        // The numbers of records that were merged into this one lead to it elsewhere too.
        for row in patient_merge::rows_of(t, self.stored.row)?.into_iter().filter(|r| *r != self.stored.row) {
            let merged = patient::by_row(t, row)?.patient;
            let link = patient_out::replaced(&out.mrn_system, merged.mrn.as_str());
            sealed::add_item(&mut whole, "link", link);
            losses.note("Patient.link", Cause::Added);
        }
        match (&self.secrets, out.with_ssn) {
            (Some(secrets), true) => {
                if secrets.insurance_number.is_some() {
                    losses.note("patient_secret.insurance_number", Cause::Sealed);
                }
                if taken.is_empty() && secrets.ssn.is_some() {
                    losses.note("Patient.identifier", Cause::Added);
                }
                sealed::put_back(&mut whole, taken, secrets);
            }
            _ => {
                if self.has_sealed {
                    losses.note("Patient.identifier", Cause::Sealed);
                }
                if patient_secret::masked_of_all(t, self.stored.row, "insurance_number")?.is_some() {
                    losses.note("patient_secret.insurance_number", Cause::Sealed);
                }
            }
        }
        patient_out::without_place(d, losses);
        losses.note_many("study", Cause::NoPlace, study::list(t, Some(self.stored.row), None)?.len() as u64);
        let whole = self.finished(whole, out, losses);
        // After numbers were taken out: a picture holds none that could be found.
        self.with_photo(t, whole, out, losses)
    }

    fn with_photo(
        &self,
        t: &Connection,
        mut whole: Tree,
        out: &Outgoing<'_>,
        losses: &mut LossTally,
    ) -> VaultResult<Tree> {
        if let Some(number) = document::photo_of(t, self.stored.row)? {
            let row = document::by_number(t, number)?;
            sealed::add_item(&mut whole, "photo", document_out::photo(out.vault, &row, losses));
            losses.note("Patient.photo", Cause::Added);
        }
        Ok(whole)
    }

    /// The photos and papers that were added from files, but for the photo that stands in the `Patient`.
    pub fn documents(&self, t: &Connection) -> VaultResult<Vec<DocumentRow>> {
        let photo = document::photo_of(t, self.stored.row)?;
        let mut all = document::of_patient(t, self.stored.row)?;
        all.retain(|row| Some(row.document) != photo);
        Ok(all)
    }

    /// One of them. They are made one at a time: a scan can have many megabytes.
    pub fn document(&self, row: &DocumentRow, out: &Outgoing<'_>, losses: &mut LossTally) -> Tree {
        document_out::render(out.vault, &out.mrn_system, row, &self.id, losses)
    }

    /// The resources of the chart of one kind.
    pub fn records(
        &self,
        t: &Connection,
        kind: RecordKind,
        out: &Outgoing<'_>,
        losses: &mut LossTally,
    ) -> VaultResult<Vec<Tree>> {
        let placed = clinical_record::placed_of_patient(t, self.stored.row, Some(kind))?;
        let mut groups: Vec<(i64, Vec<ClinicalRecord>)> = Vec::new();
        for one in placed {
            // Components follow their resource and share its name up to `#`.
            match groups.last_mut() {
                Some((row, records))
                    if *row == one.resource
                        && whole_name(&records[0].source_id) == whole_name(&one.record.source_id) =>
                {
                    records.push(one.record);
                }
                _ => groups.push((one.resource, vec![one.record])),
            }
        }
        let mut kept: HashMap<i64, Kept> = HashMap::new();
        if !groups.is_empty() {
            let all = resource::of_patient(t, self.stored.row, Some(kind.resource_type()))?;
            kept.extend(all.into_iter().map(|k| (k.row, k)));
        }
        Ok(groups
            .into_iter()
            .filter_map(|(row, records)| self.one_record(kind, &records, kept.get(&row), out, losses))
            .collect())
    }

    fn one_record(
        &self,
        kind: RecordKind,
        records: &[ClinicalRecord],
        kept: Option<&Kept>,
        out: &Outgoing<'_>,
        losses: &mut LossTally,
    ) -> Option<Tree> {
        let name = whole_name(&records[0].source_id);
        let id = name.split_once('/').map_or(name, |(_, id)| id);
        let resource_type = kind.resource_type();
        let now = record::render(id, &self.id, records)?;
        let source = kept.and_then(|k| k.source.as_deref()).and_then(|s| of_type(s, resource_type));
        let mut whole = match source {
            Some(mut source) => {
                self.settle_references(&mut source, resource_type, out, losses);
                let again = |tree: &Tree| {
                    let read = fhir::record::read(kind, id, &tree.to_json(), &Entries::default()).ok()?;
                    record::render(id, read.patient.as_deref().unwrap_or_default(), &read.records)
                };
                let before = again(&source);
                joined(resource_type, before, now, &source, again, losses)
            }
            None => {
                gone(resource_type, kept, losses);
                now
            }
        };
        if whole.get("id").is_none() {
            whole.put("id", Tree::text(record::fhir_id(id)));
            losses.note(format!("{resource_type}.id"), Cause::Added);
        }
        complete::required(kind, &mut whole, losses);
        // An insurance number is sealed in the register; a cover must not tell it.
        if kind == RecordKind::Coverage && !out.with_ssn && whole.take("subscriberId").is_some() {
            losses.note("Coverage.subscriberId", Cause::Sealed);
        }
        Some(self.finished(whole, out, losses))
    }

    /// The resources of a type that the chart has no place for: they are their source, or they are gone.
    pub fn verbatim(
        &self,
        t: &Connection,
        resource_type: &str,
        out: &Outgoing<'_>,
        losses: &mut LossTally,
    ) -> VaultResult<Vec<Tree>> {
        let mut found = Vec::new();
        for kept in resource::of_patient(t, self.stored.row, Some(resource_type))? {
            match kept.source.as_deref().and_then(|s| of_type(s, resource_type)) {
                Some(mut whole) => {
                    self.settle_references(&mut whole, resource_type, out, losses);
                    if whole.get("id").is_none() {
                        whole.put("id", Tree::text(&*kept.resource_id));
                        losses.note(format!("{resource_type}.id"), Cause::Added);
                    }
                    found.push(self.finished(whole, out, losses));
                }
                // Kept, but in another language than FHIR: a message, a row.
                None if kept.source.is_some() => losses.note(resource_type, Cause::NoPlace),
                None => losses.note(resource_type, Cause::SourceGone),
            }
        }
        Ok(found)
    }

    /// Types of the patient's sources that the chart has no place for.
    pub fn verbatim_types(&self) -> HashSet<String> {
        let types = self.names.all().map(|(kind, _)| kind);
        types
            .filter(|t| *t != "Patient" && RecordKind::of_resource_type(t).is_none())
            .map(str::to_owned)
            .collect()
    }

    fn finished(&self, mut whole: Tree, out: &Outgoing<'_>, losses: &mut LossTally) -> Tree {
        if !out.with_ssn {
            sealed::take_out(&mut whole, self.secrets.as_ref(), losses);
        }
        whole
    }

    /// References as `Type/id`, so that they hold in any file: `urn:uuid:` means an entry of the bundle it came in.
    fn settle_references(&self, tree: &mut Tree, kind: &str, out: &Outgoing<'_>, losses: &mut LossTally) {
        let mut path = vec![kind.to_owned()];
        tree.texts(&mut path, &mut |path, text| {
            if path.last().is_none_or(|name| name != "reference") {
                return;
            }
            let settled = if let Some(id) = text.strip_prefix("urn:uuid:") {
                let known = self.names.kind_of(id).or_else(|| out.nobodys.kind_of(id));
                known.map(|kind| format!("{kind}/{id}"))
            } else {
                None
            };
            let settled = settled.unwrap_or_else(|| text.clone());
            // The same person under the id of another source is this patient.
            let own = settled
                .strip_prefix("Patient/")
                .is_some_and(|id| id != self.id && self.own.iter().any(|k| k.resource_id == id));
            let settled = if own { format!("Patient/{}", self.id) } else { settled };
            if settled != *text {
                losses.note(path.join("."), Cause::Rewritten);
                *text = settled;
            }
        });
    }
}

fn whole_name(source_id: &str) -> &str {
    source_id.split('#').next().unwrap_or(source_id)
}

/// A text as a resource of this type.
pub(crate) fn of_type(text: &str, resource_type: &str) -> Option<Tree> {
    let tree = Tree::parse(text)?;
    (tree.get("resourceType").and_then(Tree::as_text) == Some(resource_type)).then_some(tree)
}

fn gone(resource_type: &str, kept: Option<&Kept>, losses: &mut LossTally) {
    match kept {
        // Registered or recorded here: there never was a source.
        None => {}
        Some(Kept { source: Some(_), .. }) => {}
        Some(Kept { beyond: Some(lines), .. }) => noted::tell(lines, losses),
        // From before such notes were made: that something may be lost is all that is known.
        Some(_) => losses.note(resource_type, Cause::SourceGone),
    }
}

/// The register's elements with what the source says beyond them. `again` reads a text back into the register's elements.
fn joined(
    resource_type: &str,
    before: Option<Tree>,
    now: Tree,
    source: &Tree,
    again: impl Fn(&Tree) -> Option<Tree>,
    losses: &mut LossTally,
) -> Tree {
    let all = leaves(resource_type, source);
    let mut carried = leaves(resource_type, before.as_ref().unwrap_or(&now));
    let mut whole = match &before {
        Some(before) => {
            let mut whole = merged(before, &now, source);
            // The narrative tells what the source told.
            if *before != now {
                whole.take("text");
            }
            whole
        }
        None => now.clone(),
    };
    let read = again(&whole);
    if read.as_ref() != Some(&now) && read != again(&now) {
        whole = now;
    }
    for (leaf, count) in leaves(resource_type, &whole) {
        let known = carried.entry(leaf).or_default();
        *known = (*known).max(count);
    }
    for (path, count) in beyond(&all, &carried) {
        losses.note_many(path, Cause::Outdated, count);
    }
    whole
}
