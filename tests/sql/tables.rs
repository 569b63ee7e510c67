//! Tables of the common data model 5.4 that cohorts read, as CSV files that every database loads.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use rustcare_cohorts::sql::Dialect;
use serde_json::Value;

/// Columns as the data model names them. Ids end in `_id`, days in `_date`; of the rest, numbers and texts are listed.
const TABLES: &[(&str, &str)] = &[
    ("person", "person_id gender_concept_id year_of_birth race_concept_id ethnicity_concept_id"),
    (
        "observation_period",
        "observation_period_id person_id observation_period_start_date observation_period_end_date period_type_concept_id",
    ),
    (
        "condition_occurrence",
        "condition_occurrence_id person_id condition_concept_id condition_start_date condition_end_date condition_type_concept_id condition_status_concept_id stop_reason provider_id visit_occurrence_id condition_source_concept_id",
    ),
    (
        "drug_exposure",
        "drug_exposure_id person_id drug_concept_id drug_exposure_start_date drug_exposure_end_date drug_type_concept_id stop_reason refills quantity days_supply route_concept_id lot_number provider_id visit_occurrence_id drug_source_concept_id",
    ),
    (
        "procedure_occurrence",
        "procedure_occurrence_id person_id procedure_concept_id procedure_date procedure_type_concept_id modifier_concept_id quantity provider_id visit_occurrence_id procedure_source_concept_id",
    ),
    (
        "measurement",
        "measurement_id person_id measurement_concept_id measurement_date measurement_type_concept_id operator_concept_id value_as_number value_as_concept_id unit_concept_id range_low range_high provider_id visit_occurrence_id measurement_source_concept_id",
    ),
    (
        "observation",
        "observation_id person_id observation_concept_id observation_date observation_type_concept_id value_as_number value_as_string value_as_concept_id qualifier_concept_id unit_concept_id provider_id visit_occurrence_id observation_source_concept_id",
    ),
    (
        "visit_occurrence",
        "visit_occurrence_id person_id visit_concept_id visit_start_date visit_end_date visit_type_concept_id provider_id care_site_id visit_source_concept_id",
    ),
    (
        "visit_detail",
        "visit_detail_id person_id visit_detail_concept_id visit_detail_start_date visit_detail_end_date visit_detail_type_concept_id provider_id care_site_id visit_detail_source_concept_id visit_occurrence_id",
    ),
    (
        "device_exposure",
        "device_exposure_id person_id device_concept_id device_exposure_start_date device_exposure_end_date device_type_concept_id unique_device_id quantity provider_id visit_occurrence_id device_source_concept_id",
    ),
    (
        "specimen",
        "specimen_id person_id specimen_concept_id specimen_type_concept_id specimen_date quantity unit_concept_id anatomic_site_concept_id disease_status_concept_id specimen_source_id",
    ),
    ("death", "person_id death_date death_type_concept_id cause_concept_id cause_source_concept_id"),
    (
        "condition_era",
        "condition_era_id person_id condition_concept_id condition_era_start_date condition_era_end_date condition_occurrence_count",
    ),
    (
        "drug_era",
        "drug_era_id person_id drug_concept_id drug_era_start_date drug_era_end_date drug_exposure_count gap_days",
    ),
    (
        "dose_era",
        "dose_era_id person_id drug_concept_id unit_concept_id dose_value dose_era_start_date dose_era_end_date",
    ),
    ("provider", "provider_id specialty_concept_id"),
    ("care_site", "care_site_id place_of_service_concept_id"),
    ("concept", "concept_id concept_name invalid_reason"),
    ("concept_ancestor", "ancestor_concept_id descendant_concept_id"),
    ("concept_relationship", "concept_id_1 concept_id_2 relationship_id invalid_reason"),
];

const NUMBERS: [&str; 5] = ["value_as_number", "range_low", "range_high", "dose_value", "quantity"];
const TEXTS: [&str; 8] = [
    "stop_reason",
    "lot_number",
    "value_as_string",
    "unique_device_id",
    "specimen_source_id",
    "concept_name",
    "invalid_reason",
    "relationship_id",
];

/// Tables and their columns.
pub fn tables() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    TABLES.iter().map(|(name, columns)| (*name, columns.split(' ').collect()))
}

/// The type of a column.
fn type_of(column: &str, dialect: Dialect) -> &'static str {
    match dialect {
        _ if column.ends_with("_date") => "DATE",
        Dialect::PostgreSql if NUMBERS.contains(&column) => "NUMERIC",
        _ if NUMBERS.contains(&column) => "DOUBLE",
        Dialect::Spark if TEXTS.contains(&column) => "STRING",
        _ if TEXTS.contains(&column) => "VARCHAR(255)",
        _ if column.contains("_id") => "BIGINT",
        _ => "INTEGER",
    }
}

/// Columns of a table with their types.
pub fn columns_with_types(columns: &[&str], dialect: Dialect) -> String {
    let typed: Vec<String> =
        columns.iter().map(|column| format!("{column} {}", type_of(column, dialect))).collect();
    typed.join(", ")
}

fn cell(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Decimal(decimal) => {
            let text = Field::Decimal(decimal.clone()).to_string();
            text.trim_matches('"').to_owned()
        }
        Field::Date(days) => day(i64::from(*days)),
        other => other.to_string(),
    }
}

/// A day since 1970-01-01 as text.
pub fn day(days: i64) -> String {
    jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(days)).to_string()
}

/// Writes the Parquet tables of a folder as CSV, with those columns that cohorts read.
pub fn from_parquet(folder: &Path, into: &Path) {
    for (table, known) in tables() {
        let Ok(file) = File::open(folder.join(format!("{table}.parquet"))) else { continue };
        let reader = SerializedFileReader::new(file).expect("Parquet");
        let mut out = csv::Writer::from_path(into.join(format!("{table}.csv"))).expect("a file");
        let mut headed = false;
        for row in reader.get_row_iter(None).expect("rows") {
            let row = row.expect("a row");
            let held: Vec<(&String, &Field)> =
                row.get_column_iter().filter(|(name, _)| known.contains(&name.as_str())).collect();
            if !headed {
                out.write_record(held.iter().map(|(name, _)| name)).expect("a heading");
                headed = true;
            }
            out.write_record(held.iter().map(|(_, field)| cell(field))).expect("a row");
        }
        out.flush().expect("written");
    }
}

/// Adds tables, a list of objects each, as CSV.
pub fn from_json(tables: &Value, into: &Path) {
    for (name, rows) in tables.as_object().expect("tables") {
        let name = name.trim_start_matches("cdm.");
        let rows = rows.as_array().expect("rows");
        let known = self::tables().find(|(known, _)| *known == name);
        // A table that no cohort reads.
        let Some((_, known)) = known else { continue };
        let used: Vec<&str> =
            known.into_iter().filter(|column| rows.iter().any(|row| row.get(*column).is_some())).collect();
        let text = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut out = csv::Writer::from_path(into.join(format!("{name}.csv"))).expect("a file");
        out.write_record(&used).expect("a heading");
        for row in rows {
            out.write_record(used.iter().map(|column| text(&row[*column]))).expect("a row");
        }
        out.flush().expect("written");
    }
}

/// The CSV tables of a folder: file and heading by name.
pub fn files(folder: &Path) -> BTreeMap<&'static str, (PathBuf, String)> {
    let mut all = BTreeMap::new();
    for (table, _) in tables() {
        let path = folder.join(format!("{table}.csv"));
        if let Ok(text) = fs::read_to_string(&path) {
            let heading = text.lines().next().unwrap_or_default().to_owned();
            if !heading.is_empty() {
                all.insert(table, (path, heading));
            }
        }
    }
    all
}
