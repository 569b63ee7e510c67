//! What a source says beyond the tables, noted when it comes in: should the source go, its losses are still known by name.

use std::collections::BTreeMap;

use crate::import::Body;

use super::loss::{Cause, LossTally, beyond, leaves};
use super::tree::Tree;
use super::{patient, record, sealed};

/// Lines `path count`; empty when the tables hold all of it.
pub(crate) fn of(resource_type: &str, id: &str, json: &str, body: &Body) -> String {
    let carried = match body {
        Body::Patient(read) => Some(patient::render(id, &read.demographics)),
        Body::Records(read) => record::render(id, read.patient.as_deref().unwrap_or_default(), &read.records),
        Body::Verbatim { .. } => None,
    };
    let (Some(carried), Some(mut source)) = (carried, Tree::parse(json)) else {
        return format!("{resource_type} 1");
    };
    // A sealed number is not beyond the tables: it is in one of its own.
    sealed::take_identifiers(&mut source);
    as_lines(&beyond(&leaves(resource_type, &source), &leaves(resource_type, &carried)))
}

fn as_lines(paths: &BTreeMap<String, u64>) -> String {
    paths.iter().map(|(path, count)| format!("{path} {count}")).collect::<Vec<_>>().join("\n")
}

/// Tells what went with a source.
pub(crate) fn tell(lines: &str, losses: &mut LossTally) {
    for line in lines.lines() {
        if let Some((path, count)) = line.rsplit_once(' ') {
            losses.note_many(path, Cause::SourceGone, count.parse().unwrap_or(1));
        }
    }
}
