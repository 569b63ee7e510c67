//! Charts that an earlier version read are read again from their kept sources, once, for what it passed over: orders not to give
//! a medicine, suspected diagnoses, values of further types, flags, when a result was issued.
//!
//! Only what a source says by itself is read again; whose a record is and which visit it belongs to were settled with the
//! bundle that it came in. A source that was let go, or that is no FHIR, leaves its record as it is.

use rustcare_model::clinical_record::RecordKind;
use rustcare_vault::table::record_change::{self, Touched};
use rustcare_vault::table::{clinical_record, resource, setting};
use rustcare_vault::{Vault, VaultResult};

use crate::fhir::record;
use crate::fhir::reference::Entries;

/// The setting that says which reading the charts are of.
const KEY: &str = "records_reading";
/// The reading of this version.
const READING: &str = "2";
/// Sources of one transaction.
const BATCH: usize = 2_000;

/// What the first reading passed something over of.
const KINDS: [RecordKind; 5] = [
    RecordKind::MedicationRequest,
    RecordKind::Condition,
    RecordKind::AllergyIntolerance,
    RecordKind::Observation,
    RecordKind::DiagnosticReport,
];

/// Reads again what is of an earlier reading; answers with how many sources were looked at. It goes on where it was broken off.
///
/// # Errors
/// Database errors; what was read again by then stays.
pub fn reread(vault: &Vault) -> VaultResult<usize> {
    if vault.read(|t| setting::get(t, KEY))?.as_deref() == Some(READING) {
        return Ok(0);
    }
    let mut looked = 0;
    for kind in KINDS {
        let mut after = 0;
        loop {
            let last = vault.write(|t| -> VaultResult<Option<i64>> {
                let batch = resource::after(t, kind.resource_type(), after, BATCH)?;
                for kept in &batch {
                    let Some(source) = kept.source.as_deref() else { continue };
                    let read = record::read(kind, &kept.resource_id, source, &Entries::default());
                    let Ok(read) = read else { continue };
                    for (component, record) in read.records.iter().enumerate() {
                        clinical_record::read_again(t, kept.row, component, record)?;
                    }
                }
                looked += batch.len();
                Ok(batch.last().map(|kept| kept.row))
            })?;
            match last {
                Some(row) => after = row,
                None => break,
            }
        }
    }
    vault.write(|t| {
        // Counts that depend on what was read are made anew.
        record_change::raise(t, Touched::Everybody)?;
        setting::put(t, KEY, READING)
    })?;
    Ok(looked)
}
