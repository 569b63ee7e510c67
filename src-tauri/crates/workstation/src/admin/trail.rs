//! The audit trail: verified, read, handed out.

use std::time::Instant;

use rustcare_vault::audit::chain;

use rustcare_vault::Outcome;

use crate::choke_point::{Call, Told};
use crate::contract::Empty;
use crate::contract::admin::{AuditExported, AuditList, AuditRow, AuditVerdict, ListAudit, TrailFinding};
use crate::contract::exchange::InPlace;
use crate::exchange::job::write_new;
use crate::problem::Problem;

pub fn verify_audit(call: &mut Call<'_>, _: Empty) -> Result<AuditVerdict, Problem> {
    let started = Instant::now();
    let (verdict, last_checkpoint_at) = call.vault()?.verify_audit()?;
    Ok(AuditVerdict {
        intact: verdict.first_bad.is_none(),
        entries: verdict.entries,
        first_bad: verdict.first_bad.map(|(sequence, _)| sequence),
        what: verdict.first_bad.map(|(_, what)| what.to_owned()),
        finding: verdict.first_bad.map(|(_, what)| TrailFinding::of(what)),
        checkpoints: verdict.checkpoints,
        last_checkpoint_at,
        took_milliseconds: started.elapsed().as_millis() as u64,
    })
}

pub fn list_audit(call: &mut Call<'_>, input: ListAudit) -> Result<AuditList, Problem> {
    call.read(|t, told| {
        told.subject = input.patient_id.clone();
        let total = chain::tip(t)?.sequence;
        let entries = chain::list(t, input.patient_id.as_deref(), input.before_sequence, input.limit)?
            .into_iter()
            .map(|placed| AuditRow {
                sequence: placed.sequence,
                at: placed.entry.at,
                person: placed.entry.person,
                role: placed.entry.role,
                action: placed.entry.action,
                subject: placed.entry.subject,
                outcome: placed.entry.outcome.as_str().to_owned(),
            })
            .collect();
        Ok(AuditList { entries, total })
    })
}

pub fn export_audit(call: &mut Call<'_>, input: InPlace) -> Result<AuditExported, Problem> {
    let place = call.workstation.place(&input.place_id)?;
    // The entry first: no copy of the trail is outside without one that says so.
    call.tell(Outcome::Done, &Told::default())?;
    let mut bytes = Vec::new();
    let entries = call.vault()?.export_audit(&mut bytes)?;
    let stamp = rustcare_vault::vault::timestamp().replace([':', '.'], "-");
    let file = format!("RustCare-trail-{stamp}.ndjson");
    let file = write_new(&place.path, &file, &bytes)?;
    Ok(AuditExported { file, entries })
}
