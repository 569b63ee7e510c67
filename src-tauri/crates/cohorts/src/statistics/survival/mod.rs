//! Time to a first event where not everybody is watched to the end.

mod kaplan_meier;
mod log_rank;

pub use kaplan_meier::{KaplanMeier, Median, SurvivalPoint};
pub use log_rank::{GroupInLogRank, LogRank, log_rank};

/// How long somebody was watched, and whether the event ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Survived {
    /// Days from the start to the event, or to the last day of watching.
    pub days: u32,
    /// Whether the event came; otherwise the person is censored after whatever happened on that day.
    pub is_event: bool,
}

/// Events and leavings of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Day {
    days: u32,
    at_risk: u64,
    events: u64,
    censored: u64,
}

/// The days on which anything happened, in order, with how many were at risk before.
fn days(people: &[Survived]) -> Vec<Day> {
    let mut sorted = people.to_vec();
    sorted.sort_unstable();
    let mut at_risk = sorted.len() as u64;
    let mut days: Vec<Day> = Vec::new();
    for own in sorted.chunk_by(|a, b| a.days == b.days) {
        let events = own.iter().filter(|person| person.is_event).count() as u64;
        let censored = own.len() as u64 - events;
        days.push(Day { days: own[0].days, at_risk, events, censored });
        at_risk -= own.len() as u64;
    }
    days
}

/// Times to remission's end in weeks of 21 children with 6-mercaptopurine and 21 with placebo, `+` where censored (Freireich et
/// al. 1963, Blood 21:699; as in Kalbfleisch & Prentice 2002 and Cox & Oakes 1984).
#[cfg(test)]
pub(crate) fn freireich() -> (Vec<Survived>, Vec<Survived>) {
    let read = |text: &str| {
        let person = |word: &str| Survived {
            days: word.trim_end_matches('+').parse().unwrap(),
            is_event: !word.ends_with('+'),
        };
        text.split(' ').map(person).collect()
    };
    (
        read("6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"),
        read("1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"),
    )
}
