//! Time stamps and decimals of HL7 v2 as FHIR writes them.

use jiff::civil;
use jiff::tz::TimeZone;
use rustcare_model::date_reading::PartialDate;

use crate::said_at::SaidAt;

/// In which zone a time without an offset is meant: MSH-7's offset where it has one (HL7 v2.8.2 chapter 2A.3.22), else the
/// clinic's own zone.
#[derive(Debug, Clone)]
pub struct Clock {
    message_offset: Option<String>,
    zone: TimeZone,
    /// MSH-7.
    message_time: Option<String>,
}

impl Clock {
    /// Of a message.
    pub fn new(message_time: Option<&str>, zone: TimeZone) -> Self {
        let message_offset = message_time.and_then(|t| split_offset(t).1).and_then(written_offset);
        Self { message_offset, zone, message_time: message_time.map(str::to_owned) }
    }

    /// Whether a day was over when the message was written; false where MSH-7 does not say when that was.
    pub fn is_past(&self, day: &str) -> bool {
        let written = self.message_time.as_deref().and_then(|at| self.date(at));
        // Only a part of a date is over when the whole one can be nothing else.
        written.is_some_and(|written| day < written.get(..day.len()).unwrap_or(&written))
    }

    /// When the message was written (MSH-7), as far as it says.
    pub(crate) fn said_at(&self) -> Option<SaidAt> {
        let written = self.message_time.as_deref()?;
        let digits = split_offset(written.trim()).0.split('.').next().unwrap_or_default().len();
        let precision =
            if digits < 14 { jiff::SignedDuration::from_secs(59) } else { jiff::SignedDuration::ZERO };
        SaidAt::read(&self.date_time(written)?, precision)
    }

    /// `YYYY[MM[DD[HH[MM[SS[.S…]]]]]][±ZZZZ]` as a FHIR date or dateTime. An hour without minutes is only a day.
    /// `None` when it is no time stamp of a real day.
    pub fn date_time(&self, written: &str) -> Option<String> {
        let (stamp, offset) = split_offset(written.trim());
        let (digits, fraction) = stamp.split_once('.').unwrap_or((stamp, ""));
        if !digits.bytes().all(|b| b.is_ascii_digit()) || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let at = |from: usize, to: usize| digits.get(from..to);
        let text = match digits.len() {
            4 => digits.to_owned(),
            6 => format!("{}-{}", at(0, 4)?, at(4, 6)?),
            8 | 10 => format!("{}-{}-{}", at(0, 4)?, at(4, 6)?, at(6, 8)?),
            // Some senders fill up with zeros.
            12 | 14.. if digits.get(14..).unwrap_or_default().bytes().all(|b| b == b'0') => {
                let (day, hour, minute) =
                    (format!("{}-{}-{}", at(0, 4)?, at(4, 6)?, at(6, 8)?), at(8, 10)?, at(10, 12)?);
                let second = at(12, 14).unwrap_or("00");
                let fraction = if fraction.is_empty() { String::new() } else { format!(".{fraction}") };
                let offset = match offset {
                    Some(offset) => written_offset(offset)?,
                    None => self.offset_at(&day, hour, minute)?,
                };
                format!("{day}T{hour}:{minute}:{second}{fraction}{offset}")
            }
            _ => return None,
        };
        PartialDate::parse(&text).ok().map(|_| text)
    }

    /// Only the day, for dates of birth: an hour of birth moves no day.
    pub fn date(&self, written: &str) -> Option<String> {
        let text = self.date_time(written)?;
        Some(text.split('T').next().unwrap_or_default().to_owned())
    }

    fn offset_at(&self, day: &str, hour: &str, minute: &str) -> Option<String> {
        if let Some(offset) = &self.message_offset {
            return Some(offset.clone());
        }
        let local: civil::DateTime = format!("{day}T{hour}:{minute}:00").parse().ok()?;
        let offset = self.zone.to_offset(self.zone.to_timestamp(local).ok()?).seconds();
        let minutes = offset.abs() / 60;
        Some(format!("{}{:02}:{:02}", if offset < 0 { '-' } else { '+' }, minutes / 60, minutes % 60))
    }
}

fn split_offset(stamp: &str) -> (&str, Option<&str>) {
    match stamp.find(['+', '-']) {
        Some(at) => (&stamp[..at], Some(&stamp[at..])),
        None => (stamp, None),
    }
}

/// `+0100` → `+01:00`.
fn written_offset(offset: &str) -> Option<String> {
    let digits = offset.get(1..5).filter(|d| offset.len() == 5 && d.bytes().all(|b| b.is_ascii_digit()))?;
    Some(format!("{}{}:{}", &offset[..1], &digits[..2], &digits[2..]))
}

/// A decimal as JSON writes one: `+5` is `5`, `.5` is `0.5`, `007` is `7`; digits after the point stay as written.
pub fn decimal(written: &str) -> Option<String> {
    let text = written.trim();
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let number = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if !number(whole) || !number(fraction) || (whole.is_empty() && fraction.is_empty()) || text.len() > 40 {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_keep_their_precision_and_get_the_zone_they_mean() {
        let madrid = TimeZone::fixed(jiff::tz::offset(1));
        let clinic = Clock::new(Some("202601"), madrid.clone());
        let read = |text: &str| clinic.date_time(text);
        for (written, meant) in [
            ("1987", Some("1987")),
            ("198703", Some("1987-03")),
            ("19870302", Some("1987-03-02")),
            ("1987030214", Some("1987-03-02")),
            ("198703021405", Some("1987-03-02T14:05:00+01:00")),
            ("19870302140507.25-0330", Some("1987-03-02T14:05:07.25-03:30")),
            ("2018080800000000000", Some("2018-08-08T00:00:00+01:00")),
            ("19870229", None),
            ("0000", None),
            ("198703021", None),
            ("unknown", None),
            ("19870302140507+1", None),
        ] {
            assert_eq!(read(written).as_deref(), meant, "{written}");
        }
        let sender = Clock::new(Some("20260101120000+0530"), madrid);
        assert_eq!(sender.date_time("202601011200").as_deref(), Some("2026-01-01T12:00:00+05:30"));
        assert_eq!(sender.date("202601012330-0500").as_deref(), Some("2026-01-01"));
    }

    #[test]
    fn decimals_are_written_as_json_writes_them() {
        for (written, meant) in [
            ("4.06", Some("4.06")),
            ("+5", Some("5")),
            (".50", Some("0.50")),
            ("-007", Some("-7")),
            ("0", Some("0")),
            ("1.", Some("1")),
            ("1e5", None),
            ("<5", None),
            ("-", None),
            (".", None),
            ("", None),
            ("1,5", None),
        ] {
            assert_eq!(decimal(written).as_deref(), meant, "{written}");
        }
    }
}
