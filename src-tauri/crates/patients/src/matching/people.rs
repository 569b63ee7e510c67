//! Many people, compactly: numbers into tables of texts.

use super::birth_date::BirthDate;
use super::interned::TextTable;
use super::person::{NormalPerson, Text};
use super::similarity::Shaped;

/// A person as numbers; 0 is null everywhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Person {
    /// Numbers into the tables, by [`Text`].
    pub text: [u32; Text::COUNT],
    /// [`BirthDate::packed`].
    pub birth: u32,
    /// Initial of the recorded sex.
    pub sex: u8,
    /// Generation of the suffix.
    pub generation: u8,
}

impl Person {
    /// The number of a field's text.
    pub fn get(&self, field: Text) -> u32 {
        self.text[field as usize]
    }

    /// Date of birth.
    pub fn birth_date(&self) -> BirthDate {
        BirthDate::unpacked(self.birth)
    }
}

/// Where a person's numbers lead to.
pub trait Values {
    /// A text with its shape.
    fn shaped(&self, field: Text, number: u32) -> Shaped<'_>;
    /// Hash of a name's phonetic code, 0 when there is none.
    fn sound(&self, field: Text, number: u32) -> u32;
    /// How many people have this value in this field.
    fn occurrences(&self, field: Text, number: u32) -> u32;
    /// How many people have any value in this field.
    fn present(&self, field: Text) -> u32;
    /// How many people were born on this date.
    fn born_on(&self, birth: u32) -> u32;
}

impl Values for Tables {
    fn shaped(&self, field: Text, number: u32) -> Shaped<'_> {
        self.texts[table_of(field)].shaped(number)
    }

    fn sound(&self, field: Text, number: u32) -> u32 {
        self.texts[table_of(field)].sound(number)
    }

    fn occurrences(&self, field: Text, number: u32) -> u32 {
        self.counts[field as usize].get(number as usize).copied().unwrap_or(0)
    }

    fn present(&self, field: Text) -> u32 {
        self.present[field as usize]
    }

    fn born_on(&self, birth: u32) -> u32 {
        self.births.get(&birth).copied().unwrap_or(0)
    }
}

/// Texts of all fields, and how often each occurs.
#[derive(Debug, Clone)]
pub struct Tables {
    /// By [`table_of`].
    texts: Vec<TextTable>,
    /// By [`Text`], then by number.
    counts: Vec<Vec<u32>>,
    /// Dates of birth that several people share, and how many do.
    births: std::collections::HashMap<u32, u32>,
    /// How many people have the field, by [`Text`].
    present: [u32; Text::COUNT],
}

/// All names share one table, so that a given name and a family name can be compared by number.
const fn table_of(field: Text) -> usize {
    match field {
        Text::Given | Text::Surname | Text::OtherSurname | Text::Middle => 0,
        other => other as usize,
    }
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            texts: (0..Text::COUNT).map(|_| TextTable::default()).collect(),
            counts: vec![Vec::new(); Text::COUNT],
            births: std::collections::HashMap::new(),
            present: [0; Text::COUNT],
        }
    }
}

impl Tables {
    /// Interns a person. It does not count: see [`Self::count`].
    pub fn intern(&mut self, person: &NormalPerson) -> Person {
        let text = std::array::from_fn(|n| {
            let field = Text::ALL[n];
            self.texts[table_of(field)].intern(&person.text[n], table_of(field) == 0)
        });
        Person { text, birth: person.birth_date.packed(), sex: person.sex, generation: person.generation }
    }

    /// Counts a person's values in (`by` = 1) or out (-1).
    pub fn count(&mut self, person: &Person, by: i32) {
        for field in Text::ALL {
            let number = person.get(field) as usize;
            if number == 0 {
                continue;
            }
            let counts = &mut self.counts[field as usize];
            if counts.len() <= number {
                counts.resize(number + 1, 0);
            }
            counts[number] = counts[number].saturating_add_signed(by);
            self.present[field as usize] = self.present[field as usize].saturating_add_signed(by);
        }
        if person.birth != 0 {
            let count = self.births.entry(person.birth).or_default();
            *count = count.saturating_add_signed(by);
        }
    }

    /// The table of a field.
    pub fn texts(&self, field: Text) -> &TextTable {
        &self.texts[table_of(field)]
    }

    /// All tables, in order.
    pub fn all_texts(&self) -> &[TextTable] {
        &self.texts
    }

    /// Tables read back; people are interned and counted by the caller.
    pub fn from_texts(texts: Vec<TextTable>) -> Option<Self> {
        (texts.len() == Text::COUNT).then(|| Self { texts, ..Self::default() })
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.texts.iter().map(TextTable::heap_bytes).sum::<usize>()
            + self.counts.iter().map(|c| c.capacity() * 4).sum::<usize>()
            + self.births.capacity() * 9
    }

    /// Gives room back that growing left over.
    pub fn shrink(&mut self) {
        self.texts.iter_mut().for_each(TextTable::shrink);
        self.counts.iter_mut().for_each(Vec::shrink_to_fit);
    }
}

/// The people of one or two files.
#[derive(Debug, Default)]
pub struct People {
    /// Each person, in an order that does not depend on the order of the rows.
    pub persons: Vec<Person>,
    /// Row of each person in what was given.
    pub rows: Vec<u32>,
    /// Whether the person is of the second file.
    pub second: Vec<bool>,
    /// Their texts.
    pub tables: Tables,
    /// Two files: only pairs across are looked at.
    pub linking: bool,
}

impl People {
    /// One file, to be searched for duplicates.
    pub fn of_one(people: &[NormalPerson]) -> Self {
        Self::of(people.iter().map(|p| (p, false)), false)
    }

    /// Two files, to be linked. Rows of the second follow those of the first.
    pub fn of_two(first: &[NormalPerson], second: &[NormalPerson]) -> Self {
        let all = first.iter().map(|p| (p, false)).chain(second.iter().map(|p| (p, true)));
        Self::of(all, true)
    }

    fn of<'a>(all: impl Iterator<Item = (&'a NormalPerson, bool)>, linking: bool) -> Self {
        let mut sorted: Vec<(&NormalPerson, bool, u32)> =
            all.enumerate().map(|(n, (p, s))| (p, s, n as u32)).collect();
        // Everything after this depends on the order of the people: sampling, sums of floating-point numbers. Sorted by
        // content, shuffled rows give the same result to the last bit.
        sorted.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.cmp(&b.2)));
        let mut people = Self { linking, ..Self::default() };
        for (person, second, row) in sorted {
            let person = people.tables.intern(person);
            people.tables.count(&person, 1);
            people.persons.push(person);
            people.second.push(second);
            people.rows.push(row);
        }
        people
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.persons.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.persons.is_empty()
    }

    /// All pairs that could be looked at.
    pub fn possible_pairs(&self) -> u64 {
        let n = self.len() as u64;
        if self.linking {
            let second = self.second.iter().filter(|s| **s).count() as u64;
            (n - second) * second
        } else {
            n * n.saturating_sub(1) / 2
        }
    }
}
