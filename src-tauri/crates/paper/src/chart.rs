//! The chart summary: what another clinician needs at a glance. What is left out is counted, never dropped silently.

use rustcare_model::clinical_record::Qualifier;

use crate::coded;
use crate::flow::{Column, Flow, Paper};
use crate::font::FontBook;
use crate::page::Laid;
use crate::person::{Origin, Person};
use crate::text::Style;
use crate::words::{self, Language, Word};

/// Results that are printed; all others are counted.
pub const MOST_RESULTS: usize = 40;
/// Visits and vaccines that are printed.
pub const MOST_PAST: usize = 15;

/// What is known of allergies; "none known" is said only where somebody recorded that there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allergies {
    /// Nobody asked.
    NotAsked,
    /// What was recorded is past or was withdrawn.
    NoneRecorded,
    /// Asked, and there are none.
    NoneKnown,
    /// These.
    Listed(Vec<Entry>),
}

/// A line of a panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub title: String,
    /// ISO 8601 date, whole or partial.
    pub date: Option<String>,
    /// Dose, reaction, place.
    pub detail: Option<String>,
    /// What turns its meaning around, or leaves it open.
    pub qualifier: Option<Qualifier>,
}

/// How a result stands against its reference, as its source said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Above.
    High,
    /// Below.
    Low,
    /// Far above.
    CriticallyHigh,
    /// Far below.
    CriticallyLow,
    /// Not as it should be, where there is no above and below.
    Abnormal,
    /// Dangerously so.
    CriticallyAbnormal,
}

/// The newest result of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultEntry {
    /// What was measured.
    pub title: String,
    /// The value as the source wrote it.
    pub value: String,
    /// Its unit.
    pub unit: Option<String>,
    /// ISO 8601 date.
    pub date: Option<String>,
    /// Against the reference.
    pub mark: Option<Mark>,
    /// Further interpretations of the source, by code or in its words.
    pub flags: Vec<String>,
    /// How far it is final, where it is not.
    pub status: Option<String>,
    /// The references as the source wrote them.
    pub reference: Option<String>,
}

/// The lines of a section that are printed, and how many stay in the chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section<T> {
    /// Printed.
    pub shown: Vec<T>,
    /// Counted.
    pub left_out: usize,
}

impl<T> Section<T> {
    /// The first `most` of `all`.
    pub fn first(all: Vec<T>, most: usize) -> Self {
        let left_out = all.len().saturating_sub(most);
        Self { shown: all.into_iter().take(most).collect(), left_out }
    }
}

/// What is printed.
#[derive(Debug, Clone)]
pub struct ChartSummary {
    /// Who it is.
    pub person: Person,
    /// Whether the patient has died.
    pub deceased: bool,
    /// Allergies.
    pub allergies: Allergies,
    /// Past allergies, which stay in the chart.
    pub past_allergies: usize,
    /// Active problems; past ones are left out.
    pub problems: Section<Entry>,
    /// Medicines that are taken; past ones are left out.
    pub medicines: Section<Entry>,
    /// Newest first.
    pub immunisations: Section<Entry>,
    /// Newest first.
    pub results: Section<ResultEntry>,
    /// Newest first.
    pub visits: Section<Entry>,
}

/// Lays it out.
pub fn lay(
    summary: &ChartSummary,
    origin: &Origin,
    paper: Paper,
    language: Language,
    book: &FontBook,
) -> Laid {
    let title = words::CHART.of(language);
    let mut flow = Flow::new(book, paper, language, title);
    flow.title(title);
    flow.remark(&origin.clinic_and_site());
    let person = &summary.person;
    let mut facts = vec![
        (words::FAMILY_NAME, person.name.family.clone().unwrap_or_else(|| person.listed_name(language))),
        (words::GIVEN_NAME, given(person, language)),
        (words::DATE_OF_BIRTH, person.born(language)),
        (words::SEX, words::sex(person.sex, language).to_owned()),
        (words::MRN, person.mrn.as_str().to_owned()),
    ];
    if summary.deceased {
        facts.push((words::DECEASED, words::YES.of(language).to_owned()));
    }
    let facts: Vec<(String, String)> =
        facts.into_iter().map(|(word, value)| (word.of(language).to_owned(), value)).collect();
    flow.gap(6.0);
    flow.facts(&facts);
    let mut writer = Writer { flow, language };
    writer.allergies(&summary.allergies);
    writer.left_out(summary.past_allergies);
    writer.entries(&words::PROBLEMS, &summary.problems, &words::NONE_ACTIVE);
    writer.entries(&words::MEDICINES, &summary.medicines, &words::NONE_ACTIVE);
    writer.entries(&words::IMMUNISATIONS, &summary.immunisations, &words::NOTHING_RECORDED);
    writer.results(&summary.results);
    writer.entries(&words::VISITS, &summary.visits, &words::NOTHING_RECORDED);
    writer.flow.finish(&person.running_head(language), 0, &origin.foot(language))
}

fn given(person: &Person, language: Language) -> String {
    let parts: Vec<&str> =
        [&person.name.given, &person.name.middle].into_iter().flatten().map(String::as_str).collect();
    if parts.is_empty() { words::NOT_RECORDED.of(language).to_owned() } else { parts.join(" ") }
}

const PLAIN: Style = Style::plain(9.5);
const STRONG: Style = Style::bold(9.5);

struct Writer<'a> {
    flow: Flow<'a>,
    language: Language,
}

impl Writer<'_> {
    fn say(&self, word: &Word) -> String {
        word.of(self.language).to_owned()
    }

    fn allergies(&mut self, allergies: &Allergies) {
        self.flow.heading(&self.say(&words::ALLERGIES));
        match allergies {
            Allergies::NotAsked => self.flow.paragraph(&self.say(&words::ALLERGIES_NOT_ASKED), STRONG),
            Allergies::NoneRecorded => {
                self.flow.paragraph(&self.say(&words::ALLERGIES_NONE_RECORDED), STRONG);
            }
            Allergies::NoneKnown => self.flow.paragraph(&self.say(&words::ALLERGIES_NONE), PLAIN),
            Allergies::Listed(list) => self.table(list),
        }
    }

    fn entries(&mut self, heading: &Word, section: &Section<Entry>, empty: &Word) {
        self.flow.heading(&self.say(heading));
        if section.shown.is_empty() {
            self.flow.paragraph(&self.say(empty), PLAIN);
        } else {
            self.table(&section.shown);
        }
        self.left_out(section.left_out);
    }

    fn left_out(&mut self, n: usize) {
        if n > 0 {
            self.flow.remark(&words::more(n, self.language));
        }
    }

    fn table(&mut self, entries: &[Entry]) {
        let columns = [
            Column::words(self.say(&words::WHAT), 5.0),
            Column::words(self.say(&words::DETAIL), 4.0),
            Column::words(self.say(&words::DATE), 1.7),
        ];
        let rows: Vec<Vec<String>> = entries
            .iter()
            .map(|e| vec![self.title(e), self.detail(e), self.day(e.date.as_deref())])
            .collect();
        self.flow.table(&columns, &rows);
    }

    /// An order not to give it says so before its name: nobody reads past it.
    fn title(&self, entry: &Entry) -> String {
        match entry.qualifier {
            Some(Qualifier::DoNotPerform) => format!("{} {}", self.say(&words::DO_NOT_GIVE), entry.title),
            _ => entry.title.clone(),
        }
    }

    fn detail(&self, entry: &Entry) -> String {
        let open = entry.qualifier.filter(|q| *q != Qualifier::DoNotPerform);
        let open = open.map(|q| coded::word(q.as_str(), self.language).to_owned());
        open.into_iter().chain(entry.detail.clone()).collect::<Vec<_>>().join(" · ")
    }

    fn day(&self, iso: Option<&str>) -> String {
        iso.map_or_else(|| "–".to_owned(), |iso| words::date(iso, self.language))
    }

    fn results(&mut self, section: &Section<ResultEntry>) {
        self.flow.heading(&self.say(&words::RESULTS));
        if section.shown.is_empty() {
            self.flow.paragraph(&self.say(&words::NOTHING_RECORDED), PLAIN);
        } else {
            let columns = [
                Column::words(self.say(&words::WHAT), 4.4),
                Column::words(self.say(&words::VALUE), 3.4),
                Column::words(self.say(&words::REFERENCE), 2.0),
                Column::words(self.say(&words::DATE), 1.7),
            ];
            let rows: Vec<Vec<String>> = section.shown.iter().map(|r| self.result(r)).collect();
            self.flow.table(&columns, &rows);
        }
        self.left_out(section.left_out);
    }

    fn result(&self, r: &ResultEntry) -> Vec<String> {
        let unit = r.unit.as_ref().map(|u| format!(" {u}")).unwrap_or_default();
        // In words too: arrows alone get lost on a bad copy.
        let mark = r.mark.map(|mark| match mark {
            Mark::High => format!(" ▲ {}", self.say(&words::HIGH)),
            Mark::Low => format!(" ▼ {}", self.say(&words::LOW)),
            Mark::CriticallyHigh => format!(" ▲▲ {}", self.say(&words::CRITICALLY_HIGH)),
            Mark::CriticallyLow => format!(" ▼▼ {}", self.say(&words::CRITICALLY_LOW)),
            Mark::Abnormal => format!(" ! {}", self.say(&words::ABNORMAL)),
            Mark::CriticallyAbnormal => format!(" !! {}", self.say(&words::CRITICALLY_ABNORMAL)),
        });
        let more: String = r
            .flags
            .iter()
            .chain(&r.status)
            .map(|code| format!(" · {}", coded::word(code, self.language)))
            .collect();
        vec![
            r.title.clone(),
            format!("{}{unit}{}{more}", r.value, mark.unwrap_or_default()),
            r.reference.clone().unwrap_or_default(),
            self.day(r.date.as_deref()),
        ]
    }
}
