//! The work list of records that look alike: the whole register compared as a job, decisions, groups.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use rustcare_model::reason::Reason;
use rustcare_patients::find;
use rustcare_patients::matching::{MatchModel, clusters, scoring};
use rustcare_vault::table::match_register::{self, Decision, Pair, Part, TwoPatients};
use rustcare_vault::table::patient::{self, ChangedBy};
use rustcare_vault::table::{patient_merge, setting};
use rustcare_vault::{AuditEntry, Outcome, Vault, VaultResult};

use super::match_keeper::{MODEL, MatchKeeper, ON_LIST, id_of};
use super::patient_id;
use crate::choke_point::{Call, Told};
use crate::contract::Empty;
use crate::contract::duplicates::{
    DecideDuplicate, DuplicateDecision, DuplicateGroup, DuplicateList, DuplicatePair, DuplicatePart,
    ListDuplicates,
};
use crate::contract::exchange::JobStarted;
use crate::jobs::{JobKind, RunningJob};
use crate::problem::{Problem, ProblemCode};

/// Pairs that are grouped for the list; lighter ones wait until these are decided.
const MOST_GROUPED: usize = 5_000;
/// Registers below this are compared with the published model: there is too little in them to learn from.
const LEAST_TO_LEARN_FROM: usize = 2_000;
/// How long the list may take for those who changed.
const LONGEST_WAIT: Duration = Duration::from_millis(300);
/// How long a review goes on with those who changed while it ran.
const LONGEST_AFTER_REVIEW: Duration = Duration::from_secs(10);
/// What the trail says of a review that somebody stopped.
const CANCELLED: &str = "cancelled; the list is as before";
/// Key under which it is kept when the register was compared.
const COMPARED_AT: &str = "match_compared_at";

fn part_of(part: DuplicatePart) -> Part {
    match part {
        DuplicatePart::Open => Part::Open,
        DuplicatePart::Later => Part::Later,
        DuplicatePart::Different => Part::Different,
    }
}

pub fn list_duplicates(call: &mut Call<'_>, input: ListDuplicates) -> Result<DuplicateList, Problem> {
    let today = call.settings()?.today();
    let vault = call.vault()?.clone();
    let keeper = &call.workstation.matches;
    // Whoever changed since the last look is compared first, so that the list is of now. After a large import it takes
    // longer than a person waits: the list says how many are still to come, and is asked again.
    let waiting = keeper.compare_changed(&vault, LONGEST_WAIT)?;
    call.read(|t, told| {
        let part = part_of(input.part);
        let different = different_patients(t)?;
        // Some are decided of records that were merged into these: they are no open ones.
        let (inherited, open): (Vec<Pair>, Vec<Pair>) =
            match_register::pairs(t, Part::Open, MOST_GROUPED, 0)?
                .into_iter()
                .partition(|pair| different.contains(&pair.patients));
        let decided = inherited.len() as i64;
        let mut all = match part {
            Part::Open => open,
            Part::Later | Part::Different => match_register::pairs(t, part, MOST_GROUPED, 0)?,
        };
        if part == Part::Different {
            all.extend(inherited);
            all.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        }
        let groups = grouped(&all, if part == Part::Different { &[] } else { &different });
        let total = groups.len();
        let mut page = Vec::new();
        let mut rows: Vec<String> = Vec::new();
        for group in groups.into_iter().skip(input.offset).take(input.limit) {
            let patients = find::hits_of_rows(t, &group.rows, today)?;
            let ids: HashMap<i64, String> =
                group.rows.iter().copied().zip(patients.iter().map(|p| p.patient_id.clone())).collect();
            let id = |row: i64| ids.get(&row).cloned().unwrap_or_default();
            rows.extend(group.rows.iter().map(i64::to_string));
            let pairs = group
                .pairs
                .iter()
                .map(|pair| DuplicatePair {
                    patient_a: id(pair.patients.0),
                    patient_b: id(pair.patients.1),
                    weight: pair.weight,
                    probability: pair.probability,
                    combination: pair.combination,
                })
                .collect();
            page.push(DuplicateGroup { patients, pairs });
        }
        told.details = Some(format!("rows shown: {}", rows.join(" ")));
        let count = |part| match_register::count(t, part);
        Ok(DuplicateList {
            groups: page,
            total,
            pairs: [count(Part::Open)? - decided, count(Part::Later)?, count(Part::Different)? + decided],
            compared_at: setting::get(t, COMPARED_AT)?,
            waiting,
        })
    })
}

struct Group {
    rows: Vec<i64>,
    pairs: Vec<Pair>,
}

/// The patients that were decided to be different people, as they are now: a decision about a record that was merged since is
/// one about its survivor.
fn different_patients(connection: &Connection) -> VaultResult<Vec<TwoPatients>> {
    let mut lifted = Vec::new();
    for TwoPatients(a, b) in match_register::all_different(connection)? {
        let living = |row| patient_merge::survivor_of(connection, row);
        lifted.extend(TwoPatients::of(living(a)?, living(b)?));
    }
    lifted.sort_unstable();
    lifted.dedup();
    Ok(lifted)
}

/// Pairs that hang together, heaviest first. No group holds two patients of a decision; a pair that would join two such
/// groups is shown as a group of its own.
fn grouped(pairs: &[Pair], different: &[TwoPatients]) -> Vec<Group> {
    let mut numbers: HashMap<i64, u32> = HashMap::new();
    let mut rows = Vec::new();
    let mut number = |row: i64| {
        *numbers.entry(row).or_insert_with(|| {
            rows.push(row);
            rows.len() as u32 - 1
        })
    };
    let joined: Vec<(u32, u32, f64)> =
        pairs.iter().map(|p| (number(p.patients.0), number(p.patients.1), p.weight)).collect();
    let apart: Vec<(u32, u32)> =
        different.iter().filter_map(|two| Some((*numbers.get(&two.0)?, *numbers.get(&two.1)?))).collect();
    let clusters = clusters::clusters(joined.iter().copied(), &apart);
    let mut group_of = HashMap::new();
    let mut groups: Vec<Group> = Vec::with_capacity(clusters.len());
    for members in clusters {
        members.iter().for_each(|member| {
            group_of.insert(*member, groups.len());
        });
        let rows = members.iter().map(|member| rows[*member as usize]).collect();
        groups.push(Group { rows, pairs: Vec::new() });
    }
    for (pair, (a, b, _)) in pairs.iter().zip(&joined) {
        match (group_of.get(a), group_of.get(b)) {
            (Some(one), Some(other)) if one == other => groups[*one].pairs.push(*pair),
            _ => groups.push(Group { rows: vec![pair.patients.0, pair.patients.1], pairs: vec![*pair] }),
        }
    }
    groups.sort_by(|x, y| {
        let heaviest = |g: &Group| g.pairs.first().map_or(f64::NEG_INFINITY, |p| p.weight);
        heaviest(y).total_cmp(&heaviest(x)).then(x.rows.cmp(&y.rows))
    });
    groups
}

pub fn decide_duplicate(call: &mut Call<'_>, input: DecideDuplicate) -> Result<Empty, Problem> {
    let (a, b) = (patient_id(&input.patient_a)?, patient_id(&input.patient_b)?);
    let (person, role) = (call.actor()?.person.clone(), call.role());
    let at = rustcare_vault::vault::timestamp();
    let reason = input.reason.trim();
    if input.decision == DuplicateDecision::Different && reason.chars().count() < 3 {
        return Err(Problem::at("reason", Reason::ValueLength));
    }
    call.write(|t, told| {
        let (one, other) = (patient::record_by_id(t, a)?, patient::record_by_id(t, b)?);
        let two = TwoPatients::of(one.row, other.row)
            .ok_or_else(|| Problem::new(ProblemCode::InvalidInput, Reason::MergeOneRecord))?;
        if patient_merge::survivor_of(t, one.row)? == patient_merge::survivor_of(t, other.row)? {
            return Err(Problem::new(ProblemCode::Conflict, Reason::MergedTogether));
        }
        told.subject = Some(a.to_string());
        let by = ChangedBy { at: &at, person: &person, role };
        let word = match input.decision {
            DuplicateDecision::Different => {
                match_register::decide(t, two, Decision::Different, reason, by)?;
                "different from"
            }
            DuplicateDecision::Later => {
                // Put off is less than decided.
                let decided = decisions(t, (one.row, other.row))?;
                if decided.iter().any(|(_, decision)| *decision == Decision::Different) {
                    return Err(Problem::new(ProblemCode::Conflict, Reason::DecidedDifferent));
                }
                match_register::decide(t, two, Decision::Later, reason, by)?;
                "later:"
            }
            DuplicateDecision::Reopen => {
                let decided = decisions(t, (one.row, other.row))?;
                if decided.is_empty() {
                    return Err(Problem::new(ProblemCode::Conflict, Reason::RecordChanged));
                }
                for (two, _) in decided {
                    match_register::withdraw(t, two)?;
                }
                "decision withdrawn:"
            }
        };
        told.details = Some(format!("{word} {b}; reason: {reason}"));
        Ok(())
    })?;
    Ok(Empty {})
}

/// What was decided of two patients: of their records, and of any that were merged into them.
fn decisions(connection: &Connection, (a, b): (i64, i64)) -> VaultResult<Vec<(TwoPatients, Decision)>> {
    let rows = |row| patient_merge::rows_of(connection, patient_merge::survivor_of(connection, row)?);
    let (of_a, of_b) = (rows(a)?, rows(b)?);
    let mut found = Vec::new();
    for two in of_a.iter().flat_map(|a| of_b.iter().filter_map(|b| TwoPatients::of(*a, *b))) {
        found.extend(match_register::decision(connection, two)?.map(|decision| (two, decision)));
    }
    Ok(found)
}

pub fn review_register(call: &mut Call<'_>, _: Empty) -> Result<JobStarted, Problem> {
    let running = || Problem::new(ProblemCode::Conflict, Reason::ReviewRunning);
    if call.workstation.jobs.is_running(JobKind::ReviewRegister) {
        return Err(running());
    }
    let workstation = Arc::clone(call.workstation);
    let keeper = Arc::clone(&call.workstation.matches);
    let vault = Arc::clone(call.vault()?);
    let (person, role) = (call.actor()?.person.clone(), call.role().to_owned());
    call.tell(Outcome::Done, &Told::default())?;
    let by = person.clone();
    let job_id = call.workstation.jobs.start_only(
        JobKind::ReviewRegister,
        "Compare the whole register",
        &by,
        move |job| {
            let found = compare_register(&keeper, &vault, job)?;
            let entry = AuditEntry {
                at: rustcare_vault::vault::timestamp(),
                person,
                role,
                action: "review_register".into(),
                subject: Some(job.id().to_owned()),
                outcome: Outcome::Done,
                details: Some(found),
            };
            vault.write(|t| vault.record(t, &entry))?;
            Ok(None)
        },
        move |_| workstation.close_if_idle(),
    );
    Ok(JobStarted { job_id: job_id.ok_or_else(running)? })
}

/// Compares everybody with everybody and puts the work list in place of the old one; answers with counts for the trail.
fn compare_register(
    keeper: &Arc<MatchKeeper>,
    vault: &Arc<Vault>,
    job: &RunningJob,
) -> Result<String, Problem> {
    job.expect(3, 0);
    let Some((people, keys, sequence)) = keeper.whole(vault, job.cancel_flag())? else {
        if job.is_cancelled() {
            return Ok(CANCELLED.into());
        }
        return Err(Problem::new(ProblemCode::VaultLocked, Reason::VaultLocked));
    };
    job.reached(1, 0);
    let given = (people.len() < LEAST_TO_LEARN_FROM).then(MatchModel::published);
    let learnt = given.is_none();
    let run = scoring::run_unless(&people, given, ON_LIST, job.cancel_flag());
    drop(people);
    job.reached(2, 0);
    if job.is_cancelled() {
        return Ok(CANCELLED.into());
    }
    // Whoever compares changed patients meanwhile would note as compared what is taken off the list here.
    let listed = keeper.while_nothing_is_compared(|| {
        vault.write(|t| -> VaultResult<usize> {
            match_register::remove_all_pairs(t)?;
            let mut rows: HashMap<u32, Option<i64>> = HashMap::new();
            let mut row = |n: u32| -> VaultResult<Option<i64>> {
                if let Some(known) = rows.get(&n) {
                    return Ok(*known);
                }
                let record = patient::record_by_id(t, id_of(keys[n as usize]))?;
                let living = record.merged_into.is_none().then_some(record.row);
                rows.insert(n, living);
                Ok(living)
            };
            let mut listed = 0;
            for pair in &run.pairs {
                // Somebody may have merged them while they were being compared.
                if let (Some(a), Some(b)) = (row(pair.a)?, row(pair.b)?)
                    && let Some(patients) = TwoPatients::of(a, b)
                {
                    let pair = Pair {
                        patients,
                        weight: pair.weight,
                        probability: pair.probability,
                        combination: pair.combination,
                    };
                    match_register::put_pair(t, &pair)?;
                    listed += 1;
                }
            }
            match_register::note_matched(t, sequence)?;
            setting::put(t, COMPARED_AT, &rustcare_vault::vault::timestamp())?;
            if learnt {
                setting::put(t, MODEL, &run.model.to_json())?;
            }
            Ok(listed)
        })
    })?;
    keeper.take_model(vault, &run.model)?;
    keeper.compare_changed(vault, LONGEST_AFTER_REVIEW)?;
    job.reached(3, 0);
    Ok(format!("{} records compared, {} pairs scored, {listed} listed", keys.len(), run.pairs_scored))
}
