//! ICD-10-CM as it ships with the program: codes, titles, and the tree of chapters, blocks and codes.
//!
//! Source: ICD-10-CM, release of April 2026 (CDC, National Center for Health Statistics; a work of the United States
//! government, public domain). The hierarchy is that of its tabular list, arranged as a table by `simple-icd-10-cm` 1.5.0
//! (MIT, see `data/LICENSE.simple_icd_10_cm`).

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::OnceLock;

use rustcare_model::name::folded;

/// Release of the codes.
pub const RELEASE: &str = "April 2026";

const DATA: &[u8] = include_bytes!("../../data/icd_10_cm_2026_04.csv.gz");

/// Place of a node in the tree.
pub type Node = u32;

/// A chapter (`4`), a block (`E08-E13`) or a code (`E11.9`).
#[derive(Debug)]
pub struct Entry {
    /// As written.
    pub code: Box<str>,
    /// Its title.
    pub title: Box<str>,
    /// The next larger group; none of a chapter.
    pub parent: Option<Node>,
    /// Whether it may be recorded: nothing finer is below it.
    pub is_leaf: bool,
    /// For searching: a blank before each word.
    words: Box<str>,
}

/// The tree.
#[derive(Debug)]
pub struct Tree {
    entries: Vec<Entry>,
    by_code: HashMap<Box<str>, Node>,
}

/// The tree that ships with the program; unpacked at first use.
pub fn tree() -> &'static Tree {
    static TREE: OnceLock<Tree> = OnceLock::new();
    TREE.get_or_init(|| {
        let mut text = String::new();
        // The data are part of the program, and a test reads them whole: an error here is none that a person could meet.
        let _ = flate2::read::GzDecoder::new(DATA).read_to_string(&mut text);
        Tree::read(&text)
    })
}

/// A code without its dot, in capitals.
fn plain(code: &str) -> String {
    code.trim().chars().filter(|c| *c != '.').map(|c| c.to_ascii_uppercase()).collect()
}

impl Tree {
    fn read(text: &str) -> Self {
        let mut tree = Self { entries: Vec::new(), by_code: HashMap::new() };
        let mut chapter = None;
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for row in reader.records().flatten() {
            let cell = |at: usize| row.get(at).unwrap_or_default();
            let own = plain(cell(0));
            // A block of a single category has the category's code and stands in the table twice: it is one group here. Its row
            // names itself as what it is in; it is in the chapter that the rows are of.
            if tree.by_code.contains_key(own.as_str()) {
                continue;
            }
            // A parent stands before what is below it.
            let parent = match cell(3) {
                "" => None,
                same if plain(same) == own => chapter,
                other => tree.by_code.get(plain(other).as_str()).copied(),
            };
            if parent.is_none() {
                chapter = Some(tree.entries.len() as Node);
            }
            tree.by_code.insert(own.into(), tree.entries.len() as Node);
            tree.entries.push(Entry {
                code: cell(0).into(),
                title: cell(1).into(),
                parent,
                is_leaf: cell(2) == "1",
                words: format!(" {}", folded(cell(1))).into(),
            });
        }
        tree
    }

    /// How many chapters, blocks and codes there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// An entry.
    #[must_use]
    pub fn entry(&self, node: Node) -> Option<&Entry> {
        self.entries.get(node as usize)
    }

    /// The node of a code, with or without its dot.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<Node> {
        self.by_code.get(plain(code).as_str()).copied()
    }

    /// The node of a code, or of the longest code that it begins with: a finer code of another release is still its kind.
    #[must_use]
    pub fn nearest(&self, code: &str) -> Option<Node> {
        let plain = plain(code);
        (3..=plain.len())
            .rev()
            .filter_map(|length| plain.get(..length))
            .find_map(|begin| self.by_code.get(begin).copied())
    }

    /// The larger groups, from the next one up to the chapter.
    pub fn above(&self, node: Node) -> impl Iterator<Item = Node> {
        std::iter::successors(self.parent(node), |node| self.parent(*node))
    }

    fn parent(&self, node: Node) -> Option<Node> {
        self.entry(node)?.parent
    }

    /// What a person who types means: a code by its beginning, or titles that hold every typed word; larger groups first.
    #[must_use]
    pub fn search(&self, typed: &str, most: usize) -> Vec<Node> {
        let code = plain(typed);
        let words = folded(typed);
        let words: Vec<String> =
            words.split(' ').filter(|word| !word.is_empty()).map(|word| format!(" {word}")).collect();
        if words.is_empty() || most == 0 {
            return Vec::new();
        }
        let is_code = code.len() <= 8 && code.chars().any(|c| c.is_ascii_digit());
        let mut found: Vec<(u8, u8, Node)> = Vec::new();
        for (at, entry) in self.entries.iter().enumerate() {
            let rank = if is_code && plain(&entry.code).starts_with(&code) {
                0
            } else if words.iter().all(|word| entry.words.contains(word.as_str())) {
                1
            } else {
                continue;
            };
            let depth = self.above(at as Node).take(9).count() as u8;
            found.push((rank, depth, at as Node));
        }
        found.sort_unstable();
        found.into_iter().take(most).map(|(_, _, node)| node).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_holds_the_release_and_every_code_leads_to_its_chapter() {
        let tree = tree();
        // 98 505 rows of the published table, of which 39 say a block of one category again.
        assert_eq!(tree.len(), 98_505 - 39);
        let chapters = tree.entries.iter().filter(|entry| entry.parent.is_none());
        assert_eq!(chapters.clone().count(), 22);
        assert!(chapters.into_iter().all(|chapter| chapter.code.parse::<u8>().is_ok()));
        for node in 0..tree.len() as Node {
            assert!(tree.above(node).take(9).count() < 9, "no circle");
        }
        let code = |node: Node| &*tree.entry(node).unwrap().code;
        let diabetes = tree.find("e119").unwrap();
        assert_eq!(code(diabetes), "E11.9");
        assert_eq!(tree.above(diabetes).map(code).collect::<Vec<_>>(), ["E11", "E08-E13", "4"]);
        let hiv = tree.find("B20").unwrap();
        assert_eq!(tree.above(hiv).map(code).collect::<Vec<_>>(), ["1"]);
        assert!(tree.entry(hiv).unwrap().is_leaf);
    }

    #[test]
    fn a_finer_code_of_another_release_is_still_its_kind() {
        let tree = tree();
        let code = |node: Option<Node>| tree.entry(node.unwrap()).unwrap().code.to_string();
        assert_eq!(code(tree.nearest("E11.9999")), "E11.9");
        assert_eq!(code(tree.nearest("I10")), "I10");
        assert_eq!(tree.nearest("XYZ"), None);
        assert_eq!(tree.nearest(""), None);
        assert_eq!(tree.nearest("É11"), None);
    }

    #[test]
    fn words_and_codes_find_what_a_person_means() {
        let tree = tree();
        let found = |typed: &str| -> Vec<String> {
            tree.search(typed, 5).into_iter().map(|n| tree.entry(n).unwrap().code.to_string()).collect()
        };
        assert_eq!(found("type 2 diab")[0], "E11");
        assert_eq!(found("E11")[0], "E11");
        assert_eq!(found("e11.9")[0], "E11.9");
        assert_eq!(found("hypertension essential")[0], "I10");
        assert!(found("  ").is_empty() && found("qqqq").is_empty());
    }
}
