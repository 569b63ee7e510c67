//! Units of measured values: when two of them can be compared, and how a number is carried from one to the other.
//!
//! Factors come from the Unified Code for Units of Measure (UCUM 2.2). UCUM alone would allow more than medicine does: to it a mole is
//! a number, so that `%` and `mmol/mol` are the same kind of thing. HbA1c of 6.5 % is 48 mmol/mol (IFCC and NGSP are joined by an
//! equation of their own), and not 65. Here a mole, an equivalent, an osmole, a gram and each arbitrary unit stay what they are, and
//! what is written in braces must be equal. What is not certain is refused.

/// How a number in one unit becomes one in another: `value × factor + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conversion {
    factor: f64,
    offset: f64,
}

/// Significant digits that a carried number keeps: 0.07 g/L is 7 mg/dL, and not 7.000000000000001.
const DIGITS: i32 = 12;

impl Conversion {
    /// From a unit to itself.
    pub const IDENTITY: Self = Self { factor: 1.0, offset: 0.0 };

    /// From one unit to another, both as UCUM codes; none where they cannot be compared.
    #[must_use]
    pub fn between(from: &str, to: &str) -> Option<Self> {
        if from == to {
            return Some(Self::IDENTITY);
        }
        let (from, to) = (Unit::read(from)?, Unit::read(to)?);
        if from.substance != to.substance || from.annotations != to.annotations {
            return None;
        }
        let at = |value: f64| ucum::convert(value, &from.plain, &to.plain).ok();
        let (zero, one) = (at(0.0)?, at(1.0)?);
        // A scale that is not straight, such as a logarithm, would be carried wrongly by a factor.
        let is_straight = (at(10.0)? - zero - 10.0 * (one - zero)).abs() <= 1e-9 * at(10.0)?.abs().max(1.0);
        let conversion = Self { factor: one - zero, offset: zero };
        (is_straight && conversion.factor.is_finite() && conversion.factor > 0.0 && zero.is_finite())
            .then_some(conversion)
    }

    /// The number in the other unit, to twelve significant digits.
    #[must_use]
    pub fn apply(self, value: f64) -> f64 {
        if self == Self::IDENTITY { value } else { rounded(value * self.factor + self.offset) }
    }
}

/// As it stands after a value and a multiplication sign.
impl std::fmt::Display for Conversion {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:e} + {:e}", self.factor, self.offset)
    }
}

fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    // The text with so many digits is read back: the nearest number to what a person would write.
    format!("{value:.*e}", (DIGITS - 1) as usize).parse().unwrap_or(value)
}

/// A unit in its parts.
struct Unit {
    /// Without what stands in braces, and with a base unit in place of an arbitrary one.
    plain: String,
    /// What stands in braces, in order.
    annotations: Vec<String>,
    /// What is counted or weighed, and whether above or below the line; sorted. Of a plain number nothing.
    substance: Vec<(&'static str, i32)>,
}

/// Units that are no number, though UCUM takes them for one, or that it compares with nothing.
const SUBSTANCES: [(&str, &str); 7] = [
    ("mol", "mol"),
    ("osm", "osm"),
    ("eq", "eq"),
    ("[IU]", "IU"),
    ("[iU]", "IU"),
    ("[arb'U]", "arbitrary"),
    ("g", GRAM),
];
const GRAM: &str = "g";
/// A base unit of UCUM that no laboratory uses; arbitrary units are computed as it.
const STAND_IN: &str = "cd";

impl Unit {
    fn read(code: &str) -> Option<Self> {
        let (text, annotations) = without_annotations(code)?;
        if text.contains(['(', ')']) {
            return None;
        }
        let mut plain = String::new();
        let mut substance = Vec::new();
        let mut sign = 1;
        for part in text.split_inclusive(['.', '/']) {
            let (term, operator) = match part.strip_suffix(['.', '/']) {
                Some(term) => (term, &part[term.len()..]),
                None => (part, ""),
            };
            plain += &Self::term(term, sign, &mut substance);
            plain += operator;
            sign = if operator == "/" { -1 } else { 1 };
        }
        // Grams matter where they cancel out: a share of a weight is no plain number.
        let grams: i32 = substance.iter().filter(|(kind, _)| *kind == GRAM).map(|(_, power)| power).sum();
        if grams != 0 {
            substance.retain(|(kind, _)| *kind != GRAM);
        }
        substance.sort_unstable();
        Some(Self { plain: if plain.is_empty() { "1".into() } else { plain }, annotations, substance })
    }

    /// The term as it is computed with; what it counts is noted.
    fn term(term: &str, sign: i32, substance: &mut Vec<(&'static str, i32)>) -> String {
        if term.starts_with("10*") || term.starts_with("10^") {
            return term.to_owned();
        }
        let atom = term.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
        let power: i32 = term[atom.len()..].parse().unwrap_or(1);
        let Some((ending, kind)) =
            SUBSTANCES.iter().find(|(ending, _)| atom.ends_with(ending) && atom != "deg")
        else {
            return term.to_owned();
        };
        substance.push((kind, sign * power));
        match *kind {
            "IU" | "arbitrary" => {
                format!("{}{STAND_IN}{}", &atom[..atom.len() - ending.len()], &term[atom.len()..])
            }
            _ => term.to_owned(),
        }
    }
}

/// The code without what stands in braces; none where a brace is not closed.
fn without_annotations(code: &str) -> Option<(String, Vec<String>)> {
    let (mut text, mut annotations) = (String::new(), Vec::new());
    let mut rest = code.trim();
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, behind) = after.split_once('}')?;
        text += before;
        // A term of braces alone is a number without a unit.
        if (before.is_empty() || before.ends_with(['.', '/']))
            && !(text.is_empty() && behind.starts_with('/'))
        {
            text.push('1');
        }
        annotations.push(inside.to_owned());
        rest = behind;
    }
    text += rest;
    annotations.sort_unstable();
    Some((text, annotations))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn carried(value: f64, from: &str, to: &str) -> Option<f64> {
        Conversion::between(from, to).map(|conversion| conversion.apply(value))
    }

    #[test]
    fn what_laboratories_write_in_two_ways_is_compared() {
        for (value, from, to, expected) in [
            (0.07, "g/L", "mg/dL", 7.0),
            (7.0, "mg/dL", "g/L", 0.07),
            (5.6, "mmol/L", "umol/L", 5_600.0),
            (2.5, "u[IU]/mL", "m[IU]/L", 2.5),
            (2.5, "m[iU]/L", "u[IU]/mL", 2.5),
            (48.0, "mmol/mol", "umol/mol", 48_000.0),
            (30.0, "mg/g", "g/kg", 30.0),
            (120.0, "mm[Hg]", "kPa", 15.998_64),
            (98.6, "[degF]", "Cel", 37.0),
            (150.0, "10*9/L", "10*3/uL", 150.0),
            (150.0, "10*3/uL{cells}", "10*9/L{cells}", 150.0),
            (1.0, "ukat/L", "nkat/L", 1_000.0),
            (70.0, "kg", "g", 70_000.0),
            (1.0, "[lb_av]", "kg", 0.453_592_37),
            (6.5, "%", "%", 6.5),
        ] {
            let got = carried(value, from, to);
            assert!(
                got.is_some_and(|got| (got - expected).abs() <= 1e-9 * expected),
                "{value} {from} -> {to}: {got:?}"
            );
        }
    }

    #[test]
    fn what_is_another_kind_of_thing_is_refused() {
        for (from, to) in [
            ("%", "mmol/mol"),
            ("mmol/mol", "%"),
            ("mg/g", "%"),
            ("mg/g", "mg/mmol"),
            ("mmol/L", "mg/dL"),
            ("mmol/L", "/L"),
            ("meq/L", "mmol/L"),
            ("mosm/kg", "mmol/kg"),
            ("m[IU]/L", "mmol/L"),
            ("m[IU]/L", "mcd/L"),
            ("[IU]/L", "U/L"),
            ("mL/min", "mL/min/{1.73_m2}"),
            ("10*9/L", "10*9/L{cells}"),
            ("K/uL", "10*3/uL"),
            ("[pH]", "mol/L"),
            ("mg/dL", "furlong"),
            ("mg/dL", "mg/(dL)"),
            ("mg/dL", "mg/dL{open"),
            ("mg/dL", ""),
        ] {
            assert_eq!(Conversion::between(from, to), None, "{from} -> {to}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_number(value in 0.001_f64..100_000.0, pair in 0_usize..4) {
            let (from, to) = [("mg/dL", "g/L"), ("mmol/L", "umol/L"), ("Cel", "[degF]"), ("mm[Hg]", "kPa")][pair];
            let back = carried(carried(value, from, to).unwrap(), to, from).unwrap();
            prop_assert!((back - value).abs() <= 1e-9 * value.max(100.0), "{value} {back}");
        }

        #[test]
        fn no_text_of_any_kind_makes_it_fail(from in ".{0,24}", to in ".{0,24}") {
            let _ = Conversion::between(&from, &to);
        }
    }
}
