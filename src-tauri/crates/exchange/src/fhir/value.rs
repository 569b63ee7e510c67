//! What an observation found, as one line of the chart: values of every type, interpretations, reference ranges.
//!
//! Source: HL7 FHIR R4 (4.0.1), `Observation.value[x]`, `Observation.interpretation`, `Observation.referenceRange`.

use super::resource::{CodeableConcept, Period, Quantity, Range, Ratio, ReferenceRange};

/// The value of an observation or of a component that is no amount, as its source wrote it.
macro_rules! text {
    ($of:expr) => {
        $of.value_codeable_concept
            .as_ref()
            .and_then(CodeableConcept::title)
            .or_else(|| $of.value_string.as_deref().map(str::to_owned))
            .or_else(|| $of.value_boolean.map(|b| if b { "Yes" } else { "No" }.to_owned()))
            .or_else(|| $of.value_integer.map(|n| n.get().to_owned()))
            .or_else(|| $of.value_date_time.as_deref().map(str::to_owned))
            .or_else(|| $of.value_time.as_deref().map(str::to_owned))
            .or_else(|| $of.value_range.as_ref().and_then(value::range))
            .or_else(|| $of.value_ratio.as_ref().and_then(value::ratio))
            .or_else(|| $of.value_period.as_ref().and_then(value::period))
    };
}
pub(super) use text;

/// Whether the value is of a closed type, or a concept in the words of its code: free text is neither.
macro_rules! is_closed {
    ($of:expr) => {
        match (&$of.value_codeable_concept, &$of.value_string) {
            (Some(concept), _) => value::says_its_code(concept),
            (None, Some(_)) => false,
            (None, None) => true,
        }
    };
}
pub(super) use is_closed;

/// Whether a concept is called what one of its codes is called, or has no words but those.
pub(super) fn says_its_code(concept: &CodeableConcept<'_>) -> bool {
    let coded = || concept.coding.iter().filter(|c| c.code.is_some());
    match concept.text.as_deref() {
        None => coded().next().is_some(),
        Some(text) => coded().any(|c| c.display.as_deref() == Some(text)),
    }
}

/// A number with its comparator, and its unit.
fn amount(quantity: Option<&Quantity<'_>>) -> Option<(String, Option<String>)> {
    let quantity = quantity?;
    let comparator = quantity.comparator.as_deref().unwrap_or_default();
    let unit = quantity.unit.as_deref().or(quantity.code.as_deref()).map(str::to_owned);
    Some((format!("{comparator}{}", quantity.value?.get()), unit))
}

fn with_unit((number, unit): (String, Option<String>)) -> String {
    match unit {
        Some(unit) => format!("{number} {unit}"),
        None => number,
    }
}

/// `3–5 mg`; with one end `≥ 3 mg` or `≤ 5 mg`.
pub(super) fn range(range: &Range<'_>) -> Option<String> {
    match (amount(range.low.as_ref()), amount(range.high.as_ref())) {
        (Some(low), Some(high)) if low.1 == high.1 || low.1.is_none() => {
            Some(format!("{}–{}", low.0, with_unit(high)))
        }
        (Some(low), Some(high)) => Some(format!("{} – {}", with_unit(low), with_unit(high))),
        (Some(low), None) => Some(format!("≥ {}", with_unit(low))),
        (None, Some(high)) => Some(format!("≤ {}", with_unit(high))),
        (None, None) => None,
    }
}

/// `1:128`, or with units `1 mg / 2 mL`.
pub(super) fn ratio(ratio: &Ratio<'_>) -> Option<String> {
    let (above, below) = (amount(ratio.numerator.as_ref())?, amount(ratio.denominator.as_ref())?);
    Some(match (&above.1, &below.1) {
        (None, None) => format!("{}:{}", above.0, below.0),
        _ => format!("{} / {}", with_unit(above), with_unit(below)),
    })
}

/// From when to when.
pub(super) fn period(period: &Period<'_>) -> Option<String> {
    match (period.start.as_deref(), period.end.as_deref()) {
        (None, None) => None,
        (start, end) => Some(format!("{} – {}", start.unwrap_or("…"), end.unwrap_or("…"))),
    }
}

/// The codes of all interpretations, or their words; `;` between them.
pub(super) fn interpretations(all: &[CodeableConcept<'_>]) -> Option<String> {
    let said = |c: &CodeableConcept<'_>| c.first_code().or_else(|| c.title());
    let words: Vec<String> = all.iter().filter_map(said).map(|w| w.replace(';', ",")).collect();
    (!words.is_empty()).then(|| words.join(";"))
}

fn limits(range: &ReferenceRange<'_>) -> Option<String> {
    if let Some(text) = range.text.as_deref() {
        return Some(text.to_owned());
    }
    let value = |q: &Option<Quantity<'_>>| q.as_ref().and_then(|q| q.value).map(|v| v.get().to_owned());
    match (value(&range.low), value(&range.high)) {
        (Some(low), Some(high)) => Some(format!("{low}–{high}")),
        (Some(low), None) => Some(format!("≥ {low}")),
        (None, Some(high)) => Some(format!("≤ {high}")),
        (None, None) => None,
    }
}

/// Which range it is and whom it is for: `therapeutic, female, 18–65 a`. A normal range for everybody says nothing.
fn whom(range: &ReferenceRange<'_>) -> Option<String> {
    let kind = range.kind.as_ref().filter(|k| k.first_code().as_deref() != Some("normal"));
    let mut words: Vec<String> =
        kind.into_iter().chain(&range.applies_to).filter_map(CodeableConcept::title).collect();
    words.extend(range.age.as_ref().and_then(self::range));
    (!words.is_empty()).then(|| words.join(", "))
}

/// All reference ranges; `; ` between them.
pub(super) fn ranges_text(ranges: &[ReferenceRange<'_>]) -> Option<String> {
    let one = |r: &ReferenceRange<'_>| {
        let limits = limits(r)?;
        Some(match whom(r) {
            Some(whom) => format!("{limits} ({whom})"),
            None => limits,
        })
    };
    let all: Vec<String> = ranges.iter().filter_map(one).collect();
    (!all.is_empty()).then(|| all.join("; "))
}
