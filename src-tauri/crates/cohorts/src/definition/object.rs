//! A JSON object taken apart member by member; what is left over is unknown.

use jiff::civil::Date;
use serde_json::{Map, Number, Value};

use super::error::{DefinitionError, Problem};

pub(super) type Read<T> = Result<T, DefinitionError>;

/// A JSON object and the place where it stands.
pub(super) struct Object {
    members: Map<String, Value>,
    pub place: String,
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn wrong<T>(place: &str, expected: &'static str, value: &Value) -> Read<T> {
    Err(DefinitionError::new(place, Problem::WrongType { expected, found: kind_of(value) }))
}

/// A day. Circe writes dates as `year-month-day`, with or without leading zeros.
pub(super) fn date(place: &str, value: &Value) -> Read<Date> {
    let expected = "a date (year-month-day)";
    let Value::String(text) = value else { return wrong(place, expected, value) };
    let mut parts = text.splitn(3, '-');
    let mut part = || parts.next().filter(|part| !part.starts_with('+'));
    let day = match (part(), part(), part()) {
        (Some(year), Some(month), Some(day)) => match (year.parse(), month.parse(), day.parse()) {
            (Ok(year), Ok(month), Ok(day)) => Date::new(year, month, day).ok(),
            _ => None,
        },
        _ => None,
    };
    day.ok_or_else(|| {
        DefinitionError::new(
            place,
            Problem::UnknownWord { found: text.clone(), allowed: "the days that there are" },
        )
    })
}

impl Object {
    pub fn new(place: String, value: Value) -> Read<Self> {
        match value {
            Value::Object(members) => Ok(Self { members, place }),
            other => wrong(&place, "an object", &other),
        }
    }

    pub fn place_of(&self, name: &str) -> String {
        if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) }
    }

    /// The member, unless it is missing or null.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name).filter(|value| !value.is_null())
    }

    fn missing<T>(&self, name: &'static str, found: Option<T>) -> Read<T> {
        found.ok_or_else(|| DefinitionError::new(self.place.clone(), Problem::Missing(name)))
    }

    pub fn object(&mut self, name: &str) -> Read<Option<Self>> {
        let place = self.place_of(name);
        self.take(name).map(|value| Self::new(place, value)).transpose()
    }

    pub fn needed_object(&mut self, name: &'static str) -> Read<Self> {
        let found = self.object(name)?;
        self.missing(name, found)
    }

    /// The members of a list with their places. A missing list is an empty one.
    pub fn list(&mut self, name: &str) -> Read<Vec<(String, Value)>> {
        let place = self.place_of(name);
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items
                .into_iter()
                .enumerate()
                .map(|(position, item)| (format!("{place}[{position}]"), item))
                .collect()),
            Some(other) => wrong(&place, "a list", &other),
        }
    }

    pub fn text(&mut self, name: &str) -> Read<Option<String>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => wrong(&self.place_of(name), "a text", &other),
        }
    }

    pub fn switch(&mut self, name: &str) -> Read<Option<bool>> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(on)) => Ok(Some(on)),
            Some(other) => wrong(&self.place_of(name), "true or false", &other),
        }
    }

    /// A number. Some published definitions write it as a text, which circe's reader takes.
    pub fn number(&mut self, name: &str) -> Read<Option<Number>> {
        let written = |text: &str| text.trim().parse::<Number>().ok();
        match self.take(name) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(Some(number)),
            Some(other) => match other.as_str().and_then(written) {
                Some(number) => Ok(Some(number)),
                None => wrong(&self.place_of(name), "a number", &other),
            },
        }
    }

    pub fn integer(&mut self, name: &str) -> Read<Option<i32>> {
        let Some(number) = self.number(name)? else { return Ok(None) };
        match number.as_i64().and_then(|n| i32::try_from(n).ok()) {
            Some(integer) => Ok(Some(integer)),
            None => wrong(
                &self.place_of(name),
                "a whole number between -2147483648 and 2147483647",
                &Value::Number(number),
            ),
        }
    }

    pub fn needed_integer(&mut self, name: &'static str) -> Read<i32> {
        let found = self.integer(name)?;
        self.missing(name, found)
    }

    pub fn identity(&mut self, name: &'static str) -> Read<i64> {
        let number = self.number(name)?;
        let number = self.missing(name, number)?;
        match number.as_i64() {
            Some(identity) => Ok(identity),
            None => wrong(&self.place_of(name), "a whole number", &Value::Number(number)),
        }
    }

    pub fn date(&mut self, name: &str) -> Read<Option<Date>> {
        let place = self.place_of(name);
        self.take(name).map(|value| date(&place, &value)).transpose()
    }

    /// A word out of a published list.
    pub fn word<T: Copy>(
        &mut self,
        name: &str,
        allowed: &'static str,
        known: impl Fn(&str) -> Option<T>,
    ) -> Read<Option<(T, String)>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match known(&text) {
            Some(word) => Ok(Some((word, text))),
            None => {
                let problem = Problem::UnknownWord { found: text, allowed };
                Err(DefinitionError::new(self.place_of(name), problem))
            }
        }
    }

    pub fn needed<T>(&self, name: &'static str, found: Option<T>) -> Read<T> {
        self.missing(name, found)
    }

    /// The only member and its name.
    pub fn only(mut self) -> Read<(String, Value, String)> {
        let count = self.members.len();
        let mut names = self.members.keys();
        match (names.next().cloned(), names.next()) {
            (Some(name), None) => {
                let value = self.members.remove(&name).unwrap_or(Value::Null);
                Ok((name, value, self.place))
            }
            _ => Err(DefinitionError::new(self.place, Problem::NotOneKind(count))),
        }
    }

    /// Refuses what was not taken.
    pub fn finish(self) -> Read<()> {
        match self.members.into_iter().next() {
            None => Ok(()),
            Some((name, _)) => Err(DefinitionError::new(self.place, Problem::UnknownAttribute(name))),
        }
    }
}
