//! The columns of OMOP CDM v5.4, in the published order.
//!
//! Source: OHDSI, OMOP Common Data Model v5.4, <https://ohdsi.github.io/CommonDataModel/cdm54.html>. The file holds four columns of
//! the published `OMOP_CDMv5.4_Field_Level.csv` (github.com/OHDSI/CommonDataModel, Apache-2.0) for the tables that are written.

use std::sync::LazyLock;

const PUBLISHED: &str = include_str!("../../../data/omop_cdm_5_4_fields.csv");

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Integer,
    /// Names a row. The model says `integer`; rows of a large register need more.
    Identity,
    /// A number with a fraction.
    Float,
    /// A day.
    Date,
    /// A day and time, without a zone.
    Datetime,
    /// A text.
    Text,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether every row has one.
    pub required: bool,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns, in the published order.
    pub fields: Vec<Field>,
}

/// The tables that are written.
pub fn tables() -> &'static [Table] {
    static TABLES: LazyLock<Vec<Table>> = LazyLock::new(read);
    &TABLES
}

fn read() -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    for line in PUBLISHED.lines().skip(1) {
        let mut cells = line.split(',');
        let mut next = || cells.next().unwrap_or_default();
        let (table, name, required, published) = (next(), next(), next() == "Yes", next());
        let field = Field { name, kind: kind_of(name, published), required };
        match tables.last_mut() {
            Some(last) if last.name == table => last.fields.push(field),
            _ => tables.push(Table { name: table, fields: vec![field] }),
        }
    }
    tables
}

fn kind_of(name: &str, published: &str) -> Kind {
    match published.to_ascii_lowercase().as_str() {
        "integer" if name.ends_with("_id") && !name.ends_with("concept_id") => Kind::Identity,
        "integer" => Kind::Integer,
        "float" => Kind::Float,
        "date" => Kind::Date,
        "datetime" => Kind::Datetime,
        _ => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_columns_are_read() {
        let count: Vec<(&str, usize)> = tables().iter().map(|t| (t.name, t.fields.len())).collect();
        assert_eq!(
            count,
            [
                ("person", 18),
                ("observation_period", 5),
                ("visit_occurrence", 17),
                ("condition_occurrence", 16),
                ("drug_exposure", 23),
                ("procedure_occurrence", 16),
                ("measurement", 23),
                ("observation", 21),
                ("death", 7),
            ]
        );
        let of = |table: &str, name: &str| {
            let table = tables().iter().find(|t| t.name == table).unwrap();
            table.fields.iter().find(|f| f.name == name).unwrap().clone()
        };
        for (table, name, kind, required) in [
            ("person", "person_id", Kind::Identity, true),
            ("person", "year_of_birth", Kind::Integer, true),
            ("measurement", "measurement_concept_id", Kind::Integer, true),
            ("measurement", "value_as_number", Kind::Float, false),
            ("drug_exposure", "verbatim_end_date", Kind::Date, false),
            ("visit_occurrence", "visit_start_datetime", Kind::Datetime, false),
            ("observation", "value_as_string", Kind::Text, false),
        ] {
            assert_eq!(
                of(table, name),
                Field { name: of(table, name).name, kind, required },
                "{table}.{name}"
            );
        }
    }
}
