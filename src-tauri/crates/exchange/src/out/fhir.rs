//! FHIR R4 out: a bundle of type `collection`, and bulk data as a zip of `TYPE.ndjson`.
//!
//! Source: HL7 FHIR R4 (4.0.1), Bundle, and FHIR Bulk Data Access 2.0 for the NDJSON files.

use std::collections::{BTreeSet, HashSet};
use std::io::Write;

use rusqlite::Connection;
use rustcare_model::clinical_record::RecordKind;
use rustcare_vault::table::resource;

use super::chart::{Chart, of_type};
use super::loss::{Cause, LossTally};
use super::tree::Tree;
use super::{ExportContext, ExportError, Outgoing, Running, go_on, sealed};

/// Where the entries of a bundle would lie, so that `Type/id` is found within it (FHIR R4, Resolving references in
/// bundles). The domain is reserved: nobody answers there.
const BASE: &str = "http://rustcare.invalid/fhir";

/// A resource that belongs to no patient, by type and id.
type Name = (String, String);

/// What references of a resource mean among those that belong to no patient.
fn note_referred(tree: &mut Tree, out: &Outgoing<'_>, referred: &mut HashSet<Name>) {
    tree.for_each_text(&mut |name, text| {
        if name == "reference"
            && let Some((kind, id)) = text.split_once('/')
            && out.nobodys.has(kind, id)
        {
            referred.insert((kind.to_owned(), id.to_owned()));
        }
    });
}

fn nobodys(
    t: &Connection,
    out: &Outgoing<'_>,
    (kind, id): &Name,
    losses: &mut LossTally,
) -> Result<Option<Tree>, ExportError> {
    let kept = resource::of_nobody(t, kind, id)?;
    let Some(kept) = kept else { return Ok(None) };
    let whole = kept.source.as_deref().and_then(|s| of_type(s, kind));
    let Some(mut whole) = whole else {
        let cause = if kept.source.is_some() { Cause::NoPlace } else { Cause::SourceGone };
        losses.note(kind.as_str(), cause);
        return Ok(None);
    };
    if whole.get("id").is_none() {
        whole.put("id", Tree::text(id.as_str()));
        losses.note(format!("{kind}.id"), Cause::Added);
    }
    if !out.with_ssn {
        sealed::take_out(&mut whole, None, losses);
    }
    Ok(Some(whole))
}

/// All that goes out of those who belong to no patient: everybody's, or what was referred to.
fn all_nobodys(context: &ExportContext<'_>, out: &Outgoing<'_>, referred: HashSet<Name>) -> BTreeSet<Name> {
    if context.everybody {
        out.nobodys.all().map(|(kind, id)| (kind.to_owned(), id.to_owned())).collect()
    } else {
        referred.into_iter().collect()
    }
}

/// Writes one bundle.
pub(crate) fn bundle(
    t: &Connection,
    context: &ExportContext<'_>,
    out: &Outgoing<'_>,
    into: &mut dyn Write,
    running: &mut Running,
) -> Result<(), ExportError> {
    write!(
        into,
        "{{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"timestamp\":\"{}\",\"entry\":[",
        rustcare_vault::vault::timestamp()
    )?;
    let mut first = true;
    let mut put = |tree: &Tree, into: &mut dyn Write, running: &mut Running| -> std::io::Result<()> {
        let word = |name: &str| tree.get(name).and_then(Tree::as_text).unwrap_or_default();
        let (kind, id) = (word("resourceType"), word("id"));
        running.count(kind);
        into.write_all(if std::mem::take(&mut first) { b"\n" } else { b",\n" })?;
        let url = Tree::text(format!("{BASE}/{kind}/{id}")).to_json();
        write!(into, "{{\"fullUrl\":{url},\"resource\":{}}}", tree.to_json())
    };
    let mut referred = HashSet::new();
    for (done, row) in context.patients.iter().enumerate() {
        go_on(context)?;
        let chart = Chart::read(t, *row, out)?;
        let mut resources = vec![chart.patient(t, out, &mut running.losses)?];
        for kind in RecordKind::ALL {
            resources.extend(chart.records(t, kind, out, &mut running.losses)?);
        }
        for kind in chart.verbatim_types().into_iter().collect::<BTreeSet<_>>() {
            resources.extend(chart.verbatim(t, &kind, out, &mut running.losses)?);
        }
        for mut tree in resources {
            note_referred(&mut tree, out, &mut referred);
            put(&tree, into, running)?;
        }
        for row in chart.documents(t)? {
            let tree = chart.document(&row, out, &mut running.losses);
            put(&tree, into, running)?;
        }
        (context.progress)(done as u64 + 1);
    }
    for name in all_nobodys(context, out, referred) {
        go_on(context)?;
        if let Some(tree) = nobodys(t, out, &name, &mut running.losses)? {
            put(&tree, into, running)?;
        }
    }
    into.write_all(b"\n]}\n")?;
    Ok(())
}

/// What one file of bulk data holds.
enum Part {
    Patients,
    Records(RecordKind),
    Verbatim(String),
}

impl Part {
    fn name(&self) -> &str {
        match self {
            Self::Patients => "Patient",
            Self::Records(kind) => kind.resource_type(),
            Self::Verbatim(kind) => kind,
        }
    }
}

/// Writes a zip of one file a type. The patients are read once for each, so that nothing waits in memory.
pub(crate) fn ndjson(
    t: &Connection,
    context: &ExportContext<'_>,
    out: &Outgoing<'_>,
    into: &mut dyn Write,
    running: &mut Running,
) -> Result<(), ExportError> {
    let mut zip = zip::ZipWriter::new_stream(into);
    let options = zip::write::SimpleFileOptions::default().large_file(true);
    let mut referred = HashSet::new();
    let mut verbatim = BTreeSet::new();
    let mut parts: Vec<Part> =
        std::iter::once(Part::Patients).chain(RecordKind::ALL.into_iter().map(Part::Records)).collect();
    let mut at = 0;
    while at < parts.len() {
        let part = &parts[at];
        let mut open = false;
        for (done, row) in context.patients.iter().enumerate() {
            go_on(context)?;
            let chart = Chart::read(t, *row, out)?;
            let losses = &mut running.losses;
            let trees = match part {
                Part::Patients => {
                    verbatim.extend(chart.verbatim_types());
                    vec![chart.patient(t, out, losses)?]
                }
                Part::Records(kind) => chart.records(t, *kind, out, losses)?,
                Part::Verbatim(kind) => chart.verbatim(t, kind, out, losses)?,
            };
            for mut tree in trees {
                if !std::mem::replace(&mut open, true) {
                    zip.start_file(format!("{}.ndjson", part.name()), options)?;
                }
                note_referred(&mut tree, out, &mut referred);
                running.count(part.name());
                writeln!(zip, "{}", tree.to_json())?;
            }
            if matches!(part, Part::Records(RecordKind::DocumentReference)) {
                for document in chart.documents(t)? {
                    if !std::mem::replace(&mut open, true) {
                        zip.start_file(format!("{}.ndjson", part.name()), options)?;
                    }
                    running.count(part.name());
                    writeln!(zip, "{}", chart.document(&document, out, &mut running.losses).to_json())?;
                }
            }
            // The first pass tells of all others: all are of about the same length.
            let share = (at as u64 * context.patients.len() as u64 + done as u64 + 1) / parts.len() as u64;
            (context.progress)(share);
        }
        if at == 0 {
            parts.extend(std::mem::take(&mut verbatim).into_iter().map(Part::Verbatim));
        }
        at += 1;
    }
    let mut open: Option<String> = None;
    for name in all_nobodys(context, out, referred) {
        go_on(context)?;
        let Some(tree) = nobodys(t, out, &name, &mut running.losses)? else { continue };
        if open.as_ref() != Some(&name.0) {
            // A type that patients have too: its file is closed by now.
            let taken = parts.iter().any(|p| p.name() == name.0 && running.counts.contains_key(&name.0));
            let suffix = if taken { ".000" } else { "" };
            zip.start_file(format!("{}{suffix}.ndjson", name.0), options)?;
            open = Some(name.0.clone());
        }
        running.count(&name.0);
        writeln!(zip, "{}", tree.to_json())?;
    }
    zip.finish()?;
    (context.progress)(context.patients.len() as u64);
    Ok(())
}
