//! One hash for one content: keys sorted, white space dropped, escapes resolved, numbers by value.
//!
//! A reference counts by its id alone, because the same bundle says `urn:uuid:X` and its NDJSON twin `Patient/X`.

use std::borrow::Cow;

/// Deepest nesting that is hashed; FHIR stays below 20.
const DEEPEST: usize = 100;

/// BLAKE3 of the canonical form, first 16 bytes. `None` when the text is not JSON.
pub fn content_hash(json: &str) -> Option<[u8; 16]> {
    let mut out = Vec::with_capacity(json.len());
    let mut scanner = Scanner { bytes: json.as_bytes(), text: json, at: 0 };
    scanner.value(&mut out, None, 0)?;
    scanner.blanks();
    if scanner.at != json.len() {
        return None;
    }
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(&out).as_bytes()[..16]);
    Some(hash)
}

struct Scanner<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn blanks(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn next(&mut self) -> Option<u8> {
        self.blanks();
        self.bytes.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then(|| self.at += 1)
    }

    fn value(&mut self, out: &mut Vec<u8>, key: Option<&str>, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match self.next()? {
            b'{' => self.object(out, depth),
            b'[' => self.array(out, key, depth),
            b'"' => {
                let text = self.string()?;
                let text = if key == Some("reference") { reference_id(&text) } else { &text };
                // Length first, so that no text can imitate structure.
                out.push(b'"');
                out.extend_from_slice(&(text.len() as u32).to_le_bytes());
                out.extend_from_slice(text.as_bytes());
                Some(())
            }
            _ => {
                let start = self.at;
                while matches!(self.bytes.get(self.at), Some(b) if !matches!(b, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t'))
                {
                    self.at += 1;
                }
                if self.at == start {
                    return None;
                }
                scalar(&self.text[start..self.at], out);
                Some(())
            }
        }
    }

    fn object(&mut self, out: &mut Vec<u8>, depth: usize) -> Option<()> {
        self.at += 1;
        out.push(b'{');
        let start = out.len();
        let mut members: Vec<(Cow<'a, str>, usize, usize)> = Vec::new();
        if self.next()? != b'}' {
            loop {
                self.blanks();
                let key = self.string()?;
                self.expect(b':')?;
                let from = out.len();
                self.value(out, Some(&key), depth + 1)?;
                members.push((key, from, out.len()));
                match self.next()? {
                    b',' => self.at += 1,
                    b'}' => break,
                    _ => return None,
                }
            }
        }
        self.at += 1;
        members.sort_by(|a, b| a.0.cmp(&b.0));
        let mut sorted = Vec::with_capacity(out.len() - start + members.len() * 16);
        for (key, from, to) in &members {
            sorted.extend_from_slice(&(key.len() as u32).to_le_bytes());
            sorted.extend_from_slice(key.as_bytes());
            sorted.extend_from_slice(&out[*from..*to]);
        }
        out.truncate(start);
        out.extend_from_slice(&sorted);
        out.push(b'}');
        Some(())
    }

    fn array(&mut self, out: &mut Vec<u8>, key: Option<&str>, depth: usize) -> Option<()> {
        self.at += 1;
        out.push(b'[');
        if self.next()? != b']' {
            loop {
                self.value(out, key, depth + 1)?;
                match self.next()? {
                    b',' => self.at += 1,
                    b']' => break,
                    _ => return None,
                }
            }
        }
        self.at += 1;
        out.push(b']');
        Some(())
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        if *self.bytes.get(self.at)? != b'"' {
            return None;
        }
        let start = self.at;
        self.at += 1;
        let mut escaped = false;
        loop {
            match *self.bytes.get(self.at)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        self.at += 1;
        if escaped {
            serde_json::from_str::<String>(self.text.get(start..self.at)?).ok().map(Cow::Owned)
        } else {
            self.text.get(start + 1..self.at - 1).map(Cow::Borrowed)
        }
    }
}

/// A number counts by its value: other programs write `1.00` as `1.0` when they pass a file on, and that is no change.
/// What is kept is the first text. Integers too long for a double count by their digits.
fn scalar(text: &str, out: &mut Vec<u8>) {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let whole = !text.contains(['.', 'e', 'E']);
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && !(whole && digits > 15) => {
            out.push(b'#');
            out.extend_from_slice(&(number + 0.0).to_bits().to_le_bytes());
        }
        _ => {
            out.push(b'$');
            out.extend_from_slice(&(text.len() as u32).to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        }
    }
}

/// The id that a reference ends in: `urn:uuid:X`, `Patient/X` and `http://host/Patient/X` are all `X`.
pub fn reference_id(reference: &str) -> &str {
    reference.rsplit(['/', ':']).next().unwrap_or(reference)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[\\PC\\n\"\\\\]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{1,6}", inner, 0..5)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    /// Writes members in the opposite order.
    fn reversed(value: &Value) -> String {
        match value {
            Value::Object(map) => {
                let members: Vec<String> = map
                    .iter()
                    .rev()
                    .map(|(k, v)| format!("{} :\n {}", Value::from(k.clone()), reversed(v)))
                    .collect();
                format!("{{ {} }}", members.join(" , "))
            }
            Value::Array(list) => {
                format!("[ {} ]", list.iter().map(reversed).collect::<Vec<_>>().join(",\n\t"))
            }
            other => other.to_string(),
        }
    }

    proptest! {
        #[test]
        fn order_and_indent_do_not_matter_and_content_does(a in any_json(), b in any_json()) {
            let plain = content_hash(&a.to_string());
            prop_assert!(plain.is_some());
            prop_assert_eq!(plain, content_hash(&serde_json::to_string_pretty(&a).unwrap()));
            prop_assert_eq!(plain, content_hash(&reversed(&a)));
            prop_assert_eq!(plain == content_hash(&b.to_string()), a == b);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}") {
            let _ = content_hash(&text);
        }
    }

    #[test]
    fn numbers_count_by_value_and_escapes_do_not_count() {
        assert_eq!(content_hash("{\"v\":1.0}"), content_hash("{\"v\":1.00}"));
        assert_ne!(content_hash("{\"v\":1.0}"), content_hash("{\"v\":1.01}"));
        assert_ne!(content_hash("12345678901234567890"), content_hash("12345678901234567891"));
        assert_ne!(content_hash("true"), content_hash("false"));
        assert_eq!(content_hash("\"\\u00e9\""), content_hash("\"é\""));
        assert_eq!(
            content_hash(r#"{"reference":"urn:uuid:a-1"}"#),
            content_hash(r#"{"reference":"Patient/a-1"}"#)
        );
    }
}
