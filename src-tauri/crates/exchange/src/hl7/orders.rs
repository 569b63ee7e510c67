//! ORC, OBR, RXO, RXE, RXA: what was ordered, prescribed and given.

use serde_json::{Value, json};

use super::coding::{concept, entity};
use super::map::{Made, Order, Reading, resource_id};
use super::message::Segment;
use super::refusal::Refusal;
use super::time::decimal;
use super::visit::{code_key, missing};

/// ORC-1 and ORC-5 (HL7 tables 0119 and 0038) as a FHIR request status.
fn request_status(control: Option<&str>, status: Option<&str>) -> &'static str {
    match (control, status) {
        (Some("CA" | "OC" | "CR"), _) | (_, Some("CA")) => "revoked",
        (Some("DC" | "OD" | "DR"), _) | (_, Some("DC")) => "stopped",
        (Some("HD" | "OH"), _) | (_, Some("HD")) => "on-hold",
        (_, Some("CM")) => "completed",
        (_, Some("ER")) => "entered-in-error",
        _ => "active",
    }
}

impl Reading<'_> {
    /// ORC begins an order; what follows belongs to it.
    pub(super) fn order_control(&mut self, orc: Segment<'_>) {
        let number = |field: usize| entity(orc.field(field)).filter(|_| !self.is_no_number(orc, field));
        self.order = Order {
            number: number(3).or_else(|| number(2)).map(|n| format!("{}|{n}", self.sender)),
            status: request_status(orc.value(1).as_deref(), orc.value(5).as_deref()),
            ordered: orc.value(9).or_else(|| orc.value(15)).and_then(|t| self.clock.date_time(&t)),
            ..Order::default()
        };
    }

    /// Whether an order number is what CDC's guide (Implementation Guide for Immunization Messaging 2.5.1, release 1.5, ORC-3) has
    /// for vaccinations that were not given here: it is everybody's.
    fn is_no_number(&self, orc: Segment<'_>, field: usize) -> bool {
        self.header.kind == "VXU" && orc.field(field).component(1).whole().as_deref() == Some("9999")
    }

    /// RXE of a pharmacy's order, RXO of the one who prescribes.
    pub(super) fn prescription(&mut self, rx: Segment<'_>) -> Result<(), Refusal> {
        // RXE: code 2, least 3, most 4, units 5, instructions 7. RXO: 1, 2, 3, 4, 7.
        let (code_at, least, most, units, instructions) =
            if rx.name() == "RXE" { (2, 3, 4, 5, 7) } else { (1, 2, 3, 4, 7) };
        let Some(code) = concept(rx.field(code_at)) else { return Err(missing(rx, code_at)) };
        let known_by = self.order.number.clone().unwrap_or_else(|| {
            let when = self.order.ordered.clone().unwrap_or_else(|| self.of_message());
            format!("{}|{when}", self.person.key)
        });
        let id = resource_id(&["MedicationRequest", &known_by, &code_key(&code)]);
        let mut request = self.resource("MedicationRequest", &id);
        request["medicationCodeableConcept"] = code;
        request["intent"] = "order".into();
        request["status"] = match self.order.status {
            "revoked" => "cancelled",
            other => other,
        }
        .into();
        if let Some(at) = &self.order.ordered {
            request["authoredOn"] = at.clone().into();
        }
        let amount = match (rx.value(least), rx.value(most)) {
            (Some(least), Some(most)) if least != most => Some(format!("{least}–{most}")),
            (Some(amount), _) | (None, Some(amount)) => Some(amount),
            (None, None) => None,
        };
        let unit = rx.field(units).component(2).whole().or_else(|| rx.value(units));
        let text: Vec<String> =
            [amount, unit, concept_text(rx, instructions)].into_iter().flatten().collect();
        if !text.is_empty() {
            request["dosageInstruction"] = json!([{ "text": text.join(" ") }]);
        }
        self.of_visit(&mut request);
        self.order.medication_at = Some(self.made.len());
        self.made.push(Made::new(request, rx.place(code_at)));
        Ok(())
    }

    /// RXR: by which route.
    pub(super) fn route(&mut self, rxr: Segment<'_>) {
        let (Some(at), Some(route)) = (self.order.medication_at, concept(rxr.field(1))) else { return };
        let Some(made) = self.made.get_mut(at) else { return };
        if made.resource["resourceType"] == "Immunization" {
            made.resource["route"] = route;
        } else if made.resource["dosageInstruction"].is_array() {
            made.resource["dosageInstruction"][0]["route"] = route;
        }
    }

    /// RXA of a vaccination message. Code 998 of CVX says that none was given.
    pub(super) fn vaccination(&mut self, rxa: Segment<'_>) -> Result<(), Refusal> {
        let Some(code) = concept(rxa.field(5)) else { return Err(missing(rxa, 5)) };
        if code["coding"][0]["code"] == "998" {
            return Ok(());
        }
        let at = self.stamp(rxa, 3)?;
        let when = at.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
        let known_by = self.order.number.clone().unwrap_or_else(|| self.person.key.clone());
        let id = resource_id(&["Immunization", &known_by, &code_key(&code), &when]);
        let mut given = self.resource("Immunization", &id);
        given.as_object_mut().map(|o| o.remove("subject"));
        given["patient"] = self.patient_reference();
        given["vaccineCode"] = code;
        given["status"] = match (rxa.value(21).as_deref(), rxa.value(20).as_deref()) {
            (Some("D"), _) => "entered-in-error",
            (_, Some("RE" | "NA")) => "not-done",
            _ => "completed",
        }
        .into();
        if let Some(at) = at {
            given["occurrenceDateTime"] = at;
        }
        // 999 stands for an amount that nobody wrote down.
        if let Some(amount) = rxa.value(6).and_then(|a| decimal(&a)).filter(|a| a != "999") {
            let mut quantity = json!({ "value": number(&amount) });
            if let Some(unit) = rxa.value(7) {
                quantity["unit"] = unit.into();
            }
            given["doseQuantity"] = quantity;
        }
        if let Some(lot) = rxa.value(15) {
            given["lotNumber"] = lot.into();
        }
        if let Some(maker) = rxa.field(17).component(2).whole().or_else(|| rxa.value(17)) {
            given["manufacturer"] = json!({ "display": maker });
        }
        if let Some(reason) = concept(rxa.field(18)) {
            given["statusReason"] = reason;
        }
        self.of_visit(&mut given);
        self.order.medication_at = Some(self.made.len());
        self.made.push(Made::new(given, rxa.place(5)));
        Ok(())
    }

    /// OBR of an order without results: a request, kept as it is said.
    pub(super) fn request(&mut self, obr: Segment<'_>) -> Result<(), Refusal> {
        let Some(code) = concept(obr.field(4)) else { return Ok(()) };
        let known_by = self.order.number.clone().unwrap_or_else(|| self.person.key.clone());
        let id = resource_id(&["ServiceRequest", &known_by, &code_key(&code)]);
        let mut request = self.resource("ServiceRequest", &id);
        request["code"] = code;
        request["intent"] = "order".into();
        request["status"] = self.order.status.into();
        if let Some(at) = &self.order.ordered {
            request["authoredOn"] = at.clone().into();
        }
        self.of_visit(&mut request);
        self.made.push(Made::new(request, obr.place(4)));
        Ok(())
    }
}

fn concept_text(segment: Segment<'_>, field: usize) -> Option<String> {
    segment.field(field).component(2).whole().or_else(|| segment.value(field))
}

/// Begins a decimal that is written as it came: a number of its own would lose its digits (`182.50`).
const AS_WRITTEN: char = '\u{f8ff}';

/// A decimal, digits as written; [`json_text`] makes a number of it.
pub(super) fn number(decimal: &str) -> Value {
    format!("{AS_WRITTEN}{decimal}").into()
}

/// A resource as JSON, its amounts with the digits that they came with.
pub fn json_text(resource: &Value) -> String {
    let mut text = resource.to_string();
    for quantity in ["valueQuantity", "doseQuantity"] {
        let Some(marked) = resource[quantity]["value"].as_str() else { continue };
        if let Some(digits) = marked.strip_prefix(AS_WRITTEN) {
            text = text.replace(&format!("\"value\":\"{marked}\""), &format!("\"value\":{digits}"));
        }
    }
    text
}
