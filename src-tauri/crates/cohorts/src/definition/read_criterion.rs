//! Criteria and their attributes out of JSON.

use serde_json::Value;

use super::attribute::{Attribute, AttributeSpecification, Shape, Test, attributes_of};
use super::criterion::{Criterion, CriterionKind, DateAdjustment, EventDate};
use super::error::{DefinitionError, Problem};
use super::object::{Object, Read};
use super::values::{
    Comparison, Concept, ConceptSetSelection, DateRange, NumericRange, Period, TextFilter, TextPlace,
};

/// A criterion: an object with one member, its kind.
pub(super) fn criterion(place: String, value: Value) -> Read<Criterion> {
    let (name, value, place) = Object::new(place, value)?.only()?;
    let Some(kind) = CriterionKind::named(&name) else {
        return Err(DefinitionError::new(place, Problem::UnknownKind(name)));
    };
    let mut object = Object::new(format!("{place}.{name}"), value)?;
    let codeset_id = if kind.has_codeset() { object.integer("CodesetId")? } else { None };
    let first = if kind.has_first() { object.switch("First")? } else { None };
    let attributes = attributes(&mut object, attributes_of(kind))?;
    let correlated_criteria =
        object.object("CorrelatedCriteria")?.map(super::read::group).transpose()?.map(Box::new);
    let date_adjustment = object.object("DateAdjustment")?.map(date_adjustment).transpose()?;
    object.finish()?;
    Ok(Criterion { kind, codeset_id, first, attributes, correlated_criteria, date_adjustment })
}

/// Those of the known attributes that the object has.
pub(super) fn attributes(
    object: &mut Object,
    known: &'static [AttributeSpecification],
) -> Read<Vec<Attribute>> {
    let mut attributes = Vec::new();
    for specification in known {
        if let Some(test) = test(object, *specification)? {
            attributes.push(Attribute { specification: *specification, test });
        }
    }
    Ok(attributes)
}

fn test(object: &mut Object, specification: AttributeSpecification) -> Read<Option<Test>> {
    let name = specification.name;
    Ok(match specification.shape {
        Shape::Codeset => object.integer(name)?.map(Test::Codeset),
        Shape::Flag => object.switch(name)?.map(Test::Flag),
        Shape::Selection => object.object(name)?.map(selection).transpose()?.map(Test::Selection),
        Shape::Number => object.object(name)?.map(numeric_range).transpose()?.map(Test::Number),
        Shape::Date => object.object(name)?.map(date_range).transpose()?.map(Test::Date),
        Shape::Text => object.object(name)?.map(text_filter).transpose()?.map(Test::Text),
        Shape::Period => object.object(name)?.map(period).transpose()?.map(Test::Period),
        Shape::Concepts => {
            let place = object.place_of(name);
            match object.take(name) {
                None => None,
                Some(Value::Array(items)) => {
                    let at = |position| format!("{place}[{position}]");
                    let read = |(position, item)| concept(Object::new(at(position), item)?);
                    Some(Test::Concepts(items.into_iter().enumerate().map(read).collect::<Read<_>>()?))
                }
                Some(_) => {
                    let problem =
                        Problem::WrongType { expected: "a list of concepts", found: "something else" };
                    return Err(DefinitionError::new(place, problem));
                }
            }
        }
    })
}

/// A concept. What else tools write of it, as counts of records, is for the reader's eye and passed over, as circe-be publishes
/// (`vocabulary/Concept.java`, `ignoreUnknown`): the id alone decides.
pub(super) fn concept(mut object: Object) -> Read<Concept> {
    Ok(Concept {
        concept_id: object.identity("CONCEPT_ID")?,
        concept_name: object.text("CONCEPT_NAME")?,
        standard_concept: object.text("STANDARD_CONCEPT")?,
        standard_concept_caption: object.text("STANDARD_CONCEPT_CAPTION")?,
        invalid_reason: object.text("INVALID_REASON")?,
        invalid_reason_caption: object.text("INVALID_REASON_CAPTION")?,
        concept_code: object.text("CONCEPT_CODE")?,
        domain_id: object.text("DOMAIN_ID")?,
        vocabulary_id: object.text("VOCABULARY_ID")?,
        concept_class_id: object.text("CONCEPT_CLASS_ID")?,
    })
}

fn selection(mut object: Object) -> Read<ConceptSetSelection> {
    let codeset_id = object.integer("CodesetId")?;
    let is_exclusion = object.switch("IsExclusion")?.unwrap_or(false);
    object.finish()?;
    Ok(ConceptSetSelection { codeset_id, is_exclusion })
}

fn comparison(object: &mut Object) -> Read<Comparison> {
    let known = |text: &str| Comparison::NAMES.iter().find(|(_, name)| *name == text).map(|(one, _)| *one);
    let word = object.word("Op", "lt, lte, eq, !eq, gt, gte, bt, !bt", known)?;
    Ok(object.needed("Op", word)?.0)
}

fn numeric_range(mut object: Object) -> Read<NumericRange> {
    let comparison = comparison(&mut object)?;
    let value = object.number("Value")?;
    let value = object.needed("Value", value)?;
    let extent = object.number("Extent")?;
    if comparison.is_range() {
        object.needed("Extent", extent.as_ref())?;
    }
    object.finish()?;
    Ok(NumericRange { comparison, value, extent })
}

fn date_range(mut object: Object) -> Read<DateRange> {
    let comparison = comparison(&mut object)?;
    let value = object.date("Value")?;
    let value = object.needed("Value", value)?;
    let extent = object.date("Extent")?;
    if comparison.is_range() {
        object.needed("Extent", extent)?;
    }
    object.finish()?;
    Ok(DateRange { comparison, value, extent })
}

fn text_filter(mut object: Object) -> Read<TextFilter> {
    let known = |text: &str| match text.trim_start_matches('!') {
        "contains" => Some(TextPlace::Contains),
        "startsWith" => Some(TextPlace::StartsWith),
        "endsWith" => Some(TextPlace::EndsWith),
        "eq" => Some(TextPlace::Equals),
        _ => None,
    };
    let word = object.word("Op", "contains, startsWith, endsWith, eq, each with or without !", known)?;
    let (place, name) = object.needed("Op", word)?;
    let text = object.text("Text")?;
    let text = object.needed("Text", text)?;
    object.finish()?;
    Ok(TextFilter { text, place, negated: name.starts_with('!') })
}

pub(super) fn period(mut object: Object) -> Read<Period> {
    let period = Period { start_date: object.date("StartDate")?, end_date: object.date("EndDate")? };
    object.finish()?;
    Ok(period)
}

fn date_adjustment(mut object: Object) -> Read<DateAdjustment> {
    let known = |text: &str| match text {
        "START_DATE" => Some(EventDate::Start),
        "END_DATE" => Some(EventDate::End),
        _ => None,
    };
    let allowed = "START_DATE, END_DATE";
    let adjustment = DateAdjustment {
        start_with: object.word("StartWith", allowed, known)?.map_or(EventDate::Start, |(word, _)| word),
        start_offset: object.integer("StartOffset")?.unwrap_or(0),
        end_with: object.word("EndWith", allowed, known)?.map_or(EventDate::End, |(word, _)| word),
        end_offset: object.integer("EndOffset")?.unwrap_or(0),
    };
    object.finish()?;
    Ok(adjustment)
}
