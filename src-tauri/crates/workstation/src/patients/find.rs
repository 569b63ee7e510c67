//! Finding.

use rustcare_patients::find::{self, FoundPatients, Page};
use rustcare_vault::table::patient;

use crate::choke_point::Call;
use crate::contract::Empty;
use crate::contract::patients::{FindPatients, RecentPatients};
use crate::problem::Problem;

const RECENT: usize = 8;

pub fn find_patients(call: &mut Call<'_>, input: FindPatients) -> Result<FoundPatients, Problem> {
    let settings = call.settings()?;
    let page = Page { limit: input.limit, offset: input.offset };
    call.read(|t, told| {
        let (found, rows) = find::find(t, &input.text, settings.date_order, settings.today(), page)?;
        // The shape of the search and whom it showed; never what was typed.
        let shown = rows.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
        told.details = Some(format!(
            "{} characters, {} found, rows shown: {shown}",
            input.text.chars().count(),
            found.total
        ));
        Ok(found)
    })
}

/// The patients whose chart this person opened last, from the trail itself.
pub fn recent_patients(call: &mut Call<'_>, _: Empty) -> Result<RecentPatients, Problem> {
    let today = call.settings()?.today();
    let person = call.actor()?.person.clone();
    call.read(|t, told| {
        let mut statement = t
            .prepare_cached(
                "SELECT subject, max(sequence) AS latest FROM audit_entry
                 WHERE sequence > (SELECT max(sequence) FROM audit_entry) - 5000 AND person = ?1
                   AND action IN ('open_chart', 'register_patient') AND outcome = 'done' AND subject IS NOT NULL
                 GROUP BY subject ORDER BY latest DESC LIMIT ?2",
            )
            .map_err(rustcare_vault::VaultError::from)?;
        let subjects: Vec<String> = statement
            .query_map(rusqlite::params![person, RECENT as i64], |r| r.get(0))
            .and_then(Iterator::collect)
            .map_err(rustcare_vault::VaultError::from)?;
        let mut rows = Vec::new();
        for subject in &subjects {
            if let Ok(id) = super::patient_id(subject)
                && let Ok(stored) = patient::by_id(t, id)
            {
                rows.push(stored.row);
            }
        }
        told.details = Some(format!("{} shown", rows.len()));
        Ok(RecentPatients { patients: find::hits_of_rows(t, &rows, today)? })
    })
}
