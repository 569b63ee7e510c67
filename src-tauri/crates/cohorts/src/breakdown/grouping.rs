//! What makes a group: the code itself, or its block or chapter in ICD-10-CM.

use std::collections::HashMap;

use rustcare_model::code::{ICD_10_CM, short_system_name};
use serde::{Deserialize, Serialize};

use crate::columns::{CodeIndex, Columns, NamedCode};
use crate::icd_10_cm::{self, Node};
use crate::risk_factor::{self, Factors};

/// How diagnoses are put together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// Each code by itself.
    #[default]
    Code,
    /// Blocks of ICD-10-CM, the groups right below its chapters: `E08-E13`. Codes of other systems stay by themselves.
    Block,
    /// Chapters of ICD-10-CM: `4`. Codes of other systems stay by themselves.
    Chapter,
}

/// Place of a group.
pub(super) type GroupIndex = u32;

/// A group and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedGroup {
    pub code: String,
    /// URI.
    pub system: String,
    pub title: String,
    /// Risk factors that one of its diagnoses itself makes.
    pub own_factors: Factors,
}

impl NamedGroup {
    fn of(code: &NamedCode) -> Self {
        Self {
            code: code.code.clone(),
            system: code.system.clone(),
            title: code.title.clone(),
            own_factors: 0,
        }
    }

    pub fn short_system(&self) -> &str {
        short_system_name(&self.system)
    }
}

/// The groups of all codes.
pub(super) struct Groups {
    pub grouping: Grouping,
    /// Every group that a code is in.
    pub all: Vec<NamedGroup>,
    by_code: Vec<GroupIndex>,
}

impl Groups {
    pub fn new(columns: &Columns, grouping: Grouping) -> Self {
        let mut groups = Self { grouping, all: Vec::new(), by_code: Vec::with_capacity(columns.codes.len()) };
        let mut of_nodes: HashMap<Node, GroupIndex> = HashMap::new();
        for code in &columns.codes {
            let at = match node(code, grouping) {
                None => groups.push(NamedGroup::of(code)),
                Some(node) => *of_nodes.entry(node).or_insert_with(|| groups.push(named(node, code))),
            };
            groups.by_code.push(at);
            if code.system == ICD_10_CM
                && let Some(group) = groups.all.get_mut(at as usize)
            {
                group.own_factors |= risk_factor::of_icd_10_cm(&code.code);
            }
        }
        groups
    }

    fn push(&mut self, group: NamedGroup) -> GroupIndex {
        self.all.push(group);
        self.all.len() as GroupIndex - 1
    }

    /// The group of a code.
    pub fn of(&self, code: CodeIndex) -> GroupIndex {
        self.by_code[code as usize]
    }

    pub fn get(&self, group: GroupIndex) -> &NamedGroup {
        &self.all[group as usize]
    }
}

/// The node that stands for the group of a code, `None` where the code stands for itself.
fn node(code: &NamedCode, grouping: Grouping) -> Option<Node> {
    if grouping == Grouping::Code || code.system != ICD_10_CM {
        return None;
    }
    let tree = icd_10_cm::tree();
    let own = tree.nearest(&code.code)?;
    let up: Vec<Node> = std::iter::once(own).chain(tree.above(own)).collect();
    match grouping {
        Grouping::Code => None,
        // A chapter by itself, should one be recorded, has no block.
        Grouping::Block => up.len().checked_sub(2).map(|at| up[at]),
        Grouping::Chapter => up.last().copied(),
    }
}

fn named(node: Node, code: &NamedCode) -> NamedGroup {
    match icd_10_cm::tree().entry(node) {
        None => NamedGroup::of(code),
        Some(entry) => NamedGroup {
            code: entry.code.to_string(),
            system: ICD_10_CM.to_owned(),
            title: entry.title.to_string(),
            own_factors: 0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_to_their_block_and_chapter_and_others_stay_by_themselves() {
        let code = |system: &str, code: &str| NamedCode {
            system: system.into(),
            code: code.into(),
            title: format!("Title of {code}"),
        };
        let columns = Columns {
            codes: vec![
                code(ICD_10_CM, "E11.9"),
                code(ICD_10_CM, "e109"),
                code(ICD_10_CM, "B20"),
                code("http://snomed.info/sct", "44054006"),
                code(ICD_10_CM, "XYZ"),
                code("", "words alone"),
            ],
            ..Columns::default()
        };
        let codes = |grouping| {
            let groups = Groups::new(&columns, grouping);
            (0..6).map(|at| groups.get(groups.of(at)).code.clone()).collect::<Vec<_>>()
        };
        assert_eq!(codes(Grouping::Code), ["E11.9", "e109", "B20", "44054006", "XYZ", "words alone"]);
        assert_eq!(codes(Grouping::Block), ["E08-E13", "E08-E13", "B20", "44054006", "XYZ", "words alone"]);
        assert_eq!(codes(Grouping::Chapter), ["4", "4", "1", "44054006", "XYZ", "words alone"]);
        let groups = Groups::new(&columns, Grouping::Chapter);
        assert_eq!(groups.all.len(), 5);
        assert!(groups.get(0).title.starts_with("Endocrine") && groups.get(0).own_factors != 0);
        assert_eq!(groups.get(groups.of(3)).short_system(), "SNOMED CT");
    }
}
