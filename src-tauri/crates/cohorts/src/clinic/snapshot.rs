//! The clinic's records as bytes that are kept encrypted, so that they need not be read anew at each opening.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{ClinicConcept, ClinicData, MappedCodes};
use crate::engine::UnitNames;
use crate::index::Index;

/// Raised whenever the same records may make another index.
const VERSION: u32 = 3;

/// What stands before the index.
#[derive(Serialize, Deserialize)]
struct Heading {
    version: u32,
    data_version: u64,
    only_on: Option<Date>,
    concepts: BTreeMap<i64, ClinicConcept>,
    units: BTreeMap<i64, String>,
    mapped: Option<MappedCodes>,
    together: BTreeMap<i64, Vec<i64>>,
}

impl ClinicData {
    /// Whether it is what reading these data on this day would give.
    #[must_use]
    pub fn is_of(&self, data_version: u64, day: Date) -> bool {
        self.data_version == data_version && self.only_on.is_none_or(|only| only == day)
    }

    /// The records as bytes; they hold what the index holds, and are to be encrypted.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let heading = Heading {
            version: VERSION,
            data_version: self.data_version,
            only_on: self.only_on,
            concepts: self.concepts.clone(),
            units: self.units.clone().into_iter().collect(),
            mapped: self.mapped,
            together: self.together.clone(),
        };
        let heading = Zeroizing::new(serde_json::to_vec(&heading).unwrap_or_default());
        // Room for all at once: what grows leaves what it held behind in memory.
        let mut bytes =
            Zeroizing::new(Vec::with_capacity(heading.len() + 2 * self.index.event_bytes() + (1 << 24)));
        bytes.extend_from_slice(&(heading.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&heading);
        self.index.append_to(&mut bytes);
        bytes
    }

    /// Reads what [`ClinicData::to_bytes`] wrote; none where it is of another version or not as it was written.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<8>()?;
        let (heading, index) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        let heading: Heading = serde_json::from_slice(heading).ok()?;
        if heading.version != VERSION {
            return None;
        }
        Some(Self {
            index: Index::of_bytes(index)?,
            concepts: heading.concepts,
            units: heading.units.into_iter().collect::<UnitNames>(),
            data_version: heading.data_version,
            only_on: heading.only_on,
            mapped: heading.mapped,
            together: heading.together,
        })
    }
}
