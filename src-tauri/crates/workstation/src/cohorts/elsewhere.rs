//! A cohort run on a database elsewhere, as a job; its counts beside those of the clinic.

use std::sync::Arc;

use rustcare_cohorts::clinic::{Gap, own_concepts};
use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::disclosure::Disclosure;
use rustcare_cohorts::engine::definition_hash;
use rustcare_model::reason::Reason;
use rustcare_vault::table::database_connection::{self, DatabaseConnection};
use rustcare_vault::{AuditEntry, Outcome, Vault};
use secrecy::SecretString;

use super::clinic_cache::{ClinicCohorts, Reader};
use super::count::{RuleShown, ShownCounts, hex, meant, narrow, shown_counts};
use super::on_screen;
use super::run::Localised;
use crate::admin::databases::{encryption, known, named};
use crate::choke_point::Call;
use crate::contract::elsewhere::{CohortComparison, ComparedRule, CountPair, RunCohortElsewhere};
use crate::contract::exchange::{JobStarted, OneJob};
use crate::jobs::{JobKind, RunningJob};
use crate::problem::{Problem, ProblemCode};
use crate::run_elsewhere::{CohortCounts, DatabaseConfig, ElsewhereError, HostName, RUN_LIMIT, run};

/// What a run brought, until the vault is closed. Counts as they are: what may be shown is decided when somebody looks.
pub(crate) struct ElsewhereRun {
    by: String,
    connection_name: String,
    rule_names: Vec<String>,
    definition_hash: String,
    here: CohortCounts,
    gaps: Vec<Gap>,
    there: CohortCounts,
}

/// The clinic's own counts, and what its records cannot answer. Nothing is counted where there is any of it.
fn counted_here(
    clinic: &ClinicCohorts,
    expression: &CohortExpression,
) -> Result<(CohortCounts, Vec<Gap>), Problem> {
    let localised = Localised::new(clinic, expression);
    let population = clinic.engine.index().patients() as u64;
    if !localised.gaps.is_empty() {
        return Ok((CohortCounts { population, ..CohortCounts::default() }, localised.gaps));
    }
    let result = localised.run_while(&|| true)?;
    Ok((CohortCounts::of(&result, population), localised.gaps))
}

/// The connection with its password: the kept one for who holds the key, else the typed one.
fn config(
    call: &Call<'_>,
    of: &DatabaseConnection,
    typed: Option<SecretString>,
) -> Result<DatabaseConfig, Problem> {
    let kept = match &call.actor()?.secrets {
        Some(key) => call.vault()?.read(|t| database_connection::password(t, of, key))?,
        None => None,
    };
    let kept = kept.map(|text| SecretString::from(text.as_str()));
    let password = typed.or(kept).ok_or_else(|| Problem::at("password", Reason::DatabasePasswordNeeded))?;
    let at = &of.address;
    let host = HostName::parse(&at.host)?;
    let encryption = encryption(at)?;
    Ok(DatabaseConfig::new(host, at.port, &at.database, &at.schema, &at.username, password, encryption)?)
}

pub fn run_cohort_elsewhere(call: &mut Call<'_>, input: RunCohortElsewhere) -> Result<JobStarted, Problem> {
    let typed = input.password.as_ref().filter(|text| !text.is_empty());
    let typed = typed.map(|text| SecretString::from(text.as_str()));
    let records = Reader::of(call)?;
    let (expression, of, clinic) = call.read(|t, told| {
        let of = known(t, &input.connection_id)?;
        told.details = Some(named(&of));
        Ok((meant(t, told, &input.of)?, of, records.read_for(t, &input.of)?))
    })?;
    let own = own_concepts(&expression);
    if !own.is_empty() {
        return Err(ElsewhereError::OwnConcepts { count: own.len() }.into());
    }
    let config = config(call, &of, typed)?;
    let (here, gaps) = counted_here(&clinic, &expression)?;
    drop(clinic);
    let kept = ElsewhereRun {
        by: call.actor()?.person.clone(),
        connection_name: of.name.clone(),
        rule_names: expression
            .inclusion_rules
            .iter()
            .map(|rule| rule.name.clone().unwrap_or_default())
            .collect(),
        definition_hash: hex(&definition_hash(&expression)),
        here,
        gaps,
        there: CohortCounts::default(),
    };
    start(call, config, expression, kept, named(&of))
}

fn start(
    call: &Call<'_>,
    config: DatabaseConfig,
    expression: CohortExpression,
    kept: ElsewhereRun,
    connection: String,
) -> Result<JobStarted, Problem> {
    let (at_work, at_end) = (Arc::clone(call.workstation), Arc::clone(call.workstation));
    let vault = Arc::clone(call.vault()?);
    let (by, role) = (kept.by.clone(), call.role().to_owned());
    let title = format!("Cohort on {}", kept.connection_name);
    let job_id = call.workstation.jobs.start(
        JobKind::RunElsewhere,
        &title,
        &by.clone(),
        move |job| {
            let reached = |done, total| {
                job.expect(total, 0);
                job.reached(done, 0);
            };
            let found = run(&config, &expression, RUN_LIMIT, job.cancel_flag(), &reached);
            drop(config);
            let told = format!("{connection}, definition {}", kept.definition_hash);
            tell(&vault, job, (by, role), &found, told)?;
            match found {
                // Whoever stopped it knows.
                Err(ElsewhereError::Cancelled) => Ok(None),
                Err(error) => Err(error.into()),
                Ok(there) => {
                    at_work.elsewhere.insert(job.id().to_owned(), Arc::new(ElsewhereRun { there, ..kept }));
                    Ok(None)
                }
            }
        },
        move |_| at_end.close_if_idle(),
    );
    Ok(JobStarted { job_id })
}

/// What became of a run, in the trail.
fn tell(
    vault: &Vault,
    job: &RunningJob,
    (person, role): (String, String),
    found: &Result<CohortCounts, ElsewhereError>,
    told: String,
) -> Result<(), Problem> {
    let (outcome, end) = match found {
        Ok(_) => (Outcome::Done, "counts came back".to_owned()),
        Err(ElsewhereError::Cancelled) => (Outcome::Done, "cancelled".to_owned()),
        Err(error) => (Outcome::Failed, error.why().reason.name()),
    };
    let entry = AuditEntry {
        at: rustcare_vault::vault::timestamp(),
        person,
        role,
        action: "run_cohort_elsewhere".into(),
        subject: Some(job.id().to_owned()),
        outcome,
        details: Some(format!("{told}: {end}")),
    };
    Ok(vault.write(|t| vault.record(t, &entry))?)
}

fn pair(here: Option<u64>, there: Option<u64>) -> CountPair {
    let difference = here.zip(there).and_then(|(here, there)| there.checked_signed_diff(here));
    CountPair { here, there, difference }
}

/// Both counts as they may be shown, rule by rule.
fn compared(run: &ElsewhereRun, disclosure: Disclosure) -> CohortComparison {
    let there = shown_counts(&run.there.as_counted(), disclosure);
    let rules = run.rule_names.len();
    let here = shown_counts(&run.here.as_counted(), disclosure);
    let here = if run.gaps.is_empty() {
        here
    } else {
        // Nobody was looked for: a nought would be a wrong number.
        ShownCounts { entered: None, rules: vec![RuleShown::default(); rules], patients: None, ..here }
    };
    let compared = run.rule_names.iter().zip(here.rules.iter().zip(&there.rules));
    CohortComparison {
        connection_name: run.connection_name.clone(),
        population: pair(Some(here.population), Some(there.population)),
        entered: pair(here.entered, there.entered),
        rules: compared
            .map(|(name, (here, there))| ComparedRule {
                name: name.clone(),
                met: pair(here.met, there.met),
                remaining: pair(here.remaining, there.remaining),
                without_it: pair(here.without_it, there.without_it),
            })
            .collect(),
        patients: pair(here.patients, there.patients),
        gaps: run.gaps.clone(),
        smallest_shown: narrow(disclosure),
        definition_hash: run.definition_hash.clone(),
    }
}

pub fn cohort_elsewhere(call: &mut Call<'_>, input: OneJob) -> Result<CohortComparison, Problem> {
    let disclosure = on_screen(call)?;
    let unknown = || Problem::new(ProblemCode::NotFound, Reason::JobUnknown);
    let run = call.workstation.elsewhere.get(&input.job_id).map(|run| Arc::clone(&run));
    let run = run.filter(|run| call.actor().is_ok_and(|actor| actor.person == run.by)).ok_or_else(unknown)?;
    call.read(|_, told| {
        told.subject = Some(input.job_id.clone());
        told.details = Some(format!("counts only; definition {}", run.definition_hash));
        Ok(compared(&run, disclosure))
    })
}
