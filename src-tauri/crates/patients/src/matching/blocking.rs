//! Which pairs are looked at: those that share a key. Every such pair is met once, however many keys it shares.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::interned::{mixed, stable_hash};
use super::people::{People, Person, Tables, Values};
use super::person::Text;

/// A rule: two people are looked at when they have the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(usize)]
pub enum Rule {
    /// National or legal identifier.
    LegalId,
    /// Health plan number.
    PlanId,
    /// Telephone.
    Phone,
    /// E-mail.
    Email,
    /// Date of birth.
    BirthDate,
    /// Date of birth, day and month in either order.
    DayMonthExchanged,
    /// Given and family name, in either order.
    BothNames,
    /// Family name as it sounds (Double Metaphone), and year of birth.
    SoundAndYear,
    /// Street and house number.
    StreetAndNumber,
    /// State and street.
    StateAndStreet,
    /// Given name.
    GivenName,
    /// Family name.
    Surname,
    /// Postal code.
    Postcode,
    /// Given name and town.
    GivenNameAndPlace,
    /// Both names as they sound, in either order.
    BothSounds,
    /// The part of the e-mail before the @.
    EmailLocalPart,
    /// Given name as it sounds, year and month of birth.
    GivenSoundAndMonth,
    /// Given name of the one, family name of the other.
    NamesExchanged,
}

impl Rule {
    /// How many.
    pub const COUNT: usize = 18;
    /// All, in order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::LegalId,
        Self::PlanId,
        Self::Phone,
        Self::Email,
        Self::BirthDate,
        Self::DayMonthExchanged,
        Self::BothNames,
        Self::SoundAndYear,
        Self::StreetAndNumber,
        Self::StateAndStreet,
        Self::GivenName,
        Self::Surname,
        Self::Postcode,
        Self::GivenNameAndPlace,
        Self::BothSounds,
        Self::EmailLocalPart,
        Self::GivenSoundAndMonth,
        Self::NamesExchanged,
    ];
}

/// What a key says besides, when too many people share it: pairs must agree in one of these too.
const REFINEMENTS: [fn(&Tables, &Person) -> u64; 6] = [
    |_, p| u64::from(p.get(Text::Given)),
    |t, p| u64::from(t.sound(Text::Surname, p.get(Text::Surname))),
    |_, p| u64::from(p.birth_date().year),
    |_, p| u64::from(p.get(Text::Postcode)),
    |_, p| u64::from(p.birth_date().month) << 8 | u64::from(p.birth_date().day),
    |_, p| u64::from(p.get(Text::Street)),
];

/// The key of a person under a rule; 0 when a part of it is unknown.
pub fn key(values: &impl Values, person: &Person, rule: Rule) -> u64 {
    let one = |field| u64::from(person.get(field));
    let sound = |field| u64::from(values.sound(field, person.get(field)));
    let two = |x: u64, y: u64| if x == 0 || y == 0 { 0 } else { mixed(mixed(x) ^ y).max(1) };
    let birth = person.birth_date();
    match rule {
        Rule::LegalId => one(Text::LegalId),
        Rule::PlanId => one(Text::PlanId),
        Rule::Phone => one(Text::Phone),
        Rule::Email => one(Text::Email),
        Rule::BirthDate if birth.is_whole() => u64::from(person.birth),
        Rule::DayMonthExchanged if birth.is_whole() => {
            let (low, high) = (birth.day.min(birth.month), birth.day.max(birth.month));
            u64::from(birth.year) << 16 | u64::from(low) << 8 | u64::from(high)
        }
        Rule::BirthDate | Rule::DayMonthExchanged => 0,
        Rule::BothNames => {
            let (given, surname) = (one(Text::Given), one(Text::Surname));
            two(given.min(surname), given.max(surname))
        }
        Rule::SoundAndYear => two(sound(Text::Surname), u64::from(birth.year)),
        Rule::StreetAndNumber => two(one(Text::Street), one(Text::StreetNumber)),
        Rule::StateAndStreet => two(one(Text::State), one(Text::Street)),
        Rule::GivenName => one(Text::Given),
        Rule::Surname => one(Text::Surname),
        Rule::Postcode => one(Text::Postcode),
        Rule::GivenNameAndPlace => two(one(Text::Given), one(Text::Place)),
        Rule::BothSounds => {
            let (given, surname) = (sound(Text::Given), sound(Text::Surname));
            two(given.min(surname), given.max(surname))
        }
        Rule::EmailLocalPart => {
            let email = values.shaped(Text::Email, person.get(Text::Email)).text;
            email.rsplit_once('@').map_or(0, |(local, _)| stable_hash(local.as_bytes()).max(1))
        }
        Rule::GivenSoundAndMonth if birth.year != 0 && birth.month != 0 => {
            two(sound(Text::Given), u64::from(birth.year) << 8 | u64::from(birth.month))
        }
        Rule::GivenSoundAndMonth => 0,
        // Its blocks have two sides: see `Blocking::exchanged`.
        Rule::NamesExchanged => 0,
    }
}

/// What blocking did, to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockingReport {
    /// Pairs by rule, those that an earlier rule has included.
    pub pairs_by_rule: Vec<(Rule, u64)>,
    /// Largest block that was taken whole, in pairs.
    pub block_limit: u64,
    /// Blocks above the limit: their pairs had to agree in one more thing.
    pub blocks_subdivided: u64,
    /// Parts that were above the limit even so, and were left out.
    pub blocks_skipped: u64,
    /// Pairs that were left out with them (a pair may still be met through another rule).
    pub pairs_skipped: u64,
}

/// Keys of all people, and the blocks.
pub struct Blocking<'a> {
    people: &'a People,
    /// Dense block numbers, row by row, 0 for none.
    keys: Vec<u32>,
    columns: usize,
    blocks: Vec<Block>,
    /// What was done.
    pub report: BlockingReport,
}

struct Block {
    column: u32,
    members: Vec<u32>,
    /// With two sides, pairs are made across them only: members from here on are of the second side.
    second_from: Option<usize>,
}

/// One rule yields about as many pairs as this at most.
const PAIRS_PER_RULE: u64 = 30_000_000;

impl<'a> Blocking<'a> {
    /// Makes the blocks.
    pub fn new(people: &'a People) -> Self {
        let n = people.len() as u64;
        let members = (2 * PAIRS_PER_RULE / n.max(1)).clamp(60, 2000);
        Self::with_limit(people, members * (members - 1) / 2)
    }

    /// With an own limit of pairs in a block.
    pub fn with_limit(people: &'a People, block_limit: u64) -> Self {
        let mut this = Self {
            people,
            keys: Vec::new(),
            columns: 0,
            blocks: Vec::new(),
            report: BlockingReport { block_limit, ..Default::default() },
        };
        let keyed: Vec<(Rule, Vec<Vec<u32>>)> = Rule::ALL
            .par_iter()
            .map(|rule| (*rule, groups(people, &|p| key(&people.tables, p, *rule), None)))
            .collect();
        let mut refined: Vec<Block> = Vec::new();
        let mut column = Rule::COUNT as u32;
        for (rule, groups) in keyed {
            let mut pairs = 0;
            let mut oversize: Vec<u32> = Vec::new();
            let mut parts: Vec<Vec<u32>> = Vec::new();
            for group in groups {
                let own = this.pairs_in(&group);
                if own > block_limit {
                    this.report.blocks_subdivided += 1;
                    parts.push(group);
                } else if own > 0 {
                    pairs += own;
                    this.blocks.push(Block { column: rule as u32, members: group, second_from: None });
                }
            }
            parts.iter().for_each(|p| oversize.extend(p));
            if !oversize.is_empty() {
                for refinement in REFINEMENTS {
                    let own_key = |p: &Person| {
                        let (a, b) = (key(&people.tables, p, rule), refinement(&people.tables, p));
                        if a == 0 || b == 0 { 0 } else { mixed(mixed(a) ^ b).max(1) }
                    };
                    for part in groups_of(people, &own_key, &oversize) {
                        let own = this.pairs_in(&part);
                        if own > block_limit {
                            this.report.blocks_skipped += 1;
                            this.report.pairs_skipped += own;
                        } else if own > 0 {
                            pairs += own;
                            refined.push(Block { column, members: part, second_from: None });
                        }
                    }
                    column += 1;
                }
            }
            this.report.pairs_by_rule.push((rule, pairs));
        }
        this.blocks.append(&mut refined);
        this.columns = column as usize;
        this.keys = vec![0; people.len() * this.columns];
        for (number, block) in this.blocks.iter().enumerate() {
            for member in &block.members {
                this.keys[*member as usize * this.columns + block.column as usize] = number as u32 + 1;
            }
        }
        this.exchanged();
        this
    }

    /// Blocks of people whose given name is another's family name. They come last: a pair whose names agree in place or
    /// are exchanged both ways was met before, so each remaining pair is in one block only.
    fn exchanged(&mut self) {
        let people = self.people;
        let members = |name: Text, with_year: bool| -> Vec<(u64, u32)> {
            let mut keyed: Vec<(u64, u32)> = people
                .persons
                .iter()
                .enumerate()
                .filter(|(_, p)| p.get(name) != 0 && p.get(Text::Given) != p.get(Text::Surname))
                .filter(|(_, p)| !with_year || p.birth_date().year != 0)
                .map(|(n, p)| {
                    let year = if with_year { u64::from(p.birth_date().year) } else { 0 };
                    (u64::from(p.get(name)) << 16 | year, n as u32)
                })
                .collect();
            keyed.sort_unstable();
            keyed
        };
        let (mut pairs, mut found) = (0, Vec::new());
        let mut too_many = std::collections::HashSet::new();
        for with_year in [false, true] {
            let (given, surname) = (members(Text::Given, with_year), members(Text::Surname, with_year));
            let mut from = 0;
            for group in given.chunk_by(|a, b| a.0 == b.0) {
                let name = group[0].0;
                from += surname[from..].partition_point(|s| s.0 < name);
                let second = &surname[from..from + surname[from..].partition_point(|s| s.0 == name)];
                let own = group.len() as u64 * second.len() as u64;
                let refining = too_many.contains(&(name >> 16));
                if own == 0 || (with_year && !refining) {
                    continue;
                }
                if own > self.report.block_limit {
                    if with_year {
                        self.report.blocks_skipped += 1;
                        self.report.pairs_skipped += own;
                    } else {
                        self.report.blocks_subdivided += 1;
                        too_many.insert(name >> 16);
                    }
                    continue;
                }
                pairs += own;
                found.push(Block {
                    column: self.columns as u32,
                    members: group.iter().chain(second).map(|m| m.1).collect(),
                    second_from: Some(group.len()),
                });
            }
        }
        self.blocks.append(&mut found);
        if let Some(own) = self.report.pairs_by_rule.iter_mut().find(|r| r.0 == Rule::NamesExchanged) {
            own.1 = pairs;
        }
    }

    fn pairs_in(&self, members: &[u32]) -> u64 {
        let n = members.len() as u64;
        if !self.people.linking {
            return n * n.saturating_sub(1) / 2;
        }
        let second = members.iter().filter(|m| self.people.second[**m as usize]).count() as u64;
        (n - second) * second
    }

    /// Visits every pair once, on all cores; each worker has its own state. The order of visits is not defined.
    pub fn visit<S: Send>(
        &self,
        state: impl Fn() -> S + Sync + Send,
        visit: impl Fn(&mut S, u32, u32) + Sync + Send,
    ) -> Vec<S> {
        self.blocks
            .par_iter()
            .with_min_len(8)
            .fold(&state, |mut own, block| {
                let column = block.column as usize;
                let firsts = block.second_from.unwrap_or(block.members.len());
                for (n, a) in block.members[..firsts].iter().enumerate() {
                    let keys = &self.row(*a)[..column];
                    for b in &block.members[block.second_from.unwrap_or(n + 1)..] {
                        if self.people.linking
                            && self.people.second[*a as usize] == self.people.second[*b as usize]
                        {
                            continue;
                        }
                        let met_before =
                            keys.iter().zip(&self.row(*b)[..column]).any(|(x, y)| x == y && *x != 0);
                        if !met_before {
                            visit(&mut own, *a, *b);
                        }
                    }
                }
                own
            })
            .collect()
    }

    fn row(&self, person: u32) -> &[u32] {
        let start = person as usize * self.columns;
        &self.keys[start..start + self.columns]
    }

    /// Pairs that will be visited at most (those that several rules share counted several times).
    pub fn pairs_at_most(&self) -> u64 {
        self.report.pairs_by_rule.iter().map(|(_, n)| n).sum()
    }
}

fn groups(people: &People, key: &dyn Fn(&Person) -> u64, among: Option<&[u32]>) -> Vec<Vec<u32>> {
    let all = || (0..people.len() as u32).collect::<Vec<u32>>();
    let mut keyed: Vec<(u64, u32)> = among
        .map_or_else(all, <[u32]>::to_vec)
        .into_iter()
        .map(|n| (key(&people.persons[n as usize]), n))
        .filter(|(key, _)| *key != 0)
        .collect();
    keyed.sort_unstable();
    keyed
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|c| c.len() > 1)
        .map(|c| c.iter().map(|m| m.1).collect())
        .collect()
}

fn groups_of(people: &People, key: &dyn Fn(&Person) -> u64, among: &[u32]) -> Vec<Vec<u32>> {
    groups(people, key, Some(among))
}
