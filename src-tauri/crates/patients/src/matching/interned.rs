//! Texts held once and named by a number.

use serde::{Deserialize, Serialize};

use super::similarity::{Shape, Shaped};

/// A table of distinct texts; number 0 is the empty text, which stands for null.
#[derive(Debug, Clone)]
pub struct TextTable {
    arena: String,
    entries: Vec<Entry>,
    /// Open addressing, numbers of entries; 0 is a free slot.
    slots: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    start: u32,
    length: u8,
    shape: Shape,
    /// Hash of the primary Double Metaphone code; 0 when there is none.
    sound: u32,
}

/// Longer texts are cut here, at a character's border: no name, street or address needs more.
const LONGEST: usize = 250;

impl Default for TextTable {
    fn default() -> Self {
        let nothing = Entry { start: 0, length: 0, shape: Shape::default(), sound: 0 };
        Self { arena: String::new(), entries: vec![nothing], slots: vec![0; 16] }
    }
}

/// FNV-1a, 64 bits, then mixed: the same on every machine and in every version, so that saved keys stay valid.
pub fn stable_hash(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    mixed(hash)
}

/// The finaliser of SplitMix64.
pub fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn cut(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    &text[..text.floor_char_boundary(LONGEST)]
}

/// Hash of the primary Double Metaphone code of a text in Latin letters; 0 when there is none.
pub fn sound_of(text: &str) -> u32 {
    let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
    if letters.is_empty() {
        return 0;
    }
    let code = rphonetic::DoubleMetaphone::new(Some(4)).double_metaphone(&letters).primary();
    if code.is_empty() { 0 } else { (stable_hash(code.as_bytes()) as u32).max(1) }
}

impl TextTable {
    /// Number of a text, which is added when it is new. `sounds` asks for its phonetic code.
    pub fn intern(&mut self, text: &str, sounds: bool) -> u32 {
        let text = cut(text);
        if text.is_empty() {
            return 0;
        }
        let (slot, found) = self.slot_of(text);
        if found != 0 {
            return found;
        }
        let number = self.entries.len() as u32;
        let start = self.arena.len() as u32;
        self.arena.push_str(text);
        let sound = if sounds { sound_of(text) } else { 0 };
        self.entries.push(Entry { start, length: text.len() as u8, shape: Shape::of(text), sound });
        self.slots[slot] = number;
        if self.entries.len() * 4 > self.slots.len() * 3 {
            self.rehash(self.slots.len() * 2);
        }
        number
    }

    /// Number of a text that is already here.
    pub fn find(&self, text: &str) -> Option<u32> {
        let text = cut(text);
        if text.is_empty() {
            return Some(0);
        }
        Some(self.slot_of(text).1).filter(|n| *n != 0)
    }

    fn slot_of(&self, text: &str) -> (usize, u32) {
        let mask = self.slots.len() - 1;
        let mut slot = stable_hash(text.as_bytes()) as usize & mask;
        loop {
            match self.slots[slot] {
                0 => return (slot, 0),
                n if self.text(n) == text => return (slot, n),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn rehash(&mut self, size: usize) {
        self.slots = vec![0; size];
        for number in 1..self.entries.len() as u32 {
            let mut slot = stable_hash(self.text(number).as_bytes()) as usize & (size - 1);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            self.slots[slot] = number;
        }
    }

    /// The text of a number.
    pub fn text(&self, number: u32) -> &str {
        let entry = &self.entries[number as usize];
        &self.arena[entry.start as usize..entry.start as usize + usize::from(entry.length)]
    }

    /// The text with its shape.
    pub fn shaped(&self, number: u32) -> Shaped<'_> {
        Shaped { text: self.text(number), shape: self.entries[number as usize].shape }
    }

    /// Hash of the phonetic code, 0 when there is none.
    pub fn sound(&self, number: u32) -> u32 {
        self.entries[number as usize].sound
    }

    /// Distinct texts, the empty one included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no text but the empty one.
    pub fn is_empty(&self) -> bool {
        self.entries.len() == 1
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.arena.capacity() + self.entries.capacity() * size_of::<Entry>() + self.slots.capacity() * 4
    }

    /// Gives room back that growing left over.
    pub fn shrink(&mut self) {
        self.arena.shrink_to_fit();
        self.entries.shrink_to_fit();
    }

    /// What is needed to rebuild it.
    pub fn saved(&self) -> SavedTexts {
        SavedTexts {
            arena: self.arena.clone(),
            lengths: self.entries[1..].iter().map(|e| e.length).collect(),
            sounds: self.entries[1..].iter().map(|e| e.sound).collect(),
        }
    }

    /// Rebuilds it; `None` when the parts do not fit together.
    pub fn restored(saved: SavedTexts) -> Option<Self> {
        let mut table = Self { arena: saved.arena, ..Self::default() };
        if saved.sounds.len() != saved.lengths.len() {
            return None;
        }
        table.entries.reserve_exact(saved.lengths.len());
        let mut start = 0usize;
        for (length, sound) in saved.lengths.into_iter().zip(saved.sounds) {
            let text = table.arena.get(start..start + usize::from(length))?;
            let entry = Entry { start: u32::try_from(start).ok()?, length, shape: Shape::of(text), sound };
            table.entries.push(entry);
            start += usize::from(length);
        }
        let size = (table.entries.len() * 3 / 2).next_power_of_two().max(16);
        table.rehash(size);
        (start == table.arena.len()).then_some(table)
    }
}

/// A [`TextTable`] to be written.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SavedTexts {
    /// All texts, one after the other.
    pub arena: String,
    /// Bytes of each.
    pub lengths: Vec<u8>,
    /// Phonetic codes' hashes.
    pub sounds: Vec<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_and_survives_saving() {
        let mut table = TextTable::default();
        let numbers: Vec<u32> = (0..1000).map(|n| table.intern(&format!("name {n}"), true)).collect();
        assert_eq!(table.intern("name 7", true), numbers[7]);
        assert_eq!(table.intern("", true), 0);
        let back = TextTable::restored(table.saved()).unwrap();
        for (n, number) in numbers.iter().enumerate() {
            assert_eq!(back.find(&format!("name {n}")), Some(*number));
            assert_eq!(back.sound(*number), table.sound(*number));
        }
        assert_eq!(back.find("nobody"), None);
    }

    #[test]
    fn like_sounding_names_share_a_code() {
        assert_eq!(sound_of("smith"), sound_of("smyth"));
        assert_ne!(sound_of("smith"), sound_of("jones"));
        assert_eq!(sound_of("山田"), 0);
    }
}
