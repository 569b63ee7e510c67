//! A patient's rows in each table.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use rusqlite::Connection;
use rustcare_model::clinical_record::{ClinicalRecord, Qualifier, RecordKind, has_happened, observed_days};
use rustcare_model::date_reading::PartialDate;
use rustcare_model::patient::Sex;
use rustcare_vault::VaultResult;
use rustcare_vault::table::clinical_record::{self, Placed};
use rustcare_vault::table::patient::{self, StoredPatient};

use super::super::loss::{Cause, LossTally};
use super::super::sealed;
use super::mapping::{ConceptMap, Unmapped};

/// From an electronic health record.
const EHR: i64 = 32_817;
/// Components of one observation stay below it (see [`crate::fhir::record`]).
const COMPONENTS: i64 = 1_024;
/// `varchar(50)` of the source values.
const LONGEST_SOURCE: usize = 50;
/// `varchar(60)` of a value that is a text.
const LONGEST_STRING: usize = 60;

/// Cells by the column's name; those that are not named are empty.
pub(crate) type Cells = BTreeMap<&'static str, String>;

/// A patient with the chart, for any of the tables.
pub(crate) struct Person {
    stored: StoredPatient,
    records: Vec<Placed>,
    /// Row of each encounter, by its name.
    visits: HashMap<String, i64>,
    /// The day of the export.
    today: Date,
}

fn withdrawn(placed: &Placed) -> bool {
    !has_happened(placed.record.status.as_deref(), placed.record.qualifier)
}

/// The table that a record goes to.
fn table_of(placed: &Placed) -> Option<&'static str> {
    Some(match placed.record.kind {
        RecordKind::Encounter => "visit_occurrence",
        RecordKind::Condition => "condition_occurrence",
        RecordKind::MedicationRequest | RecordKind::MedicationAdministration | RecordKind::Immunization => {
            "drug_exposure"
        }
        RecordKind::Procedure => "procedure_occurrence",
        RecordKind::Observation if placed.record.amount.is_some() => "measurement",
        RecordKind::Observation | RecordKind::AllergyIntolerance => "observation",
        RecordKind::DocumentReference
        | RecordKind::DiagnosticReport
        | RecordKind::CarePlan
        | RecordKind::Coverage
        | RecordKind::Device => return None,
    })
}

/// The end of a record. Of a partial date the first day is all that is known, and that can lie before the beginning, where the
/// end cannot be: then it is the beginning's day.
fn end_of(record: &ClinicalRecord) -> Option<(String, Option<String>)> {
    let (start, end) = (record.start.as_ref()?, record.end.as_ref()?);
    if end.first_day() >= start.first_day() {
        return Some((end.first_day().to_string(), moment(&record.end)));
    }
    (!end.is_complete()).then(|| (start.first_day().to_string(), None))
}

/// Where the text has a time: without its zone, as the model wants it.
fn moment(date: &Option<PartialDate>) -> Option<String> {
    let written = date.as_ref()?.as_written();
    let (day, time) = written.split_once('T')?;
    Some(format!("{day} {}", time.get(..8)?))
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST_SOURCE).collect()
}

impl Person {
    pub fn read(t: &Connection, row: i64, today: Date) -> VaultResult<Self> {
        let stored = patient::by_row(t, row)?;
        let records = clinical_record::placed_of_patient(t, row, None)?;
        let encounters = records.iter().filter(|p| p.record.kind == RecordKind::Encounter && !withdrawn(p));
        let visits = encounters
            .filter(|p| p.record.start.is_some())
            .map(|p| (p.record.source_id.clone(), p.resource))
            .collect();
        Ok(Self { stored, records, visits, today })
    }

    /// A person without a year of birth has no place in the model.
    fn born(&self) -> Option<Date> {
        self.stored.patient.demographics.birth.reference_day()
    }

    /// What no table takes.
    pub fn note_left(&self, losses: &mut LossTally) {
        if self.born().is_none() {
            losses.note("Patient", Cause::NoPlace);
            losses.note_many("clinical_record", Cause::NoPlace, self.records.len() as u64);
            return;
        }
        let d = &self.stored.patient.demographics;
        for (path, there) in [
            ("patient.name", !d.name.is_empty()),
            ("patient.mrn", true),
            ("patient.address", d.address != Default::default()),
            ("patient.phones", !d.phones.is_empty()),
            ("patient.email", d.email.is_some()),
            ("patient.contact", d.contact != Default::default()),
            ("patient.identifiers", !d.identifiers.is_empty()),
            ("patient.language", d.language.is_some()),
        ] {
            if there {
                losses.note(path, Cause::NoPlace);
            }
        }
        if d.deceased && d.deceased_on.is_none() {
            losses.note("patient.deceased without a date", Cause::NoPlace);
        }
        for placed in &self.records {
            let kind = placed.record.kind.resource_type();
            if table_of(placed).is_none() || withdrawn(placed) {
                losses.note(kind, Cause::NoPlace);
            } else if placed.record.start.is_none() {
                losses.note(format!("{kind} without a date"), Cause::NoPlace);
            } else {
                note_parts(placed, losses);
            }
        }
    }

    fn of_table<'p>(&'p self, table: &'static str) -> impl Iterator<Item = &'p Placed> {
        self.records.iter().filter(move |p| table_of(p) == Some(table) && !withdrawn(p))
    }

    /// The rows of `table`.
    pub fn rows(
        &self,
        table: &'static str,
        map: &ConceptMap,
        unmapped: &mut Unmapped,
        losses: &mut LossTally,
    ) -> Vec<Cells> {
        let Some(born) = self.born() else { return Vec::new() };
        match table {
            "person" => vec![self.person(born)],
            "observation_period" => self.observation_period().into_iter().collect(),
            "death" => self.death().into_iter().collect(),
            _ => {
                let mut rows = Vec::new();
                let mut components: HashMap<i64, i64> = HashMap::new();
                for placed in self.of_table(table) {
                    let component = components.entry(placed.resource).or_default();
                    let id = placed.resource * COMPONENTS + *component;
                    *component += 1;
                    rows.extend(self.event(table, placed, id, map, unmapped, losses));
                }
                rows
            }
        }
    }

    fn person(&self, born: Date) -> Cells {
        let d = &self.stored.patient.demographics;
        let gender = match d.sex {
            Sex::Male => 8_507,
            Sex::Female => 8_532,
            Sex::Other | Sex::Unknown => 0,
        };
        let known = d.birth.known_date();
        let precise = |length: usize| known.as_ref().is_some_and(|k| k.iso.len() >= length);
        let mut cells = Cells::from([
            ("person_id", self.stored.row.to_string()),
            ("gender_concept_id", gender.to_string()),
            ("year_of_birth", born.year().to_string()),
            ("race_concept_id", "0".into()),
            ("ethnicity_concept_id", "0".into()),
            ("person_source_value", self.stored.patient.id.to_string()),
            ("gender_source_value", d.sex.as_str().to_owned()),
        ]);
        if precise(7) {
            cells.insert("month_of_birth", born.month().to_string());
        }
        if precise(10) {
            cells.insert("day_of_birth", born.day().to_string());
        }
        cells
    }

    /// From the first to the last day that anything is known of, within the person's life.
    fn observation_period(&self) -> Option<Cells> {
        let dated = || self.records.iter().filter(|p| table_of(p).is_some() && !withdrawn(p));
        let first = dated().filter_map(|p| p.record.start.as_ref()).map(PartialDate::first_day).min()?;
        let ends = dated().filter_map(|p| p.record.end.as_ref().or(p.record.start.as_ref()));
        let last = ends.map(PartialDate::first_day).max()?.max(first);
        let died = self.stored.patient.demographics.deceased_on;
        let (first, last) = observed_days((first, last), self.born(), died, self.today)?;
        Some(Cells::from([
            ("observation_period_id", self.stored.row.to_string()),
            ("person_id", self.stored.row.to_string()),
            ("observation_period_start_date", first.to_string()),
            ("observation_period_end_date", last.to_string()),
            ("period_type_concept_id", EHR.to_string()),
        ]))
    }

    fn death(&self) -> Option<Cells> {
        let on = self.stored.patient.demographics.deceased_on?;
        Some(Cells::from([
            ("person_id", self.stored.row.to_string()),
            ("death_date", on.to_string()),
            ("death_type_concept_id", EHR.to_string()),
        ]))
    }

    fn event(
        &self,
        table: &'static str,
        placed: &Placed,
        id: i64,
        map: &ConceptMap,
        unmapped: &mut Unmapped,
        losses: &mut LossTally,
    ) -> Option<Cells> {
        let record = &placed.record;
        let visit = record.encounter.as_ref().and_then(|e| self.visits.get(e)).copied();
        // What has no date has no row, and the report says so: a date that nobody wrote would be a wrong one.
        let start = record.start.as_ref()?.first_day().to_string();
        let code = record.codes.first();
        let coded = record.codes.iter().find_map(|c| map.concept(&c.system, &c.code));
        // What was only written is mapped by its words, once somebody of the clinic has put these into its table; until then they
        // are free text, which goes out nowhere.
        let title = clean(&record.title, "title", losses);
        let by_words = || code.is_none().then(|| map.concept("", &title)).flatten();
        let mapped = coded.or_else(by_words);
        let kind = record.kind.resource_type();
        if mapped.is_none() && table != "visit_occurrence" {
            let (system, word) = code.map_or(("", title.as_str()), |c| (&c.system, &c.code));
            unmapped.note(
                system,
                word,
                code.and_then(|c| c.display.as_deref()).unwrap_or_default(),
                self.stored.row,
            );
            losses.note(format!("{kind}.code"), Cause::Unmapped);
        }
        let concept = mapped.unwrap_or(0).to_string();
        let source = match (code, mapped) {
            (Some(code), _) => Some(cut(&code.code)),
            (None, Some(_)) => Some(cut(&title)),
            (None, None) => {
                if table != "visit_occurrence" {
                    losses.note(format!("{kind}.code.text"), Cause::FreeText);
                }
                None
            }
        };
        let mut cells = Cells::from([("person_id", self.stored.row.to_string())]);
        let mut put = |name: &'static str, value: Option<String>| {
            if let Some(value) = value {
                cells.insert(name, value);
            }
        };
        if table != "visit_occurrence" {
            put("visit_occurrence_id", visit.map(|v| v.to_string()));
        }
        let own = id.to_string();
        let ehr = Some(EHR.to_string());
        let (end, end_moment) = end_of(record).unzip();
        let end_moment = end_moment.flatten();
        if record.end.is_some() && end.is_none() {
            losses.note(format!("{kind} ending before it begins"), Cause::NoPlace);
        }
        match table {
            "visit_occurrence" => {
                let class = record.detail.as_deref().unwrap_or_default();
                let visit = match class {
                    "IMP" | "ACUTE" | "NONAC" => 9_201,
                    "AMB" | "VR" | "HH" | "outpatient" => 9_202,
                    "EMER" => 9_203,
                    _ => mapped.unwrap_or(0),
                };
                put("visit_occurrence_id", Some(placed.resource.to_string()));
                put("visit_concept_id", Some(visit.to_string()));
                put("visit_end_date", end.or(Some(start.clone())));
                put("visit_start_date", Some(start));
                put("visit_start_datetime", moment(&record.start));
                put("visit_end_datetime", end_moment);
                put("visit_type_concept_id", ehr);
                put("visit_source_value", Some(cut(class)));
            }
            "condition_occurrence" => {
                put("condition_occurrence_id", Some(own));
                put("condition_concept_id", Some(concept));
                put("condition_start_date", Some(start));
                put("condition_start_datetime", moment(&record.start));
                put("condition_end_date", end);
                put("condition_end_datetime", end_moment);
                put("condition_type_concept_id", ehr);
                put("condition_source_value", source);
                put(
                    "condition_status_source_value",
                    record.qualifier.map(Qualifier::as_str).or(record.status.as_deref()).map(cut),
                );
            }
            "drug_exposure" => {
                put("drug_exposure_id", Some(own));
                put("drug_concept_id", Some(concept));
                put("drug_exposure_end_date", end.or(Some(start.clone())));
                put("drug_exposure_start_date", Some(start));
                put("drug_exposure_start_datetime", moment(&record.start));
                put("drug_type_concept_id", ehr);
                if record.detail.is_some() {
                    losses.note("drug_exposure.sig", Cause::FreeText);
                }
                put("drug_source_value", source);
            }
            "procedure_occurrence" => {
                put("procedure_occurrence_id", Some(own));
                put("procedure_concept_id", Some(concept));
                put("procedure_date", Some(start));
                put("procedure_datetime", moment(&record.start));
                put("procedure_end_date", end);
                put("procedure_end_datetime", end_moment);
                put("procedure_type_concept_id", ehr);
                put("procedure_source_value", source);
            }
            "measurement" => {
                let amount = record.amount.as_ref();
                put("measurement_id", Some(own));
                put("measurement_concept_id", Some(concept));
                put("measurement_date", Some(start));
                put("measurement_datetime", moment(&record.start));
                put("measurement_type_concept_id", ehr);
                // The operator concepts of the model's convention for comparators.
                let comparator = amount.map_or("", |a| a.written.trim_end_matches(|c| !"<>=".contains(c)));
                put("operator_concept_id", operator(comparator).map(|c| c.to_string()));
                let digits = amount.map(|a| a.written.trim_start_matches(['<', '>', '=']).to_owned());
                put("value_as_number", digits.filter(|d| d.parse::<f64>().is_ok()));
                let (low, high) = limits(record.reference_range.as_deref().unwrap_or_default());
                put("range_low", low);
                put("range_high", high);
                put("measurement_source_value", source);
                let unit = amount.and_then(|a| a.ucum.as_deref().or(a.unit.as_deref()));
                put(
                    "unit_concept_id",
                    unit.and_then(|u| map.concept("http://unitsofmeasure.org", u)).map(|c| c.to_string()),
                );
                put("unit_source_value", unit.map(cut));
                put("value_source_value", amount.map(|a| cut(&a.written)));
            }
            _ => {
                put("observation_id", Some(own));
                put("observation_concept_id", Some(concept));
                put("observation_date", Some(start));
                put("observation_datetime", moment(&record.start));
                put("observation_type_concept_id", ehr);
                let detail = match (record.detail.as_deref(), record.detail_is_closed) {
                    (Some(detail), true) => Some(clean(detail, "observation.value_as_string", losses)),
                    (Some(_), false) => {
                        losses.note("observation.value_as_string", Cause::FreeText);
                        None
                    }
                    (None, _) => None,
                };
                put("value_as_string", detail.clone().map(|d| d.chars().take(LONGEST_STRING).collect()));
                put("observation_source_value", source);
                put("value_source_value", detail.as_deref().map(cut));
            }
        }
        Some(cells)
    }
}

fn clean(text: &str, path: &str, losses: &mut LossTally) -> String {
    match sealed::without_numbers(text, None) {
        Some(clean) => {
            losses.note(path, Cause::Sealed);
            clean
        }
        None => text.to_owned(),
    }
}

/// Parts of a record that has a row, which the row does not hold whole.
fn note_parts(placed: &Placed, losses: &mut LossTally) {
    let record = &placed.record;
    let kind = record.kind.resource_type();
    if record.interpretation.is_some() {
        losses.note(format!("{kind}.interpretation"), Cause::NoPlace);
    }
    if let Some(range) = &record.reference_range
        && limits(range) == (None, None)
    {
        losses.note(format!("{kind}.referenceRange"), Cause::NoPlace);
    }
    let long = |text: &str, most: usize| text.chars().count() > most;
    if table_of(placed) == Some("observation")
        && record.detail_is_closed
        && record.detail.as_deref().is_some_and(|detail| long(detail, LONGEST_STRING))
    {
        losses.note(format!("{kind}.value cut"), Cause::NoPlace);
    }
}

fn operator(comparator: &str) -> Option<i64> {
    match comparator {
        "<" => Some(4_171_756),
        "<=" => Some(4_171_754),
        ">=" => Some(4_171_755),
        ">" => Some(4_172_704),
        _ => None,
    }
}

/// Lower and upper limit of a reference range as it is written: `70 – 99`, `70-99`, `≥ 60`, `<5`.
fn limits(range: &str) -> (Option<String>, Option<String>) {
    let number = |text: &str| text.trim().parse::<f64>().is_ok().then(|| text.trim().to_owned());
    let after =
        |marks: &[&str]| marks.iter().find_map(|mark| range.trim().strip_prefix(mark)).and_then(number);
    // A minus before the first number is no dash between two.
    let dash = range.char_indices().skip(1).find(|(_, c)| matches!(c, '–' | '-'));
    match dash {
        // Half of a range would be another range.
        Some((at, mark)) => match (number(&range[..at]), number(&range[at + mark.len_utf8()..])) {
            (Some(low), Some(high)) => (Some(low), Some(high)),
            _ => (None, None),
        },
        None => (after(&["≥", ">=", ">"]), after(&["≤", "<=", "<"])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_laboratories_write_them() {
        let pair = |low: &str, high: &str| {
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            (some(low), some(high))
        };
        for (written, low, high) in [
            ("70 – 99", "70", "99"),
            ("70-99", "70", "99"),
            ("-2.0-3.0", "-2.0", "3.0"),
            ("-2 – -1", "-2", "-1"),
            ("≥ 60", "60", ""),
            (">=60", "60", ""),
            ("<5.5", "", "5.5"),
            ("negative", "", ""),
            ("3.5-5.1 (adults)", "", ""),
            ("0.7–1.3 (male); 0.5–1.1 (female)", "", ""),
            ("≥ 3; ≤ 5", "", ""),
            ("", "", ""),
        ] {
            assert_eq!(limits(written), pair(low, high), "{written}");
        }
    }
}
