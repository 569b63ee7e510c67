//! What was found before, by the hash of what was asked and the range of patients.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::events::Events;
use super::group::IndexEvents;
use super::plan::Key;

#[derive(Clone)]
pub(super) enum Found {
    Events(Arc<Events>),
    Qualified(Arc<IndexEvents>),
    Rule(Arc<Vec<bool>>),
}

impl Found {
    fn bytes(&self) -> usize {
        64 + match self {
            Self::Events(events) => events.bytes(),
            Self::Qualified(events) => events.bytes(),
            Self::Rule(held) => held.len(),
        }
    }
}

#[derive(Default)]
struct Held {
    found: HashMap<(Key, u32), Found>,
    bytes: usize,
}

/// At most so many bytes; when they are used up, all is forgotten at once.
pub(super) struct Cache {
    held: Mutex<Held>,
    limit: usize,
}

impl Cache {
    pub fn new(limit: usize) -> Self {
        Self { held: Mutex::new(Held::default()), limit }
    }

    pub fn get(&self, key: Key, range: u32) -> Option<Found> {
        self.held.lock().found.get(&(key, range)).cloned()
    }

    pub fn put(&self, key: Key, range: u32, found: Found) {
        let bytes = found.bytes();
        let mut held = self.held.lock();
        if held.bytes + bytes > self.limit {
            *held = Held::default();
        }
        if bytes <= self.limit && held.found.insert((key, range), found).is_none() {
            held.bytes += bytes;
        }
    }
}
