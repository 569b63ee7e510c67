//! Studies: listed, opened, linked.

use rusqlite::Connection;
use rustcare_model::name::folded;
use rustcare_model::reason::Reason;
use rustcare_model::{Mrn, PartialDate};
use rustcare_patients::chart::Panels;
use rustcare_patients::{PatientBanner, find};
use rustcare_vault::table::image::{self as image_table, ImageRow};
use rustcare_vault::table::study as table;
use rustcare_vault::table::{clinical_record, patient, patient_merge};

use super::sink::agrees;
use crate::choke_point::Call;
use crate::contract::Empty;
use crate::contract::imaging::{
    Image, LinkStudy, ListStudies, OneStudy, Series, Studies, Study, StudyRow, StudyState, SuggestedPatient,
    SuggestedPatients, SuggestionReason,
};
use crate::patients::patient_id;
use crate::problem::{Problem, ProblemCode};

/// `YYYYMMDD` as a date, where it is one.
fn date_of(written: &str) -> Option<PartialDate> {
    let digits = written.len() == 8 && written.bytes().all(|b| b.is_ascii_digit());
    let iso = digits.then(|| format!("{}-{}-{}", &written[..4], &written[4..6], &written[6..]))?;
    PartialDate::parse(&iso).ok()
}

/// `YYYYMMDD` as a person reads it; anything else as written.
fn shown_date(written: &str) -> String {
    date_of(written).map_or_else(|| written.to_owned(), |d| d.shown())
}

/// `YYYYMMDD` as an ISO date.
fn iso_date(written: &str) -> Option<String> {
    date_of(written).map(|d| d.as_written().to_owned())
}

/// `FAMILY^Given^Middle` as a person reads it.
fn shown_name(written: &str) -> String {
    let first = written.split('=').next().unwrap_or_default();
    let parts: Vec<&str> = first.split('^').map(str::trim).collect();
    let given = parts.iter().skip(1).filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join(" ");
    match (parts.first().copied().unwrap_or_default(), given.as_str()) {
        (family, "") => family.to_owned(),
        (family, given) => format!("{family}, {given}"),
    }
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::new(ProblemCode::NotFound, Reason::StudyUnknown))
}

/// Rows for the window.
pub fn rows_of(connection: &Connection, studies: Vec<table::StudyRow>) -> Result<Vec<StudyRow>, Problem> {
    studies.into_iter().map(|s| row_of(connection, s)).collect()
}

fn row_of(connection: &Connection, s: table::StudyRow) -> Result<StudyRow, Problem> {
    let linked = s.patient.map(|row| patient::by_row(connection, row)).transpose()?;
    let name = linked.as_ref().map(|p| {
        let name = &p.patient.demographics.name;
        [name.family.clone(), name.given.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ")
    });
    Ok(StudyRow {
        study_id: s.study.to_string(),
        patient_id: linked.as_ref().map(|p| p.patient.id.to_string()),
        mrn: linked.as_ref().map(|p| p.patient.mrn.as_str().to_owned()),
        patient_name: name,
        patient_on_file: shown_name(&s.patient_on_file),
        birth_date_on_file: s.birth_on_file.as_deref().map(shown_date),
        birth_date_iso: s.birth_on_file.as_deref().and_then(iso_date),
        identifier_on_file: s.identifier_on_file,
        date: s.study_date.as_deref().map(shown_date),
        date_iso: s.study_date.as_deref().and_then(iso_date),
        modality: s.modality,
        description: s.description,
        series: s.series,
        images: s.images,
        state: if linked.is_some() { StudyState::Linked } else { StudyState::Unmatched },
        thumbnail_series_id: s.thumbnail_series.map(|t| t.to_string()),
    })
}

pub fn list_studies(call: &mut Call<'_>, input: ListStudies) -> Result<Studies, Problem> {
    let of = input.patient_id.as_deref().map(patient_id).transpose()?;
    call.read(|t, told| {
        let patient = of.map(|id| patient::by_id(t, id)).transpose()?;
        told.subject = of.map(|id| id.to_string());
        let linked = input.state.map(|s| s == StudyState::Linked);
        let mut studies = rows_of(t, table::list(t, patient.map(|p| p.row), linked)?)?;
        let wanted = folded(&input.text);
        studies.retain(|s| {
            let all = [&s.patient_on_file, &s.description, &s.modality].map(|x| folded(x)).join(" ");
            let own = s.patient_name.as_deref().map(folded).unwrap_or_default();
            wanted.split(' ').all(|w| all.contains(w) || own.contains(w))
        });
        told.details = Some(format!("{} shown", studies.len()));
        Ok(Studies { studies })
    })
}

pub fn open_study(call: &mut Call<'_>, input: OneStudy) -> Result<Study, Problem> {
    let row = number(&input.study_id)?;
    let settings = call.settings()?;
    let practice = call.vault()?.header().practice;
    let study = call.read(|t, told| {
        let found = table::by_row(t, row)?;
        told.details = Some(format!("study {row}"));
        let banner = match found.patient {
            None => None,
            Some(patient_row) => {
                let stored = patient::by_row(t, patient_row)?;
                told.subject = Some(stored.patient.id.to_string());
                let allergies = Panels::of(&clinical_record::of_patient(t, patient_row)?).allergies_known();
                Some(
                    PatientBanner::of(&stored, Some(allergies), practice, settings.today())
                        .with_photo(rustcare_vault::table::document::photo_of(t, stored.row)?),
                )
            }
        };
        let mut series = Vec::new();
        for s in table::series_of(t, row)? {
            let images = in_order(image_table::of_series(t, s.series)?);
            series.push(Series {
                series_id: s.series.to_string(),
                number: s.number,
                modality: s.modality,
                description: s.description,
                images: images.into_iter().map(image).collect(),
            });
        }
        Ok(Study { row: row_of(t, found)?, banner, series })
    })?;
    call.workstation.note_opened_study(call.token(), row);
    Ok(study)
}

/// By slice position where every image has one, else by instance number.
fn in_order(mut images: Vec<ImageRow>) -> Vec<ImageRow> {
    if images.len() > 1 && images.iter().all(|i| i.position.is_some()) {
        images.sort_by(|a, b| a.position.partial_cmp(&b.position).unwrap_or(std::cmp::Ordering::Equal));
    }
    images
}

fn image(row: ImageRow) -> Image {
    Image {
        image_id: row.image.to_string(),
        number: row.number,
        frames: row.frames,
        rows: row.rows,
        columns: row.columns,
        displayable: row.undisplayable.is_none(),
        reason: row.undisplayable,
    }
}

pub fn suggest_patients(call: &mut Call<'_>, input: OneStudy) -> Result<SuggestedPatients, Problem> {
    let row = number(&input.study_id)?;
    let settings = call.settings()?;
    call.read(|t, told| {
        told.details = Some(format!("study {row}"));
        let study = table::by_row(t, row)?;
        let mut reasons: Vec<(i64, SuggestionReason)> = Vec::new();
        if let Some(identifier) = study.identifier_on_file.as_deref() {
            reasons.extend(
                patient::rows_by_identifier_value(t, identifier)?
                    .into_iter()
                    .map(|r| (r, SuggestionReason::SameIdentifier)),
            );
            if let Ok(mrn) = Mrn::parse(identifier)
                && let Some(stored) = patient::by_mrn(t, &mrn)?
            {
                reasons.push((stored.row, SuggestionReason::SameRecordNumber));
            }
        }
        let name = shown_name(&study.patient_on_file);
        let page = find::Page { limit: 20, offset: 0 };
        if !folded(&name).is_empty() {
            let (_, rows) = find::find(t, &folded(&name), settings.date_order, settings.today(), page)?;
            for found in rows {
                let stored = patient::by_row(t, found)?;
                let both = agrees(&stored, Some(&study.patient_on_file), study.birth_on_file.as_deref());
                let reason =
                    if both { SuggestionReason::SameNameAndBirth } else { SuggestionReason::SameName };
                reasons.push((found, reason));
            }
        }
        let mut patients: Vec<SuggestedPatient> = Vec::new();
        for (found, reason) in reasons {
            for patient in find::hits_of_rows(t, &[found], settings.today())? {
                match patients.iter_mut().find(|p| p.patient.patient_id == patient.patient_id) {
                    Some(known) => {
                        known.reason = format!("{}, {}", known.reason, reason.words());
                        known.reasons.push(reason);
                    }
                    None => patients.push(SuggestedPatient {
                        patient,
                        reason: reason.words().to_owned(),
                        reasons: vec![reason],
                    }),
                }
            }
        }
        Ok(SuggestedPatients { patients })
    })
}

pub fn link_study(call: &mut Call<'_>, input: LinkStudy) -> Result<Empty, Problem> {
    let row = number(&input.study_id)?;
    let id = patient_id(&input.patient_id)?;
    let person = call.actor()?.person.clone();
    call.write(|t, told| {
        let (chosen, stored) = (patient::record_by_id(t, id)?, patient::by_id(t, id)?);
        told.subject = Some(stored.patient.id.to_string());
        told.details = Some(format!("study {row}"));
        table::link(t, row, Some(stored.row), &person)?;
        // A record that was merged gets it back when the merge is taken back.
        Ok(patient_merge::note_arrival(t, patient_merge::Relation::Study, row, chosen.row)?)
    })?;
    Ok(Empty {})
}

pub fn unlink_study(call: &mut Call<'_>, input: OneStudy) -> Result<Empty, Problem> {
    let row = number(&input.study_id)?;
    let person = call.actor()?.person.clone();
    call.write(|t, told| {
        told.details = Some(format!("study {row}"));
        if let Some(patient_row) = table::by_row(t, row)?.patient {
            told.subject = Some(patient::by_row(t, patient_row)?.patient.id.to_string());
        }
        Ok(table::link(t, row, None, &person)?)
    })?;
    Ok(Empty {})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_dates_of_files_are_read_as_people_read_them() {
        assert_eq!(shown_name("DOE^Jane^M^Dr"), "DOE, Jane M Dr");
        assert_eq!(shown_name("Yamada^Tarou=山田^太郎"), "Yamada, Tarou");
        assert_eq!(shown_date("20130717"), "17 Jul 2013");
        assert_eq!(shown_date("2013"), "2013");
    }
}
