//! When a source said what it says: MSH-7 of a message, `meta.lastUpdated` of a FHIR resource. What is older than what is known
//! never takes its place, in whichever order the two come in.

use jiff::{SignedDuration, Timestamp, ToSpan, civil};

/// The stretch of time that a stamp means, in milliseconds since 1970-01-01 UTC: a stamp of a day is all of that day, wherever
/// on earth it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct SaidAt {
    /// Its earliest moment; this is what is kept.
    pub from: i64,
    /// Its latest moment.
    pub to: i64,
}

impl SaidAt {
    /// Reads a FHIR date, dateTime or instant; `precision` says how much later than written it may mean.
    /// `None` for what is no date, or has only a year.
    pub fn read(text: &str, precision: SignedDuration) -> Option<Self> {
        if let Ok(at) = text.parse::<Timestamp>() {
            let from = at.as_millisecond();
            return Some(Self { from, to: from.saturating_add(precision.as_millis() as i64) });
        }
        let day: civil::Date = text.get(..10).filter(|_| text.len() == 10)?.parse().ok()?;
        let start = jiff::tz::TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()?;
        // From UTC+14 to UTC-12.
        let (from, to) = (start.checked_sub(14.hours()).ok()?, start.checked_add(36.hours()).ok()?);
        Some(Self { from: from.as_millisecond(), to: to.as_millisecond() })
    }

    /// Whether what was kept with a stamp is newer for certain.
    pub fn is_older_than(this: Option<Self>, kept: Option<i64>) -> bool {
        this.zip(kept).is_some_and(|(this, kept)| this.to < kept)
    }

    /// What is kept: a clock that runs ahead must not keep what is true out until that day comes.
    pub fn kept(self) -> i64 {
        self.from.min(Timestamp::now().as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_older_for_certain_is_older() {
        let read = |text: &str| SaidAt::read(text, SignedDuration::ZERO);
        let kept = read("2026-03-01T12:00:00+01:00").map(SaidAt::kept);
        for (text, older) in [
            ("2026-03-01T10:59:59Z", true),
            ("2026-03-01T11:00:00Z", false),
            ("2026-03-01", false),
            ("2026-02-27", true),
            ("2026", false),
            ("yesterday", false),
        ] {
            assert_eq!(SaidAt::is_older_than(read(text), kept), older, "{text}");
        }
        assert!(!SaidAt::is_older_than(read("2020-01-01T00:00:00Z"), None));
        let ahead = read("2999-01-01T00:00:00Z").map(SaidAt::kept);
        assert!(ahead <= Some(Timestamp::now().as_millisecond()));
    }
}
