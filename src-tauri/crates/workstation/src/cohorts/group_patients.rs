//! The patients behind a group of the breakdown, for those who may see them.

use rustcare_cohorts::breakdown::{NotADate, members};
use rustcare_model::reason::Reason;
use rustcare_patients::find::hits_of_rows;

use crate::choke_point::Call;
use crate::contract::cohort_patients::{GroupPatients, ListGroupPatients};
use crate::problem::Problem;

pub fn list_group_patients(call: &mut Call<'_>, input: ListGroupPatients) -> Result<GroupPatients, Problem> {
    let today = call.settings()?.today();
    let cache = &call.workstation.columns;
    call.read(|t, told| {
        let found = members(&*cache.of(t)?, &input.filter, Some(&input.group), today);
        let rows = found.map_err(|NotADate(field)| Problem::at(field, Reason::DayForm))?;
        let shown: Vec<i64> = rows.iter().copied().skip(input.offset).take(input.limit).collect();
        let of = input.group.code.as_deref().unwrap_or("none");
        let listed = shown.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
        told.details = Some(format!(
            "primary diagnosis {of}, {} found, filter {}, rows shown: {listed}",
            rows.len(),
            input.filter.hash()
        ));
        Ok(GroupPatients { total: rows.len() as u64, patients: hits_of_rows(t, &shown, today)? })
    })
}
