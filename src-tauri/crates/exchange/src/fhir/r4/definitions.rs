//! The published definitions, as `definitions.tsv` holds them (`examples/r4_definitions.rs` writes it from the core package).

use std::collections::HashMap;
use std::sync::OnceLock;

const TABLE: &str = include_str!("definitions.tsv");

/// What an element's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A JSON value; the name of its FHIR type, which begins with a small letter.
    Primitive(&'static str),
    /// An object; the name of its type, or the path of an element that has parts of its own.
    Complex(&'static str),
    /// Any resource.
    Resource,
}

impl Kind {
    fn named(name: &'static str) -> Self {
        match name.strip_prefix('@') {
            Some(path) => Self::Complex(path),
            None if name == "Resource" => Self::Resource,
            None if name.starts_with(|c: char| c.is_ascii_lowercase()) => Self::Primitive(name),
            None => Self::Complex(name),
        }
    }

    pub(super) const fn is_primitive(self) -> bool {
        matches!(self, Self::Primitive(_))
    }
}

/// One element of a type.
#[derive(Debug)]
pub(super) struct Element {
    pub is_list: bool,
    pub kind: Kind,
    /// `value` of `valueString`.
    pub choice: Option<&'static str>,
    /// The codes of a required binding.
    pub codes: Option<Vec<&'static str>>,
    /// Types that a reference may be to; none where any may be.
    pub targets: Option<Vec<&'static str>>,
}

/// An element that must be there, in one of its names.
#[derive(Debug)]
pub(super) struct Required {
    pub shown: String,
    pub names: Vec<&'static str>,
}

/// A type, or an element with parts of its own.
#[derive(Debug, Default)]
pub(super) struct Type {
    pub elements: HashMap<&'static str, Element>,
    pub required: Vec<Required>,
}

impl Type {
    fn take(&mut self, line: &'static str) -> Option<()> {
        let mut cells = line.split('\t');
        let (name, min, max) = (cells.next()?, cells.next()?, cells.next()?);
        let kind = Kind::named(cells.next()?);
        let choice = cells.next().filter(|c| !c.is_empty());
        let extra = cells.next().unwrap_or_default();
        let listed = |mark: char| extra.strip_prefix(mark).map(|all| all.split('|').collect());
        if min != "0" {
            let shown = choice.map_or_else(|| name.to_owned(), |choice| format!("{choice}[x]"));
            match self.required.last_mut() {
                Some(last) if choice.is_some() && last.shown == shown => last.names.push(name),
                _ => self.required.push(Required { shown, names: vec![name] }),
            }
        }
        let (codes, targets) = (listed('='), listed('>'));
        self.elements.insert(name, Element { is_list: max == "*", kind, choice, codes, targets });
        Some(())
    }
}

/// All types by name, and elements with parts by path.
pub(super) fn definitions() -> &'static HashMap<&'static str, Type> {
    static READ: OnceLock<HashMap<&'static str, Type>> = OnceLock::new();
    READ.get_or_init(|| {
        let mut types: HashMap<&'static str, Type> = HashMap::new();
        let mut current = "";
        for line in TABLE.lines() {
            match line.strip_prefix('>') {
                Some(name) => {
                    current = name;
                    types.entry(name).or_default();
                }
                None => {
                    types.entry(current).or_default().take(line);
                }
            }
        }
        types
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_every_type_that_it_names() {
        let all = definitions();
        assert_eq!(
            all.keys().filter(|name| !name.contains('.')).count(),
            188,
            "resources and data types of 4.0.1"
        );
        for (name, of) in all {
            assert!(!of.elements.is_empty(), "{name}");
            for (element, one) in &of.elements {
                if let Kind::Complex(of) = one.kind {
                    assert!(all.contains_key(of), "{name}.{element} is a {of}");
                }
            }
        }
        let contact = &all["Patient"].elements["contact"];
        assert_eq!((contact.kind, contact.is_list), (Kind::Complex("Patient.contact"), true));
        assert_eq!(
            all["Observation.component"].elements["referenceRange"].kind,
            Kind::Complex("Observation.referenceRange")
        );
    }
}
