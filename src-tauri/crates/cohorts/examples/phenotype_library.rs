//! Writes `data/phenotypes_3_37_0.jsonl.gz` from a copy of the OHDSI PhenotypeLibrary: `phenotype_library INST-FOLDER OUT`, where the
//! folder is the library's `inst` with `Cohorts.csv` and `cohorts/`.
//!
//! Names of concepts stay behind: those of SNOMED CT and CPT are not ours to give, and a clinic's own vocabulary has them. What was
//! withdrawn is left out.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

/// What is kept of a concept: its number decides.
fn ids_only(value: Value) -> Value {
    match value {
        Value::Object(fields) if fields.contains_key("CONCEPT_ID") => {
            json!({ "CONCEPT_ID": fields["CONCEPT_ID"] })
        }
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, ids_only(value))).collect(),
        Value::Array(values) => values.into_iter().map(ids_only).collect(),
        other => other,
    }
}

/// The name without the marks of its state before it, `[P]` or `[W][R]`: the state stands beside it.
fn plain_name(name: &str) -> &str {
    let mut name = name.trim();
    while let Some((mark, rest)) = name.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        && mark.len() <= 2
    {
        name = rest.trim_start();
    }
    name
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, out] = arguments.as_slice() else { return Err("INST-FOLDER OUT".into()) };
    let folder = Path::new(folder);
    let table = fs::read_to_string(folder.join("Cohorts.csv"))?;
    let mut reader = csv::Reader::from_reader(table.trim_start_matches('\u{feff}').as_bytes());
    let headings = reader.headers()?.clone();
    let column = |name: &str| headings.iter().position(|heading| heading == name).ok_or(name.to_owned());
    let (id, name, status) = (column("cohortId")?, column("cohortNameLong")?, column("status")?);
    let logic = column("logicDescription")?;
    let mut packed = flate2::write::GzEncoder::new(File::create(out)?, flate2::Compression::best());
    for row in reader.records() {
        let row = row?;
        let text = |at: usize| row.get(at).unwrap_or_default().trim();
        let path = folder.join("cohorts").join(format!("{}.json", text(id)));
        if text(status) == "Withdrawn" || text(name).is_empty() || !path.exists() {
            continue;
        }
        let definition: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
        let line = json!({
            "id": text(id).parse::<i32>()?, "name": plain_name(text(name)), "is_accepted": text(status) == "Accepted",
            "logic": text(logic), "definition": ids_only(definition),
        });
        writeln!(packed, "{line}")?;
    }
    packed.finish()?.sync_all()?;
    Ok(())
}
