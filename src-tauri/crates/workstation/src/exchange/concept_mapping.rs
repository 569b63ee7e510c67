//! The clinic's own mapping of source codes to OMOP concepts: loaded from a table, kept in the vault, handed out to be edited.

use rusqlite::Connection;
use rustcare_exchange::out::omop::mapping::{ConceptMap, MappingError};
use rustcare_model::reason::Reason;
use rustcare_vault::VaultResult;
use rustcare_vault::table::setting;

use super::hand_out_papers::write_new;
use crate::choke_point::Call;
use crate::contract::Empty;
use crate::contract::exchange::{BringIn, InPlace, WrittenFile};
use crate::contract::handing_out::ConceptMapping;
use crate::problem::{Problem, ProblemCode};

const KEY: &str = "omop_concept_mapping";
/// Largest table that is loaded, in bytes.
const LARGEST: u64 = 64 << 20;

fn text(t: &Connection) -> VaultResult<String> {
    Ok(setting::get(t, KEY)?.unwrap_or_default())
}

/// The mapping that exports use; empty where none was loaded.
pub(crate) fn mapping(t: &Connection) -> VaultResult<ConceptMap> {
    // It was read when it was loaded, so that it is one.
    Ok(ConceptMap::parse(&text(t)?).unwrap_or_default())
}

pub fn concept_mapping(call: &mut Call<'_>, _: Empty) -> Result<ConceptMapping, Problem> {
    let codes = call.vault()?.read(|t| -> VaultResult<_> { Ok(mapping(t)?.len()) })?;
    Ok(ConceptMapping { codes })
}

pub fn load_concept_mapping(call: &mut Call<'_>, input: BringIn) -> Result<ConceptMapping, Problem> {
    let place = call.workstation.place(&input.entry_id)?;
    let unreadable = || Problem::new(ProblemCode::UnreadableFile, Reason::FileUnreadable);
    let length = std::fs::metadata(&place.path).map_err(|_| unreadable())?.len();
    if length > LARGEST {
        return Err(Problem::new(ProblemCode::UnreadableFile, Reason::FileTooLarge));
    }
    let text = std::fs::read_to_string(&place.path).map_err(|_| unreadable())?;
    let map = ConceptMap::parse(&text).map_err(|error| {
        let why = match error {
            MappingError::Header => Reason::MappingHeader.into(),
            MappingError::Row(line) => Reason::MappingRow.with("line", line),
            MappingError::TooLong => Reason::FileTooLarge.into(),
        };
        Problem::new(ProblemCode::UnreadableFile, why)
    })?;
    call.write(|t, told| {
        setting::put(t, KEY, &text)?;
        told.details = Some(format!("{} codes mapped", map.len()));
        Ok(())
    })?;
    Ok(ConceptMapping { codes: map.len() })
}

pub fn save_concept_mapping(call: &mut Call<'_>, input: InPlace) -> Result<WrittenFile, Problem> {
    let place = call.workstation.place(&input.place_id)?;
    let (text, rows) = call.read(|t, _| {
        let text = text(t)?;
        let text = if text.is_empty() { "system,code,concept_id\r\n".to_owned() } else { text };
        Ok((text, mapping(t)?.len()))
    })?;
    let file =
        format!("RustCare-concepts-{}.csv", rustcare_vault::vault::timestamp().replace([':', '.'], "-"));
    write_new(&place.path, &file, text.as_bytes())?;
    Ok(WrittenFile { file, rows })
}
