//! Values of primitive types, as the page "Data Types" of FHIR R4 gives their formats.

use serde_json::Value;

use super::Fault;

/// What is wrong with a value of a primitive type; `None` when nothing is.
pub(super) fn fault(primitive: &str, value: &Value) -> Option<Fault> {
    match (primitive, value) {
        ("boolean", Value::Bool(_)) | ("decimal", Value::Number(_)) => None,
        ("integer", Value::Number(number)) => wrong_unless(is_between(number, i64::from(i32::MIN))),
        ("unsignedInt", Value::Number(number)) => wrong_unless(is_between(number, 0)),
        ("positiveInt", Value::Number(number)) => wrong_unless(is_between(number, 1)),
        ("boolean" | "decimal" | "integer" | "unsignedInt" | "positiveInt", _) => Some(Fault::WrongType),
        (_, Value::String(text)) if text.is_empty() => Some(Fault::Empty),
        (_, Value::String(text)) => wrong_unless(is_right(primitive, text)),
        _ => Some(Fault::WrongType),
    }
}

fn wrong_unless(right: bool) -> Option<Fault> {
    (!right).then_some(Fault::WrongValue)
}

fn is_between(number: &serde_json::Number, least: i64) -> bool {
    number.as_i64().is_some_and(|n| (least..=i64::from(i32::MAX)).contains(&n))
}

fn is_right(primitive: &str, text: &str) -> bool {
    match primitive {
        "uri" | "url" | "canonical" => !text.contains(char::is_whitespace),
        "oid" => text.strip_prefix("urn:oid:").is_some_and(is_oid),
        "uuid" => text.strip_prefix("urn:uuid:").is_some_and(is_uuid),
        "id" => {
            text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
        }
        "code" => {
            !text.starts_with(char::is_whitespace)
                && !text.ends_with(char::is_whitespace)
                && !text.contains("  ")
                && !text.contains(['\t', '\r', '\n'])
        }
        "base64Binary" => is_base64(text),
        "date" => is_date(text),
        "time" => is_time(text),
        "instant" => text
            .split_once('T')
            .is_some_and(|(day, time)| day.len() == 10 && is_date(day) && is_zoned_time(time)),
        "dateTime" => match text.split_once('T') {
            Some((day, time)) => day.len() == 10 && is_date(day) && is_zoned_time(time),
            None => is_date(text),
        },
        // string, markdown, xhtml
        _ => text.contains(|c: char| !c.is_whitespace()),
    }
}

/// `[0-2](\.(0|[1-9][0-9]*))+`
fn is_oid(text: &str) -> bool {
    let mut parts = text.split('.');
    let first = parts.next().is_some_and(|p| matches!(p, "0" | "1" | "2"));
    let rest: Vec<&str> = parts.collect();
    let is_number = |p: &&str| {
        !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()) && (*p == "0" || !p.starts_with('0'))
    };
    first && !rest.is_empty() && rest.iter().all(is_number)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

fn is_base64(text: &str) -> bool {
    let mut count = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'/' | b'=' => count += 1,
            byte if byte.is_ascii_whitespace() => {}
            _ => return false,
        }
    }
    count > 0 && count.is_multiple_of(4)
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// `2020`, `2020-02`, `2020-02-29`, of the calendar.
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let year = parts.next().and_then(|y| digits(y, 4)).filter(|y| *y > 0);
    let month = parts.next().map(|m| digits(m, 2).filter(|m| (1..=12).contains(m)));
    let day = parts.next().map(|d| digits(d, 2));
    let Some(year) = year else { return false };
    if parts.next().is_some() {
        return false;
    }
    match (month, day) {
        (None, _) => true,
        (Some(None), _) | (_, Some(None)) => false,
        (Some(Some(_)), None) => true,
        (Some(Some(month)), Some(Some(day))) => {
            jiff::civil::Date::new(year as i16, month as i8, i8::try_from(day).unwrap_or(0)).is_ok()
        }
    }
}

/// `23:59:60`, `01:02:03.456`.
fn is_time(text: &str) -> bool {
    let (whole, part) = text.split_once('.').map_or((text, None), |(whole, part)| (whole, Some(part)));
    let mut parts = whole.split(':');
    let mut next = |most: u32| parts.next().and_then(|p| digits(p, 2)).is_some_and(|n| n <= most);
    let is_clock = next(23) && next(59) && next(60);
    is_clock
        && parts.next().is_none()
        && part.is_none_or(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
}

/// A time with its zone: `Z`, `+02:00`.
fn is_zoned_time(text: &str) -> bool {
    if let Some(time) = text.strip_suffix('Z') {
        return is_time(time);
    }
    let Some(at) = text.rfind(['+', '-']) else { return false };
    let (time, zone) = text.split_at(at);
    let offset = zone[1..].split_once(':').and_then(|(h, m)| Some((digits(h, 2)?, digits(m, 2)?)));
    is_time(time) && offset.is_some_and(|(hours, minutes)| hours <= 14 && minutes <= 59)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Google's published values for its own FHIR library (google/fhir, Apache-2.0), which lie beside the project. A null has no
    /// place in a resource.
    #[test]
    fn published_values_are_told_apart() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../../shared/data/fhir/google_fhir_r4_primitive_validation");
        if !folder.is_dir() {
            println!("skipped (no data)");
            return;
        }
        let mut seen = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let mut parts = name.split('.');
            let (primitive, validity) = (parts.next().unwrap(), parts.next().unwrap());
            // That library holds narratives against the subset of XHTML, which is nobody's reading here.
            if primitive == "xhtml" {
                continue;
            }
            for line in std::fs::read_to_string(&path).unwrap().lines().filter(|l| *l != "null") {
                let value: Value = serde_json::from_str(line).unwrap();
                assert_eq!(fault(primitive, &value).is_none(), validity == "valid", "{name}: {line}");
                seen += 1;
            }
        }
        assert!(seen > 50, "{seen}");
    }

    #[test]
    fn dates_and_times_are_those_of_the_calendar() {
        for (primitive, right) in [
            ("date", "2020-02-29"),
            ("dateTime", "2015-02-07T13:28:17-05:00"),
            ("dateTime", "2015"),
            ("instant", "2015-02-07T13:28:17.239+02:00"),
            ("time", "23:59:60"),
            ("base64Binary", "aGk="),
            ("uuid", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"),
        ] {
            assert!(is_right(primitive, right), "{primitive} {right}");
        }
        for (primitive, wrong) in [
            ("date", "2021-02-29"),
            ("date", "2021-2-9"),
            ("date", "0000"),
            ("dateTime", "2015-02-07T13:28:17"),
            ("dateTime", "2015-02-07T13:28Z"),
            ("instant", "2015-02-07"),
            ("time", "24:00:00"),
            ("base64Binary", "aGk"),
        ] {
            assert!(!is_right(primitive, wrong), "{primitive} {wrong}");
        }
    }
}
