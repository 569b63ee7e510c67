//! The events of one kind: concept by concept, within a concept by patient, day and row.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::OnceLock;

use zeroize::Zeroize;

use super::bytes::{Bytes, Corrupt, put_i32s, put_i64s, put_u32s, put_u64};
use super::column::{Integers, Texts};
use crate::definition::Column;

/// Last days by row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ends {
    /// The day after the first.
    #[default]
    NextDay,
    /// As given.
    Days(Vec<i32>),
}

/// Events patient by patient.
#[derive(Debug)]
pub(crate) struct ByPatient {
    /// Where the events of a patient begin in `order`.
    pub offsets: Vec<u32>,
    /// Positions of events by patient, first day and row.
    pub order: Vec<u32>,
}

/// The events of one kind. A position is an event's place in the arrays; all arrays have the same length.
#[derive(Debug, Default)]
pub struct Domain {
    /// Concepts that have events, sorted.
    pub(crate) concepts: Vec<i64>,
    /// Where the events of a concept begin.
    pub(crate) offsets: Vec<u32>,
    /// Patient by position.
    pub(crate) patients: Vec<u32>,
    /// First day by position, in days since 1970-01-01.
    pub(crate) starts: Vec<i32>,
    pub(crate) ends: Ends,
    /// Number of the row in its table.
    pub(crate) rows: Integers,
    /// Visit that the event belongs to.
    pub(crate) visits: Integers,
    /// Whole numbers, and the bits of numbers, by column.
    pub(crate) integers: BTreeMap<Column, Integers>,
    pub(crate) texts: BTreeMap<Column, Texts>,
    pub(crate) by_patient: OnceLock<ByPatient>,
}

impl Default for Integers {
    fn default() -> Self {
        Self::Constant(crate::omop::NO_INTEGER)
    }
}

impl Domain {
    /// How many events there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.patients.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.patients.is_empty()
    }

    /// Positions of the events of a concept.
    #[must_use]
    pub fn postings(&self, concept_id: i64) -> Range<usize> {
        match self.concepts.binary_search(&concept_id) {
            Ok(at) => self.offsets[at] as usize..self.offsets[at + 1] as usize,
            Err(_) => 0..0,
        }
    }

    /// Last day of an event.
    pub(crate) fn end(&self, position: usize) -> i32 {
        match &self.ends {
            Ends::NextDay => self.starts[position] + 1,
            Ends::Days(days) => days[position],
        }
    }

    /// Number of an event's row.
    pub(crate) fn row(&self, position: usize) -> i64 {
        self.rows.get(position).unwrap_or_default()
    }

    /// Concept of an event.
    pub(crate) fn concept(&self, position: usize) -> Option<i64> {
        let after = self.offsets.partition_point(|offset| *offset as usize <= position);
        let concept = *self.concepts.get(after.checked_sub(1)?)?;
        (concept != crate::omop::NO_INTEGER).then_some(concept)
    }

    /// The events patient by patient; made at first use.
    pub(crate) fn by_patient(&self, patients: usize) -> &ByPatient {
        self.by_patient.get_or_init(|| {
            let mut offsets = vec![0_u32; patients + 1];
            for patient in &self.patients {
                offsets[*patient as usize + 1] += 1;
            }
            for at in 0..patients {
                offsets[at + 1] += offsets[at];
            }
            let mut next = offsets.clone();
            let mut order = vec![0_u32; self.len()];
            for (position, patient) in self.patients.iter().enumerate() {
                let slot = &mut next[*patient as usize];
                order[*slot as usize] = position as u32;
                *slot += 1;
            }
            for patient in 0..patients {
                let own = &mut order[offsets[patient] as usize..offsets[patient + 1] as usize];
                own.sort_unstable_by_key(|at| (self.starts[*at as usize], self.row(*at as usize)));
            }
            ByPatient { offsets, order }
        })
    }

    /// Bytes in memory, the patient-major order not counted.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let ends = match &self.ends {
            Ends::NextDay => 0,
            Ends::Days(days) => 4 * days.len(),
        };
        8 * self.concepts.len()
            + 4 * (self.offsets.len() + self.patients.len() + self.starts.len())
            + ends
            + self.rows.bytes()
            + self.visits.bytes()
            + self.integers.values().map(Integers::bytes).sum::<usize>()
            + self.texts.values().map(Texts::bytes).sum::<usize>()
    }

    /// Overwrites what it holds of patients.
    pub(super) fn wipe(&mut self) {
        self.patients.zeroize();
        self.starts.zeroize();
        if let Ends::Days(days) = &mut self.ends {
            days.zeroize();
        }
        self.rows.wipe();
        self.visits.wipe();
        self.integers.values_mut().for_each(Integers::wipe);
        self.texts.values_mut().for_each(Texts::wipe);
        if let Some(mut by_patient) = self.by_patient.take() {
            by_patient.offsets.zeroize();
            by_patient.order.zeroize();
        }
    }

    pub(super) fn put(&self, out: &mut impl Write) -> io::Result<()> {
        put_i64s(out, &self.concepts)?;
        put_u32s(out, &self.offsets)?;
        put_u32s(out, &self.patients)?;
        put_i32s(out, &self.starts)?;
        match &self.ends {
            Ends::NextDay => put_u64(out, 0)?,
            Ends::Days(days) => {
                put_u64(out, 1)?;
                put_i32s(out, days)?;
            }
        }
        self.rows.put(out)?;
        self.visits.put(out)?;
        put_u64(out, self.integers.len() as u64)?;
        for (column, values) in &self.integers {
            put_u64(out, *column as u64)?;
            values.put(out)?;
        }
        put_u64(out, self.texts.len() as u64)?;
        for (column, values) in &self.texts {
            put_u64(out, *column as u64)?;
            values.put(out)?;
        }
        Ok(())
    }

    /// `patients`: how many there are.
    pub(super) fn take(bytes: &mut Bytes<'_>, patients: usize) -> Result<Self, Corrupt> {
        let concepts = bytes.i64s()?;
        let offsets = bytes.u32s()?;
        let of_patients = bytes.u32s()?;
        let rows = of_patients.len();
        let starts = bytes.i32s()?;
        let ends = match bytes.u64()? {
            0 => Ends::NextDay,
            1 => Ends::Days(bytes.i32s()?),
            _ => return Err(Corrupt),
        };
        let mut domain = Self {
            concepts,
            offsets,
            patients: of_patients,
            starts,
            ends,
            rows: Integers::take(bytes, rows)?,
            visits: Integers::take(bytes, rows)?,
            ..Self::default()
        };
        for _ in 0..bytes.u64()? {
            let column = column(bytes.u64()?)?;
            domain.integers.insert(column, Integers::take(bytes, rows)?);
        }
        for _ in 0..bytes.u64()? {
            let column = column(bytes.u64()?)?;
            domain.texts.insert(column, Texts::take(bytes, rows)?);
        }
        let sound = domain.starts.len() == rows
            && matches!(&domain.ends, Ends::NextDay)
                | matches!(&domain.ends, Ends::Days(d) if d.len() == rows)
            && (rows == 0 || domain.offsets.len() == domain.concepts.len() + 1)
            && domain.offsets.is_sorted()
            && domain.offsets.last().is_none_or(|last| *last as usize == rows)
            && domain.patients.iter().all(|patient| (*patient as usize) < patients);
        if sound { Ok(domain) } else { Err(Corrupt) }
    }
}

/// Columns that are held, by the number under which a file names them.
fn column(number: u64) -> Result<Column, Corrupt> {
    super::tables::EVENT_TABLES
        .iter()
        .flat_map(|table| table.columns.iter().map(|(column, _, _)| *column))
        .chain([Column::ProviderSpecialty, Column::VisitType, Column::PlaceOfService])
        .find(|column| *column as u64 == number)
        .ok_or(Corrupt)
}
