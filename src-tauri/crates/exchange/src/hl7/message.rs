//! A message's parts, found by its own separators. Nothing is decoded before it is asked for.

use rustcare_model::reason::Reason;

use super::escape;
use super::refusal::{Place, Refusal};

/// Largest message, in bytes: a scanned letter in Base64 fits.
pub const MOST_BYTES: usize = 16 << 20;
/// Most segments of one message.
pub const MOST_SEGMENTS: usize = 20_000;
/// Most repetitions of one field that are read.
pub const MOST_REPETITIONS: usize = 1_000;

/// MSH-1 and MSH-2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separators {
    /// Between fields, usually `|`.
    pub field: char,
    /// Between components, usually `^`.
    pub component: char,
    /// Between repetitions, usually `~`.
    pub repetition: char,
    /// Begins and ends an escape, usually `\`.
    pub escape: char,
    /// Between subcomponents, usually `&`.
    pub subcomponent: char,
}

impl Default for Separators {
    fn default() -> Self {
        Self { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' }
    }
}

impl Separators {
    /// Reads them from the start of a message. Version 2.1 and senders that never repeat leave the last ones out; the
    /// usual ones stand in where they are free.
    ///
    /// # Errors
    /// A separator that is a letter, a digit, a blank, or stands for two things.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let wrong = || Refusal::not_understood(Reason::Hl7Separators).at(Place::field("MSH", 1, 2));
        let rest = text.strip_prefix("MSH").ok_or_else(|| Refusal::not_understood(Reason::Hl7NoMessage))?;
        let field = rest.chars().next().ok_or_else(wrong)?;
        let mut given =
            rest[field.len_utf8()..].chars().take_while(|c| *c != field && !matches!(c, '\r' | '\n'));
        let usual = Self::default();
        let mut next = |standard: char| given.next().unwrap_or(standard);
        let read = Self {
            field,
            component: next(usual.component),
            repetition: next(usual.repetition),
            escape: next(usual.escape),
            subcomponent: next(usual.subcomponent),
        };
        let all = read.all();
        let usable = |c: &char| c.is_ascii_graphic() && !c.is_ascii_alphanumeric();
        let distinct = (1..all.len()).all(|n| !all[..n].contains(&all[n]));
        if all.iter().all(usable) && distinct { Ok(read) } else { Err(wrong()) }
    }

    /// All five, the field separator first.
    pub fn all(&self) -> [char; 5] {
        [self.field, self.component, self.repetition, self.escape, self.subcomponent]
    }
}

/// A message as text, with its segments found.
#[derive(Debug, Clone)]
pub struct Message {
    text: String,
    separators: Separators,
    segments: Vec<std::ops::Range<usize>>,
}

impl Message {
    /// Finds the segments of a text.
    ///
    /// # Errors
    /// [`Refusal`], with the place: no MSH at its start, odd separators, a line that is no segment, or beyond a limit.
    pub fn parse(text: String) -> Result<Self, Refusal> {
        if text.len() > MOST_BYTES {
            return Err(Refusal::not_understood(Reason::Hl7TooLarge));
        }
        let separators = Separators::read(&text)?;
        let mut segments: Vec<std::ops::Range<usize>> = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive(['\r', '\n']) {
            let bare = line.trim_end_matches(['\r', '\n']);
            let range = start..start + bare.len();
            start += line.len();
            if bare.trim().is_empty() {
                continue;
            }
            if segments.len() == MOST_SEGMENTS {
                return Err(Refusal::not_understood(Reason::Hl7TooManySegments));
            }
            let number = segments.len() + 1;
            if !is_segment(bare, separators.field) {
                let why = Reason::Hl7SegmentName.with("line", number);
                return Err(Refusal::content(why, 100).at(Place::line(number)));
            }
            if bare.starts_with("MSH") && !segments.is_empty() {
                return Err(Refusal::not_understood(Reason::Hl7TwoMessages).at(Place::line(number)));
            }
            segments.push(range);
        }
        Ok(Self { text, separators, segments })
    }

    /// The separators of this message.
    pub fn separators(&self) -> Separators {
        self.separators
    }

    /// All segments, in order.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        self.segments.iter().enumerate().map(|(at, range)| Segment {
            text: &self.text[range.clone()],
            separators: self.separators,
            line: at + 1,
        })
    }

    /// The segments of one name.
    pub fn named<'m>(&'m self, name: &'m str) -> impl Iterator<Item = Segment<'m>> {
        self.segments().filter(move |s| s.name() == name)
    }

    /// The first segment of a name.
    pub fn first(&self, name: &str) -> Option<Segment<'_>> {
        self.segments().find(|s| s.name() == name)
    }
}

/// Whether a line is named like a segment: three capital letters or digits, a letter first.
fn is_segment(line: &str, field: char) -> bool {
    let Some((name, rest)) = line.split_at_checked(3) else { return false };
    let bytes = name.as_bytes();
    bytes[0].is_ascii_uppercase()
        && bytes[1..].iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && (rest.trim().is_empty() || rest.starts_with(field))
}

/// One line of a message.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'m> {
    text: &'m str,
    separators: Separators,
    /// Which line of the message it is, from 1.
    pub line: usize,
}

impl<'m> Segment<'m> {
    /// `PID`, `OBX` …
    pub fn name(&self) -> &'m str {
        &self.text[..3]
    }

    /// The whole line as it came.
    pub fn written(&self) -> &'m str {
        self.text
    }

    /// A field by its number in the standard, from 1; an absent one is empty.
    pub fn field(&self, number: usize) -> Part<'m> {
        // In MSH the separator itself is field 1.
        let at = if self.name() == "MSH" { number.saturating_sub(1) } else { number };
        let text = self.text.split(self.separators.field).nth(at).unwrap_or_default();
        Part { text, separators: self.separators }
    }

    /// The first component of a field, decoded; `None` where it is empty or the null `""`.
    pub fn value(&self, number: usize) -> Option<String> {
        self.field(number).component(1).value()
    }

    /// A place in this segment.
    pub fn place(&self, field: usize) -> Place {
        Place { segment: self.name().to_owned(), line: self.line, field: Some(field) }
    }
}

/// A field, a repetition, a component or a subcomponent: a stretch of text with what separates inside it.
#[derive(Debug, Clone, Copy)]
pub struct Part<'m> {
    text: &'m str,
    separators: Separators,
}

impl<'m> Part<'m> {
    /// The repetitions of a field that say something.
    pub fn repetitions(self) -> impl Iterator<Item = Part<'m>> {
        let within = move |text| Part { text, separators: self.separators };
        self.text.split(self.separators.repetition).map(within).filter(|p| p.is_said()).take(MOST_REPETITIONS)
    }

    /// The first repetition.
    pub fn first(self) -> Self {
        let text = self.text.split(self.separators.repetition).next().unwrap_or_default();
        Self { text, ..self }
    }

    /// A component of the first repetition, from 1.
    pub fn component(self, number: usize) -> Self {
        let first = self.first().text;
        let text = first.split(self.separators.component).nth(number.saturating_sub(1)).unwrap_or_default();
        Self { text, ..self }
    }

    /// A subcomponent, from 1.
    pub fn subcomponent(self, number: usize) -> Self {
        let text =
            self.text.split(self.separators.subcomponent).nth(number.saturating_sub(1)).unwrap_or_default();
        Self { text, ..self }
    }

    /// As it came.
    pub fn written(self) -> &'m str {
        self.text
    }

    /// Whether it holds anything but separators; the null `""` does not count.
    pub fn is_said(self) -> bool {
        self.text.chars().any(|c| !c.is_whitespace() && c != '"' && !self.separators.all().contains(&c))
    }

    /// Whether it is the null `""`: delete what you have.
    pub fn is_null(self) -> bool {
        self.text.trim() == "\"\""
    }

    /// The first subcomponent, decoded and trimmed; `None` where nothing is said.
    pub fn value(self) -> Option<String> {
        self.subcomponent(1).whole()
    }

    /// All of it, decoded and trimmed; subcomponent separators stay where a sender wrote them unescaped into a text.
    pub fn whole(self) -> Option<String> {
        let text = escape::decode(self.text, self.separators);
        let text = text.trim();
        (!text.is_empty() && text != "\"\"").then(|| text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLAIN: &str = "MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5\rPID|1||7^^^H&1.2.3&ISO^MR~8^^^G||Ruiz&de^Ana\n\r\nPV1||I\r\n";

    #[test]
    fn fields_are_numbered_as_in_the_standard_whatever_ends_a_line() {
        let message = Message::parse(PLAIN.into()).unwrap();
        assert_eq!(message.segments().map(|s| s.name()).collect::<Vec<_>>(), ["MSH", "PID", "PV1"]);
        let msh = message.first("MSH").unwrap();
        assert_eq!((msh.value(3).as_deref(), msh.value(10).as_deref()), (Some("A"), Some("1")));
        assert_eq!(msh.field(9).component(2).value().as_deref(), Some("A01"));
        let pid = message.first("PID").unwrap();
        let ids: Vec<_> = pid.field(3).repetitions().map(|r| r.component(4).value().unwrap()).collect();
        assert_eq!(ids, ["H", "G"]);
        assert_eq!(pid.field(3).component(4).subcomponent(2).whole().as_deref(), Some("1.2.3"));
        assert_eq!(pid.value(5).as_deref(), Some("Ruiz"));
        assert!(!pid.field(40).is_said());
    }

    #[test]
    fn other_separators_are_honoured_and_impossible_ones_refused() {
        let message = Message::parse("MSH#*~?!#A#B\rPID###1*2".into()).unwrap();
        assert_eq!(message.first("PID").unwrap().field(3).component(2).value().as_deref(), Some("2"));
        for text in ["MSH|^^\\&|", "MSHA^~\\&|", "MSH", "PID|1", "", "MSH|^~|&|"] {
            let refused = Message::parse(text.into());
            assert_eq!(refused.is_err(), text != "MSH|^~|&|", "{text}");
        }
    }

    #[test]
    fn a_broken_line_is_refused_with_its_number() {
        let error = Message::parse("MSH|^~\\&|\rOBX|1|TX|x||first\nsecond line\r".into()).unwrap_err();
        assert_eq!((error.why.reason, error.place.unwrap().line), (Reason::Hl7SegmentName, 3));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(MSH)?[|^~\\\\&#A-Z0-9\r\n\"é.]{0,200}") {
            if let Ok(message) = Message::parse(text) {
                for segment in message.segments() {
                    for field in 0..12 {
                        for part in segment.field(field).repetitions() {
                            let _ = (part.component(2).value(), part.component(0).subcomponent(0).whole());
                        }
                    }
                }
            }
        }
    }
}
