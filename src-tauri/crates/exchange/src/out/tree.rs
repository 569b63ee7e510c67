//! JSON as written: members keep their order, decimals their digits (`1.00` is not `1`, `1E-22` is not `0`).

use serde::Deserialize;
use serde_json::value::RawValue;

/// Deepest nesting that is read; FHIR stays below 20.
const DEEPEST: usize = 100;

/// A value of a JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// Members in the order of the text; the names differ.
    Object(Vec<(String, Tree)>),
    /// Items.
    Array(Vec<Tree>),
    /// A string.
    Text(String),
    /// Anything that is written without quotes: a number, `true`, `false`, `null`.
    Bare(String),
}

/// One level of a text, the next left unread.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> serde::de::Visitor<'de> for InOrder {
            type Value = Vec<(String, &'de RawValue)>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(InOrder).map(Members)
    }
}

impl Tree {
    /// Reads a text. `None` when it is no JSON, too deep, or says a member twice.
    pub fn parse(json: &str) -> Option<Self> {
        Self::of(serde_json::from_str(json).ok()?, 0)
    }

    fn of(raw: &RawValue, depth: usize) -> Option<Self> {
        let text = raw.get();
        if depth > DEEPEST {
            return None;
        }
        Some(match text.as_bytes().first()? {
            b'{' => {
                let Members(members) = serde_json::from_str(text).ok()?;
                let mut read: Vec<(String, Self)> = Vec::with_capacity(members.len());
                for (name, value) in members {
                    if read.iter().any(|(known, _)| *known == name) {
                        return None;
                    }
                    read.push((name, Self::of(value, depth + 1)?));
                }
                Self::Object(read)
            }
            b'[' => {
                let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                Self::Array(items.into_iter().map(|i| Self::of(i, depth + 1)).collect::<Option<_>>()?)
            }
            b'"' => Self::Text(serde_json::from_str(text).ok()?),
            _ => Self::Bare(text.to_owned()),
        })
    }

    /// A string.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// `true` or `false`.
    pub fn truth(value: bool) -> Self {
        Self::Bare(value.to_string())
    }

    /// An object of the members that are there.
    pub fn object<const N: usize>(members: [(&str, Option<Self>); N]) -> Self {
        Self::Object(members.into_iter().filter_map(|(name, v)| Some((name.to_owned(), v?))).collect())
    }

    /// A list with one item.
    pub fn list_of(item: Self) -> Self {
        Self::Array(vec![item])
    }

    /// A member of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(n, _)| n == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// A member of an object, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Self> {
        match self {
            Self::Object(members) => members.iter_mut().find(|(n, _)| n == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// Puts a member into an object, in the place of an earlier one of this name.
    pub fn put(&mut self, name: &str, value: Self) {
        if let Self::Object(members) = self {
            match members.iter_mut().find(|(n, _)| n == name) {
                Some((_, old)) => *old = value,
                None => members.push((name.to_owned(), value)),
            }
        }
    }

    /// Takes a member out of an object.
    pub fn take(&mut self, name: &str) -> Option<Self> {
        match self {
            Self::Object(members) => {
                let at = members.iter().position(|(n, _)| n == name)?;
                Some(members.remove(at).1)
            }
            _ => None,
        }
    }

    /// The string that it is.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Object(members) => members.is_empty(),
            Self::Array(items) => items.is_empty(),
            _ => false,
        }
    }

    /// Visits every string with the name of the member that holds it.
    pub fn for_each_text(&mut self, see: &mut impl FnMut(&str, &mut String)) {
        self.texts(&mut Vec::new(), &mut |path, text| see(path.last().map_or("", String::as_str), text));
    }

    /// Visits every string with its path.
    pub fn texts(&mut self, path: &mut Vec<String>, see: &mut impl FnMut(&[String], &mut String)) {
        match self {
            Self::Object(members) => {
                for (name, value) in members {
                    path.push(name.clone());
                    value.texts(path, see);
                    path.pop();
                }
            }
            Self::Array(items) => items.iter_mut().for_each(|item| item.texts(path, see)),
            Self::Text(text) => see(path, text),
            Self::Bare(_) => {}
        }
    }

    /// The text, on one line.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Object(members) => {
                out.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    quoted(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
            Self::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Text(text) => quoted(text, out),
            Self::Bare(text) => out.push_str(text),
        }
    }
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_order_and_escapes_survive() {
        let json = r#"{"b":1.00,"a":[1E-22,-1.0e+245,true,null],"t":"é\"\\\n\u0001/"}"#;
        let tree = Tree::parse(json).unwrap();
        assert_eq!(tree.to_json(), json);
        assert_eq!(Tree::parse(&tree.to_json()), Some(tree));
    }

    #[test]
    fn what_is_no_json_or_ambiguous_or_endless_is_not_read() {
        for bad in ["", "{", r#"{"a":1,"a":2}"#, "[1,]", "nul", &"[".repeat(3000)] {
            assert_eq!(Tree::parse(bad), None);
        }
    }
}
