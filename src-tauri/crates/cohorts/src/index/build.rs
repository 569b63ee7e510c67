//! An index out of a folder in the common data model.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::column::{Integers, Texts};
use super::domain::{Domain, Ends};
use super::tables::{EVENT_TABLES, EndRule, EventTable, Holding};
use super::{Index, PLACE_UNKNOWN, Periods, Persons};
use crate::definition::{Column, CriterionKind};
use crate::omop::{NO_DAY, NO_INTEGER, OmopError, OmopFolder, Table};
use crate::vocabulary::{KnownConcept, Vocabulary};

/// Finds the number of a patient by the person's id.
struct Patients<'a> {
    ids: &'a [i64],
    /// Number by id less the smallest id, where ids are dense.
    direct: Vec<u32>,
}

impl<'a> Patients<'a> {
    fn new(ids: &'a [i64]) -> Self {
        let mut direct = Vec::new();
        if let (Some(first), Some(last)) = (ids.first(), ids.last())
            && let Some(span) = last.checked_sub(*first).and_then(|span| usize::try_from(span).ok())
            && span / 4 <= ids.len()
        {
            direct = vec![u32::MAX; span + 1];
            for (patient, id) in ids.iter().enumerate() {
                direct[(id - first) as usize] = patient as u32;
            }
        }
        Self { ids, direct }
    }

    fn number(&self, id: i64) -> u32 {
        if self.direct.is_empty() {
            return self.ids.binary_search(&id).map_or(u32::MAX, |at| at as u32);
        }
        let at = id.wrapping_sub(self.ids[0]);
        usize::try_from(at).ok().and_then(|at| self.direct.get(at)).copied().unwrap_or(u32::MAX)
    }
}

/// What other tables say about a provider, a care site, a visit.
#[derive(Default)]
struct Lookups {
    specialties: HashMap<i64, i64>,
    places: HashMap<i64, i64>,
    /// Concept by (visit, person), sorted.
    visits: Vec<(i64, i64, i64)>,
}

fn pairs(folder: &OmopFolder, table: &str, id: &str, value: &str) -> Result<HashMap<i64, i64>, OmopError> {
    let Some(table) = folder.table(table)? else { return Ok(HashMap::new()) };
    let ids = table.needed_integers(id)?;
    let values = table.integers(value)?.unwrap_or_else(|| vec![NO_INTEGER; ids.len()]);
    Ok(ids.into_iter().zip(values).collect())
}

impl Lookups {
    fn read(folder: &OmopFolder) -> Result<Self, OmopError> {
        let mut visits = Vec::new();
        if let Some(table) = folder.table("visit_occurrence")? {
            let ids = table.needed_integers("visit_occurrence_id")?;
            let persons = table.needed_integers("person_id")?;
            let concepts = table.needed_integers("visit_concept_id")?;
            visits = ids.into_iter().zip(persons).zip(concepts).map(|((v, p), c)| (v, p, c)).collect();
            visits.par_sort_unstable();
        }
        Ok(Self {
            specialties: pairs(folder, "provider", "provider_id", "specialty_concept_id")?,
            places: pairs(folder, "care_site", "care_site_id", "place_of_service_concept_id")?,
            visits,
        })
    }

    fn visit_concept(&self, visit: i64, person: i64) -> i64 {
        let at = self.visits.partition_point(|(v, p, _)| (*v, *p) < (visit, person));
        match self.visits.get(at) {
            Some((v, p, concept)) if (*v, *p) == (visit, person) => *concept,
            _ => NO_INTEGER,
        }
    }
}

/// Reads a folder whole.
pub(super) fn build(folder: &OmopFolder) -> Result<Index, OmopError> {
    let person = folder.needed_table("person")?;
    let mut ids = person.needed_integers("person_id")?;
    for table in &EVENT_TABLES {
        if let Some(table) = folder.table(table.name)? {
            ids = with_strangers(ids, table.needed_integers("person_id")?);
        }
    }
    ids.par_sort_unstable();
    ids.dedup();
    let patients = Patients::new(&ids);
    let persons = persons(&person, &ids, &patients)?;
    let lookups = Lookups::read(folder)?;
    let (vocabulary, domains) = rayon::join(
        || vocabulary(folder),
        || -> Result<Vec<(CriterionKind, Domain)>, OmopError> {
            EVENT_TABLES
                .par_iter()
                .map(|table| Ok((table.kind, domain(folder, table, &patients, &lookups)?)))
                .collect()
        },
    );
    let domains: BTreeMap<CriterionKind, Domain> = domains?.into_iter().collect();
    let periods = Periods::new(domains.get(&CriterionKind::ObservationPeriod), ids.len());
    Ok(Index::new(persons, periods, domains, vocabulary?))
}

/// Adds the persons of a table of events that are not yet known.
fn with_strangers(mut known: Vec<i64>, persons: Vec<i64>) -> Vec<i64> {
    known.par_sort_unstable();
    known.dedup();
    let patients = Patients::new(&known);
    let strangers: Vec<i64> = persons.into_par_iter().filter(|id| patients.number(*id) == u32::MAX).collect();
    known.extend(strangers);
    known
}

fn persons(table: &Table, ids: &[i64], patients: &Patients<'_>) -> Result<Persons, OmopError> {
    let own = table.needed_integers("person_id")?;
    let spread = |column: &str| -> Result<Integers, OmopError> {
        let mut values = vec![NO_INTEGER; ids.len()];
        for (id, value) in own.iter().zip(table.integers(column)?.unwrap_or_default()) {
            values[patients.number(*id) as usize] = value;
        }
        Ok(Integers::new(&values))
    };
    let mut present = vec![NO_INTEGER; ids.len()];
    for id in &own {
        present[patients.number(*id) as usize] = 1;
    }
    Ok(Persons {
        ids: ids.to_vec(),
        present: Integers::new(&present),
        years_of_birth: spread("year_of_birth")?,
        genders: spread("gender_concept_id")?,
        races: spread("race_concept_id")?,
        ethnicities: spread("ethnicity_concept_id")?,
    })
}

fn vocabulary(folder: &OmopFolder) -> Result<Vocabulary, OmopError> {
    let mut concepts = Vec::new();
    if let Some(table) = folder.table("concept")? {
        let ids = table.needed_integers("concept_id")?;
        let reasons = table.texts("invalid_reason")?.unwrap_or_else(|| vec!["".into(); ids.len()]);
        let known =
            |(concept_id, reason): (i64, Box<str>)| KnownConcept { concept_id, is_valid: reason.is_empty() };
        concepts = ids.into_iter().zip(reasons).map(known).collect();
    }
    let mut ancestors = Vec::new();
    if let Some(table) = folder.table("concept_ancestor")? {
        let above = table.needed_integers("ancestor_concept_id")?;
        let below = table.needed_integers("descendant_concept_id")?;
        ancestors = above.into_iter().zip(below).collect();
    }
    let mut mapped = Vec::new();
    if let Some(table) = folder.table("concept_relationship")? {
        let from = table.needed_integers("concept_id_1")?;
        let to = table.needed_integers("concept_id_2")?;
        let names = table.texts("relationship_id")?.unwrap_or_default();
        let reasons = table.texts("invalid_reason")?.unwrap_or_else(|| vec!["".into(); from.len()]);
        for (((from, to), name), reason) in from.into_iter().zip(to).zip(names).zip(reasons) {
            if &*name == "Maps to" && reason.is_empty() {
                mapped.push((to, from));
            }
        }
    }
    Ok(Vocabulary::new(concepts, ancestors, mapped))
}

fn gathered<T: Copy + Send + Sync>(values: &[T], order: &[u32]) -> Vec<T> {
    order.par_iter().map(|at| values[*at as usize]).collect()
}

/// Rows by concept, then patient, first day, row; the concepts; where each begins.
fn ordered(
    concepts: &[i64],
    patients: &[u32],
    starts: &[i32],
    rows: &[i64],
) -> (Vec<u32>, Vec<i64>, Vec<u32>) {
    let key = |at: usize| (patients[at], starts[at], rows[at]);
    let mut order: Vec<u32> = (0..concepts.len() as u32).collect();
    if !order.windows(2).all(|pair| key(pair[0] as usize) <= key(pair[1] as usize)) {
        order.par_sort_unstable_by_key(|at| (key(*at as usize), *at));
    }
    let mut distinct = concepts.to_vec();
    distinct.par_sort_unstable();
    distinct.dedup();
    let numbers: Vec<u32> =
        concepts.par_iter().map(|c| distinct.binary_search(c).unwrap_or_default() as u32).collect();
    let mut offsets = vec![0_u32; distinct.len() + 1];
    for number in &numbers {
        offsets[*number as usize + 1] += 1;
    }
    for at in 0..distinct.len() {
        offsets[at + 1] += offsets[at];
    }
    let mut next = offsets.clone();
    let mut sorted = vec![0_u32; order.len()];
    for at in order {
        let slot = &mut next[numbers[at as usize] as usize];
        sorted[*slot as usize] = at;
        *slot += 1;
    }
    (sorted, distinct, offsets)
}

fn ends(table: &Table, rule: EndRule, starts: &[i32]) -> Result<Option<Vec<i32>>, OmopError> {
    let column = match rule {
        EndRule::NextDay => return Ok(None),
        EndRule::Stored(column) => return Ok(Some(table.needed_days(column)?)),
        EndRule::OrNextDay(column) | EndRule::OrSupplyOrNextDay(column) => column,
    };
    let supplies = match rule {
        EndRule::OrSupplyOrNextDay(_) => table.integers("days_supply")?,
        _ => None,
    };
    let mut ends = table.days(column)?.unwrap_or_else(|| vec![NO_DAY; starts.len()]);
    for (at, end) in ends.iter_mut().enumerate() {
        if *end == NO_DAY {
            let supply = supplies.as_ref().map(|s| s[at]).filter(|s| *s != NO_INTEGER).unwrap_or(1);
            *end = starts[at].saturating_add(i32::try_from(supply).unwrap_or(1));
        }
    }
    Ok(Some(ends))
}

fn domain(
    folder: &OmopFolder,
    events: &EventTable,
    patients: &Patients<'_>,
    lookups: &Lookups,
) -> Result<Domain, OmopError> {
    let Some(table) = folder.table(events.name)? else { return Ok(Domain::default()) };
    let count = table.rows();
    if u32::try_from(count).is_err() {
        return Err(OmopError::TooManyRows { table: events.name.into(), rows: count });
    }
    let persons = table.needed_integers("person_id")?;
    let rows = match events.id {
        Some(id) => table.needed_integers(id)?,
        None => persons.clone(),
    };
    let concepts = table.integers(events.concept)?.unwrap_or_else(|| vec![NO_INTEGER; count]);
    let raw_starts = table.needed_days(events.start)?;
    let numbers: Vec<u32> = persons.par_iter().map(|id| patients.number(*id)).collect();
    let (order, concepts, offsets) = ordered(&concepts, &numbers, &raw_starts, &rows);
    let starts = gathered(&raw_starts, &order);
    let ends = match ends(&table, events.end, &raw_starts)? {
        Some(ends) if ends.par_iter().zip(&raw_starts).any(|(end, start)| *end != start + 1) => {
            Ends::Days(gathered(&ends, &order))
        }
        _ => Ends::NextDay,
    };
    let mut domain = Domain {
        concepts,
        offsets,
        patients: gathered(&numbers, &order),
        starts,
        ends,
        rows: Integers::new(&gathered(&rows, &order)),
        ..Domain::default()
    };
    let held: Vec<(Column, Held)> = events
        .columns
        .par_iter()
        .filter_map(|(column, name, holding)| {
            held(&table, name, *holding, &order).transpose().map(|held| held.map(|held| (*column, held)))
        })
        .collect::<Result<_, _>>()?;
    for (column, held) in held {
        match held {
            Held::Integers(values) => drop(domain.integers.insert(column, values)),
            Held::Texts(values) => drop(domain.texts.insert(column, values)),
        }
    }
    add_lookups(&mut domain, &table, events, lookups, (&persons, &order))?;
    Ok(domain)
}

/// What other tables say: the visit's concept, the provider's specialty, the care site's place.
fn add_lookups(
    domain: &mut Domain,
    table: &Table,
    events: &EventTable,
    lookups: &Lookups,
    (persons, order): (&[i64], &[u32]),
) -> Result<(), OmopError> {
    let mut add = |column: Column, values: Vec<i64>| {
        let values = Integers::new(&gathered(&values, order));
        if !values.is_empty() {
            domain.integers.insert(column, values);
        }
    };
    if events.provider
        && !lookups.specialties.is_empty()
        && let Some(providers) = table.integers("provider_id")?
    {
        let of = |id: &i64| lookups.specialties.get(id).copied().unwrap_or(NO_INTEGER);
        add(Column::ProviderSpecialty, providers.iter().map(of).collect());
    }
    if events.care_site
        && !lookups.places.is_empty()
        && let Some(sites) = table.integers("care_site_id")?
    {
        let of = |id: &i64| match lookups.places.get(id) {
            None => NO_INTEGER,
            Some(&NO_INTEGER) => PLACE_UNKNOWN,
            Some(place) => *place,
        };
        add(Column::PlaceOfService, sites.iter().map(of).collect());
    }
    let Some(visits) = events.visit.map(|column| table.integers(column)).transpose()?.flatten() else {
        return Ok(());
    };
    if !lookups.visits.is_empty() && events.kind != CriterionKind::VisitOccurrence {
        let of = |(visit, person): (&i64, &i64)| lookups.visit_concept(*visit, *person);
        add(Column::VisitType, visits.par_iter().zip(persons).map(of).collect());
    }
    domain.visits = Integers::new(&gathered(&visits, order));
    Ok(())
}

enum Held {
    Integers(Integers),
    Texts(Texts),
}

/// A column in the index's order, unless no row has a value.
fn held(table: &Table, name: &str, holding: Holding, order: &[u32]) -> Result<Option<Held>, OmopError> {
    Ok(match holding {
        Holding::Integer => {
            let Some(values) = table.integers(name)? else { return Ok(None) };
            Some(Integers::new(&gathered(&values, order))).filter(|v| !v.is_empty()).map(Held::Integers)
        }
        Holding::Number => {
            let Some(values) = table.numbers(name)? else { return Ok(None) };
            Some(Integers::of_numbers(&gathered(&values, order)))
                .filter(|v| !v.is_empty())
                .map(Held::Integers)
        }
        Holding::Text => {
            let Some(values) = table.texts(name)? else { return Ok(None) };
            let values: Vec<Box<str>> = order.iter().map(|at| values[*at as usize].clone()).collect();
            Some(Texts::new(&values)).filter(|texts| !texts.values.is_empty()).map(Held::Texts)
        }
    })
}
