//! The small values of a definition: concepts, ranges, periods.

use jiff::civil::Date;
use serde_json::Number;

/// A concept as a definition carries it: the id decides, the rest is for the reader's eye.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Concept {
    /// `CONCEPT_ID`.
    pub concept_id: i64,
    /// `CONCEPT_NAME`.
    pub concept_name: Option<String>,
    /// `STANDARD_CONCEPT`: S, C or N.
    pub standard_concept: Option<String>,
    /// `STANDARD_CONCEPT_CAPTION`.
    pub standard_concept_caption: Option<String>,
    /// `INVALID_REASON`: V, D or U.
    pub invalid_reason: Option<String>,
    /// `INVALID_REASON_CAPTION`.
    pub invalid_reason_caption: Option<String>,
    /// `CONCEPT_CODE`.
    pub concept_code: Option<String>,
    /// `DOMAIN_ID`.
    pub domain_id: Option<String>,
    /// `VOCABULARY_ID`.
    pub vocabulary_id: Option<String>,
    /// `CONCEPT_CLASS_ID`.
    pub concept_class_id: Option<String>,
}

/// A named set of concepts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConceptSet {
    /// The number by which criteria name it.
    pub id: i32,
    /// Its name.
    pub name: Option<String>,
    /// Its members.
    pub items: Vec<ConceptSetItem>,
}

/// A member of a concept set, or what is taken out of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConceptSetItem {
    /// The concept.
    pub concept: Concept,
    /// Taken out in place of put in.
    pub is_excluded: bool,
    /// With all its descendants.
    pub include_descendants: bool,
    /// With the source concepts that map to it.
    pub include_mapped: bool,
}

/// In, or not in, a concept set. Without a set: the value is present (or, excluded, absent).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConceptSetSelection {
    /// Id of the set.
    pub codeset_id: Option<i32>,
    /// Not in it.
    pub is_exclusion: bool,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `lt`.
    Less,
    /// `lte`.
    LessOrEqual,
    /// `eq`.
    Equal,
    /// `!eq`.
    NotEqual,
    /// `gt`.
    Greater,
    /// `gte`.
    GreaterOrEqual,
    /// `bt`: from value to extent, both included.
    Between,
    /// `!bt`.
    NotBetween,
}

impl Comparison {
    /// All comparisons with their names in JSON.
    pub const NAMES: [(Self, &'static str); 8] = [
        (Self::Less, "lt"),
        (Self::LessOrEqual, "lte"),
        (Self::Equal, "eq"),
        (Self::NotEqual, "!eq"),
        (Self::Greater, "gt"),
        (Self::GreaterOrEqual, "gte"),
        (Self::Between, "bt"),
        (Self::NotBetween, "!bt"),
    ];

    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(one, _)| *one == self).map_or("", |(_, name)| name)
    }

    /// Whether it needs an extent.
    #[must_use]
    pub const fn is_range(self) -> bool {
        matches!(self, Self::Between | Self::NotBetween)
    }

    /// Whether `value` stands so to `bound` (and `extent`). False for what cannot be ordered.
    pub fn holds<T: PartialOrd>(self, value: T, bound: T, extent: T) -> bool {
        match self {
            Self::Less => value < bound,
            Self::LessOrEqual => value <= bound,
            Self::Equal => value == bound,
            Self::NotEqual => value != bound,
            Self::Greater => value > bound,
            Self::GreaterOrEqual => value >= bound,
            Self::Between => value >= bound && value <= extent,
            Self::NotBetween => !(value >= bound && value <= extent),
        }
    }
}

/// A range of numbers. Kept as written: `7` and `7.0` are both published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumericRange {
    /// How to compare.
    pub comparison: Comparison,
    /// With what.
    pub value: Number,
    /// Upper bound of a range.
    pub extent: Option<Number>,
}

/// A range of dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DateRange {
    /// How to compare.
    pub comparison: Comparison,
    /// With what.
    pub value: Date,
    /// Upper bound of a range.
    pub extent: Option<Date>,
}

/// Where a text is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextPlace {
    /// Anywhere.
    Contains,
    /// At the start.
    StartsWith,
    /// At the end.
    EndsWith,
    /// The whole text. Circe writes `like` without a wildcard then.
    Equals,
}

/// A text that holds, or does not hold, another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextFilter {
    /// The text looked for; `%` and `_` are wildcards as in SQL's `like`.
    pub text: String,
    /// Where.
    pub place: TextPlace,
    /// Whether it must not be there.
    pub negated: bool,
}

/// A pair of dates, either of which may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Period {
    /// First day.
    pub start_date: Option<Date>,
    /// Last day.
    pub end_date: Option<Date>,
}
