//! OBR, OBX, TXA, NTE: reports, observations, documents and notes.

use serde_json::{Value, json};

use super::coding::{concept, entity, system};
use super::map::{Made, Reading, Repeats, resource_id};
use super::message::Segment;
use super::orders::number;
use super::refusal::Refusal;
use super::time::decimal;
use super::visit::{code_key, coded, missing};

/// OBX-11 (HL7 table 0085) as a FHIR status.
fn observation_status(code: Option<&str>) -> &'static str {
    match code {
        Some("C") => "corrected",
        Some("A" | "B") => "amended",
        Some("D" | "W") => "entered-in-error",
        Some("X") => "cancelled",
        Some("I" | "N" | "O") => "registered",
        Some("P" | "R" | "S") => "preliminary",
        Some("F" | "U" | "V") => "final",
        _ => "unknown",
    }
}

/// OBR-25 (HL7 table 0123) as a FHIR status of a report.
fn report_status(code: Option<&str>) -> &'static str {
    match code {
        Some("C") => "corrected",
        Some("X") => "cancelled",
        Some("A" | "R") => "partial",
        Some("P") => "preliminary",
        Some("O" | "I" | "S") => "registered",
        Some("F") => "final",
        _ => "unknown",
    }
}

/// Texts that come as one OBX a line.
const LINES: [&str; 2] = ["TX", "FT"];

impl Reading<'_> {
    /// OBR begins a group of results.
    pub(super) fn report(&mut self, obr: Segment<'_>, has_results: bool) -> Result<(), Refusal> {
        let own =
            entity(obr.field(3)).or_else(|| entity(obr.field(2))).map(|n| format!("{}|{n}", self.sender));
        if own.is_some() {
            self.order.number = own;
        }
        self.order.concept = concept(obr.field(4));
        self.order.code = self.order.concept.as_ref().map(code_key).unwrap_or_default();
        self.order.observed = obr.value(7).and_then(|t| self.clock.date_time(&t));
        self.order.report_at = None;
        self.document_at = None;
        if !has_results {
            return self.request(obr);
        }
        let Some(code) = concept(obr.field(4)) else { return Ok(()) };
        let id = resource_id(&["DiagnosticReport", &self.order_key(), &self.order.code]);
        let mut report = self.resource("DiagnosticReport", &id);
        report["code"] = code;
        report["status"] = report_status(obr.value(25).as_deref()).into();
        if let Some(at) = self.stamp(obr, 7)? {
            report["effectiveDateTime"] = at;
        }
        if let Some(at) = self.stamp(obr, 22)? {
            report["issued"] = at;
        }
        self.of_visit(&mut report);
        self.order.report_at = Some(self.made.len());
        self.made.push(Made::new(report, obr.place(4)));
        Ok(())
    }

    /// What the results of this group are recognised by when they come again, corrected or deleted.
    fn order_key(&self) -> String {
        self.order.number.clone().unwrap_or_else(|| {
            let when = self.order.observed.clone().unwrap_or_else(|| self.of_message());
            format!("{}|{when}", self.person.key)
        })
    }

    /// OBX.
    pub(super) fn observation(&mut self, obx: Segment<'_>) -> Result<(), Refusal> {
        let kind = obx.value(2).unwrap_or_default();
        if self.document_at.is_some() && matches!(kind.as_str(), "TX" | "FT" | "ST" | "ED") {
            return self.line_of_document(obx, &kind);
        }
        let Some(code) = concept(obx.field(3)).or_else(|| self.code_of_text(&kind)) else {
            return self.without_code(obx, &kind);
        };
        let sub = obx.field(4).written().trim().to_owned();
        let own_time = self.stamp(obx, 14)?;
        let key = code_key(&code);
        if LINES.contains(&kind.as_str()) && self.goes_on(obx, &key, &sub) {
            return Ok(());
        }
        let when = own_time.clone().or_else(|| self.order.observed.clone().map(Value::from));
        // Beside an order, a time belongs to what is recognised: the same vital sign is measured again and again.
        let scope = match (&self.order.number, &when) {
            (Some(number), _) => number.clone(),
            (None, Some(at)) => format!("{}|{}", self.person.key, at.as_str().unwrap_or_default()),
            (None, None) => format!("{}|{}", self.person.key, self.of_message()),
        };
        let base = [self.order.code.as_str(), &scope, &key, &sub].join("\u{1f}");
        let nth = self.seen.entry(base.clone()).and_modify(|n| *n += 1).or_insert(0);
        let repeats = Repeats {
            nth: *nth as usize,
            base,
            own_time: own_time.as_ref().and_then(Value::as_str).map(str::to_owned),
            corrects: matches!(obx.value(11).as_deref(), Some("A" | "B" | "C" | "D" | "W" | "X")),
        };
        let id = repeats.id(repeats.nth);
        let mut observation = self.resource("Observation", &id);
        observation["code"] = code;
        let status = observation_status(obx.value(11).as_deref());
        observation["status"] = status.into();
        if let Some(at) = when {
            observation["effectiveDateTime"] = at;
        }
        value(&mut observation, obx, &kind, self)?;
        if let Some(range) = obx.field(7).whole() {
            observation["referenceRange"] = json!([{ "text": range }]);
        }
        if let Some(flag) = coded(obx.value(8), "0078") {
            observation["interpretation"] = json!([flag]);
        }
        if let Some(method) = concept(obx.field(17)) {
            observation["method"] = method;
        }
        self.of_visit(&mut observation);
        if let Some(at) = self.order.report_at {
            let reference = json!({ "reference": format!("Observation/{id}") });
            push(&mut self.made[at].resource["result"], reference);
        }
        let mut made = Made::new(observation, obx.place(3));
        made.repeats = Some(repeats);
        made.lines_of = LINES.contains(&kind.as_str()).then_some((key, sub));
        // A deletion often repeats nothing: what was measured stays readable beside the word that it is void.
        made.is_kept_where_silent = matches!(status, "entered-in-error" | "cancelled");
        self.made.push(made);
        Ok(())
    }

    /// A text without a code of its own is the text of the report that was ordered.
    fn code_of_text(&self, kind: &str) -> Option<Value> {
        self.order.concept.clone().filter(|_| LINES.contains(&kind))
    }

    /// An OBX that does not say what it observes: a text is a note to what stands before it, an attachment belongs to the
    /// report, anything else cannot be understood.
    fn without_code(&mut self, obx: Segment<'_>, kind: &str) -> Result<(), Refusal> {
        if LINES.contains(&kind)
            && let Some(last) = self.made.last_mut()
        {
            add_note(&mut last.resource, texts(obx));
            return Ok(());
        }
        if kind == "ED" {
            let report = self.order.report_at.and_then(|at| self.made.get_mut(at));
            match report {
                Some(report) => push(&mut report.resource["presentedForm"], attachment(obx)),
                None => self.leave_out("OBX"),
            }
            return Ok(());
        }
        if obx.field(5).is_said() { Err(missing(obx, 3)) } else { Ok(()) }
    }

    /// Whether this is the next line of the text before it; then it is added there.
    fn goes_on(&mut self, obx: Segment<'_>, key: &str, sub: &str) -> bool {
        let Some(last) = self.made.last_mut() else { return false };
        if last.lines_of.as_ref().is_none_or(|(k, s)| k != key || s != sub) {
            return false;
        }
        let text = texts(obx);
        let before = last.resource["valueString"].as_str().unwrap_or_default();
        last.resource["valueString"] =
            if before.is_empty() { text } else { format!("{before}\n{text}") }.into();
        true
    }

    /// TXA: a document; the texts that follow are its content.
    pub(super) fn document(&mut self, txa: Segment<'_>) -> Result<(), Refusal> {
        let number = entity(txa.field(12)).map(|n| format!("{}|{n}", self.sender));
        let id = match &number {
            Some(number) => resource_id(&["DocumentReference", number]),
            None => resource_id(&["DocumentReference", &self.person.key, &self.of_message()]),
        };
        let mut document = self.resource("DocumentReference", &id);
        let kind = txa.field(2).component(2).whole().and_then(|_| concept(txa.field(2)));
        let kind = kind.or_else(|| txa.value(2).map(|code| json!({ "text": document_kind(&code), "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v2-0270", "code": code }] })));
        if let Some(kind) = kind {
            document["type"] = kind;
        }
        let is_void = self.header.event == "T11" || txa.value(19).as_deref() == Some("CA");
        document["status"] = if is_void { "entered-in-error" } else { "current" }.into();
        let done = match txa.value(17).as_deref() {
            Some("AU" | "LA" | "DO") => Some("final"),
            Some("DI" | "IN" | "IP" | "PA") => Some("preliminary"),
            _ => None,
        };
        if let Some(done) = done {
            document["docStatus"] = done.into();
        }
        for field in [4, 6, 7] {
            if let Some(at) = self.stamp(txa, field)? {
                document["date"] = at;
                break;
            }
        }
        if let Some(visit) = &self.encounter {
            document["context"] = json!({ "encounter": [{ "reference": format!("Encounter/{visit}") }] });
        }
        self.document_at = Some(self.made.len());
        self.made.push(Made::new(document, txa.place(2)).kept_where_silent());
        Ok(())
    }

    fn line_of_document(&mut self, obx: Segment<'_>, kind: &str) -> Result<(), Refusal> {
        let Some(made) = self.document_at.and_then(|at| self.made.get_mut(at)) else { return Ok(()) };
        if kind == "ED" {
            push(&mut made.resource["content"], json!({ "attachment": attachment(obx) }));
            return Ok(());
        }
        let line = texts(obx);
        match &mut made.text {
            Some(text) => {
                text.push('\n');
                text.push_str(&line);
            }
            None => made.text = Some(line),
        }
        Ok(())
    }

    /// NTE: belongs to what stands before it.
    pub(super) fn note(&mut self, nte: Segment<'_>) {
        let text: Vec<String> = nte.field(3).repetitions().filter_map(|r| r.whole()).collect();
        if let Some(last) = self.made.last_mut().filter(|_| !text.is_empty()) {
            add_note(&mut last.resource, text.join("\n"));
        }
    }
}

/// Adds to a list that may not be there yet.
fn push(list: &mut Value, entry: Value) {
    match list.as_array_mut() {
        Some(list) => list.push(entry),
        None => *list = json!([entry]),
    }
}

/// Adds a note; lines that follow each other are one.
fn add_note(resource: &mut Value, text: String) {
    push(&mut resource["note"], json!({ "text": text }));
}

/// ED: a file in Base64, or what kind of file it is.
fn attachment(obx: Segment<'_>) -> Value {
    let ed = obx.field(5);
    let (kind, sub, coding) = (ed.component(2).whole(), ed.component(3).whole(), ed.component(4).whole());
    let mut attachment = json!({ "contentType": content_type(kind.as_deref(), sub.as_deref()) });
    if let Some(data) = ed.component(5).whole().filter(|_| coding.as_deref() == Some("Base64")) {
        attachment["data"] = data.into();
    }
    attachment
}

/// HL7 table 0270, the usual ones.
fn document_kind(code: &str) -> &str {
    match code {
        "DS" => "Discharge summary",
        "HP" => "History and physical examination",
        "CN" => "Consultation",
        "OP" => "Operative report",
        "PN" => "Progress note",
        "DI" => "Diagnostic imaging",
        "PR" => "Procedure note",
        "SP" => "Surgical pathology",
        other => other,
    }
}

fn content_type(kind: Option<&str>, sub: Option<&str>) -> String {
    match (kind, sub) {
        (Some("IM" | "image"), Some(sub)) => format!("image/{}", sub.to_lowercase()),
        (Some("TX" | "TEXT" | "text"), Some(sub)) => format!("text/{}", sub.to_lowercase()),
        (_, Some(sub)) => format!("application/{}", sub.to_lowercase()),
        _ => "application/octet-stream".into(),
    }
}

fn texts(obx: Segment<'_>) -> String {
    obx.field(5).repetitions().filter_map(|r| r.whole()).collect::<Vec<_>>().join("\n")
}

/// OBX-5 by its type in OBX-2.
fn value(
    observation: &mut Value,
    obx: Segment<'_>,
    kind: &str,
    reading: &Reading<'_>,
) -> Result<(), Refusal> {
    let field = obx.field(5);
    if !field.is_said() {
        return Ok(());
    }
    let several = field.repetitions().count() > 1;
    let first = field.first();
    match kind {
        "NM" if !several && let Some(amount) = field.whole().and_then(|t| decimal(&t)) => {
            observation["valueQuantity"] = quantity(&amount, None, obx);
        }
        "SN" => structured(observation, obx),
        "CE" | "CWE" | "CNE" | "CF" | "IS" | "ID" if !several => {
            if let Some(concept) = concept(first) {
                observation["valueCodeableConcept"] = concept;
            }
        }
        "CE" | "CWE" | "CNE" | "CF" => {
            let texts: Vec<String> = field
                .repetitions()
                .filter_map(|r| r.component(2).whole().or_else(|| r.component(1).whole()))
                .collect();
            observation["valueString"] = texts.join("; ").into();
        }
        "DT" | "TS" | "DTM" if !several => {
            let written = field.whole().unwrap_or_default();
            let at =
                reading.clock.date_time(&written).ok_or_else(|| super::person::wrong_date(obx.place(5)))?;
            observation["valueDateTime"] = at.into();
        }
        "ED" => {
            let said: Vec<String> = [2, 3].into_iter().filter_map(|n| first.component(n).whole()).collect();
            observation["valueString"] = format!("{} (in the message)", said.join(" ")).trim().into();
        }
        "RP" => {
            let pointer = first.component(1).whole().unwrap_or_default();
            observation["valueString"] = pointer.into();
        }
        _ => {
            // Components of names, addresses and the like read as one line; unescaped separators in a text too.
            let separators = [reading.message.separators().component];
            let line = |text: String| text.replace(separators, " ").trim().to_owned();
            let texts: Vec<String> = field.repetitions().filter_map(|r| r.whole()).map(line).collect();
            observation["valueString"] = texts.join(if LINES.contains(&kind) { "\n" } else { "; " }).into();
        }
    }
    Ok(())
}

/// SN: comparator, number, separator, number.
fn structured(observation: &mut Value, obx: Segment<'_>) {
    let sn = obx.field(5);
    let part = |n: usize| sn.component(n).whole();
    let comparator = part(1).filter(|c| matches!(c.as_str(), "<" | "<=" | ">" | ">="));
    match (part(1), part(2).and_then(|n| decimal(&n)), part(3), part(4)) {
        (said, Some(amount), None, None)
            if said.is_none() || comparator.is_some() || said.as_deref() == Some("=") =>
        {
            observation["valueQuantity"] = quantity(&amount, comparator.as_deref(), obx);
        }
        (a, _, c, d) => {
            let text: Vec<String> = [a, part(2), c, d].into_iter().flatten().collect();
            observation["valueString"] = text.join(" ").into();
        }
    }
}

/// An amount with OBX-6. The unit's code is UCUM only where the sender says so.
fn quantity(amount: &str, comparator: Option<&str>, obx: Segment<'_>) -> Value {
    let mut quantity = json!({ "value": number(amount) });
    if let Some(comparator) = comparator {
        quantity["comparator"] = comparator.into();
    }
    let units = obx.field(6);
    let (code, text) = (units.component(1).whole(), units.component(2).whole());
    if let Some(unit) = text.or_else(|| code.clone()) {
        quantity["unit"] = unit.into();
    }
    if let (Some(code), Some(name)) = (code, units.component(3).whole()) {
        quantity["code"] = code.into();
        quantity["system"] = system(&name).into();
    }
    quantity
}
