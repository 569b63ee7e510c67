//! PV1, AL1, IAM, DG1, PRB, PR1: the visit, allergies, diagnoses, procedures.

use serde_json::{Map, Value, json};

use super::coding::{authority, concept, human_name, table_code};
use super::map::{Made, Reading, Unnumbered, VisitEvent, resource_id};
use super::message::{Part, Segment};
use super::person::wrong_date;
use super::refusal::Refusal;

/// PV1-2 (HL7 table 0004) as a FHIR class.
fn class(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "I" | "B" => ("IMP", "inpatient encounter"),
        "O" | "R" => ("AMB", "ambulatory"),
        "E" => ("EMER", "emergency"),
        "P" => ("PRENC", "pre-admission"),
        _ => return None,
    })
}

/// Where the visit stands after this event; `None` when the event says nothing of it.
fn status_after(event: &str) -> Option<&'static str> {
    Some(match event {
        "A05" | "A14" => "planned",
        "A11" | "A27" | "A38" => "cancelled",
        "A03" => "finished",
        "A01" | "A02" | "A04" | "A06" | "A07" | "A09" | "A10" | "A12" | "A13" | "A15" | "A16" | "A25"
        | "A26" | "A32" | "A33" => "in-progress",
        _ => return None,
    })
}

impl Reading<'_> {
    fn instant(&self, segment: Segment<'_>, field: usize) -> Result<Option<String>, Refusal> {
        let Some(written) = segment.value(field) else { return Ok(None) };
        self.clock.date_time(&written).map(Some).ok_or_else(|| wrong_date(segment.place(field)))
    }

    /// A time stamp of a field, where it says one.
    pub(super) fn stamp(&self, segment: Segment<'_>, field: usize) -> Result<Option<Value>, Refusal> {
        Ok(self.instant(segment, field)?.map(Value::from))
    }

    /// When the event happened, or was recorded.
    fn event_time(&self) -> Option<String> {
        let evn = self.message.first("EVN")?;
        [6, 2].into_iter().find_map(|n| evn.value(n)).and_then(|t| self.clock.date_time(&t))
    }

    /// The visit. It is known by its number, else by the account, else by its begin.
    pub(super) fn visit(&mut self, pv1: Segment<'_>) -> Result<(), Refusal> {
        // "No visit" (HL7 table 0004): many systems must send a PV1 and say so.
        if pv1.value(2).as_deref() == Some("N") && pv1.value(19).is_none() && pv1.value(44).is_none() {
            return Ok(());
        }
        let number = |part: Part<'_>, sender: &str| {
            part.component(1).whole().map(|n| format!("{}|{n}", authority(part.component(4), sender)))
        };
        let account = self.message.first("PID").map(|pid| pid.field(18));
        let event = self.header.event.clone();
        let status = if self.header.kind == "ADT" { status_after(&event) } else { None };
        let mut start = self.instant(pv1, 44)?;
        let mut end = self.instant(pv1, 45)?;
        if matches!(event.as_str(), "A01" | "A04") && status.is_some() {
            start = start.or_else(|| self.event_time());
        }
        if event == "A03" && status.is_some() {
            end = end.or_else(|| self.event_time());
        }
        // A discharge that is called off has no time.
        let calls_off = matches!(event.as_str(), "A13" | "A25");
        if calls_off {
            end = None;
        }
        let numbered = number(pv1.field(19), &self.sender)
            .or_else(|| number(pv1.field(50), &self.sender))
            .map(|n| resource_id(&["Encounter", &n]));
        // An account is a family's or a year's: it names a visit only together with the patient and the begin.
        let account = account.and_then(|a| number(a, &self.sender));
        let unnumbered = numbered.is_none().then(|| Unnumbered {
            account: account.clone(),
            start: start.clone(),
            event: status.map_or(VisitEvent::None, |_| match event.as_str() {
                "A01" | "A04" | "A05" | "A14" => VisitEvent::Begins,
                _ => VisitEvent::Changes,
            }),
            revives: event == "A13",
            changes_class: matches!(event.as_str(), "A06" | "A07"),
        });
        let id = numbered.unwrap_or_else(|| {
            let at = start.clone().unwrap_or_else(|| self.of_message());
            match &account {
                Some(account) => resource_id(&["Encounter", &self.person.key, account, &at]),
                None => resource_id(&["Encounter", &self.person.key, &at]),
            }
        });
        let mut encounter = self.resource("Encounter", &id);
        if let (Some(_), Some(account)) = (&unnumbered, &account) {
            let (system, value) = account.rsplit_once('|').unwrap_or(("", account));
            encounter["account"] = json!([{ "identifier": { "system": system, "value": value } }]);
        }
        let said = pv1.value(2).unwrap_or_default();
        if let Some((code, display)) = class(&said) {
            encounter["class"] = json!({ "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code, "display": display });
        } else if !said.is_empty() {
            encounter["class"] =
                json!({ "system": "http://terminology.hl7.org/CodeSystem/v2-0004", "code": said });
        }
        let derived = if end.is_some() {
            "finished"
        } else if said == "P" {
            "planned"
        } else {
            "in-progress"
        };
        encounter["status"] = status.unwrap_or(derived).into();
        if let Some(kind) = pv1.field(4).component(2).whole().and_then(|_| concept(pv1.field(4))) {
            encounter["type"] = json!([kind]);
        }
        let identifiers: Vec<Value> = [19, 50]
            .into_iter()
            .filter_map(|n| {
                let cx = pv1.field(n).first();
                Some(json!({ "system": authority(cx.component(4), &self.sender), "value": cx.component(1).whole()? }))
            })
            .collect();
        if !identifiers.is_empty() {
            encounter["identifier"] = identifiers.into();
        }
        let mut period = Map::new();
        for (key, at) in [("start", &start), ("end", &end)] {
            if let Some(at) = at {
                period.insert(key.into(), at.clone().into());
            }
        }
        if !period.is_empty() {
            encounter["period"] = period.into();
        }
        let place: Vec<String> = (1..=4).filter_map(|n| pv1.field(3).component(n).value()).collect();
        if !place.is_empty() {
            encounter["location"] = json!([{ "location": { "display": place.join(" ") } }]);
        }
        if let Some(name) = human_name(pv1.field(7), 2) {
            let said: Vec<&str> = [&name["prefix"][0], &name["given"][0], &name["family"]]
                .into_iter()
                .filter_map(Value::as_str)
                .collect();
            encounter["participant"] = json!([{ "individual": { "display": said.join(" ") } }]);
        }
        if let Some(reason) = self.message.first("PV2").and_then(|pv2| concept(pv2.field(3))) {
            encounter["reasonCode"] = json!([reason]);
        }
        self.encounter = Some(id);
        self.visit_at = Some(self.made.len());
        let mut made = Made::new(encounter, pv1.place(19)).kept_where_silent();
        made.status_is_guess = status.is_none() && end.is_none();
        made.forgets_end = calls_off;
        made.unnumbered = unnumbered;
        self.made.push(made);
        Ok(())
    }

    /// AL1 and IAM.
    pub(super) fn allergy(&mut self, segment: Segment<'_>) -> Result<(), Refusal> {
        let is_iam = segment.name() == "IAM";
        let Some(code) = concept(segment.field(3)) else { return Err(missing(segment, 3)) };
        let known_by = is_iam.then(|| segment.value(7)).flatten().unwrap_or_else(|| code_key(&code));
        let id = resource_id(&["AllergyIntolerance", &self.person.key, &known_by]);
        let mut allergy = self.resource("AllergyIntolerance", &id);
        allergy.as_object_mut().map(|o| o.remove("subject"));
        allergy["patient"] = self.patient_reference();
        allergy["code"] = code;
        let (kind, severity, reactions, onset) = if is_iam {
            (segment.value(2), segment.value(4), 5, 11)
        } else {
            (segment.value(2), segment.value(4), 5, 6)
        };
        let category = match kind.as_deref() {
            Some("DA") => Some("medication"),
            Some("FA") => Some("food"),
            Some("EA" | "AA" | "PA" | "LA") => Some("environment"),
            _ => None,
        };
        if let Some(category) = category {
            allergy["category"] = json!([category]);
        }
        let severity = match severity.as_deref() {
            Some("SV") => Some("severe"),
            Some("MO") => Some("moderate"),
            Some("MI") => Some("mild"),
            _ => None,
        };
        let manifestation: Vec<Value> = segment
            .field(reactions)
            .repetitions()
            .filter_map(|r| r.whole())
            .map(|t| json!({ "text": t }))
            .collect();
        if !manifestation.is_empty() || severity.is_some() {
            let mut reaction = json!({});
            if !manifestation.is_empty() {
                reaction["manifestation"] = manifestation.into();
            }
            if let Some(severity) = severity {
                reaction["severity"] = severity.into();
            }
            allergy["reaction"] = json!([reaction]);
        }
        if let Some(at) = self.stamp(segment, onset)? {
            allergy["onsetDateTime"] = at;
        }
        let is_gone = is_iam && segment.value(6).as_deref() == Some("D");
        allergy["clinicalStatus"] =
            json!({ "coding": [{ "code": if is_gone { "inactive" } else { "active" } }] });
        // AL1 has no room for much: what a fuller message said of the allergy stays.
        self.made.push(Made::new(allergy, segment.place(3)).kept_where_silent());
        Ok(())
    }

    /// DG1. It belongs to the visit of the message, where there is one.
    pub(super) fn diagnosis(&mut self, dg1: Segment<'_>) -> Result<(), Refusal> {
        let code = concept(dg1.field(3)).or_else(|| dg1.value(4).map(|text| json!({ "text": text })));
        let Some(mut code) = code else { return Err(missing(dg1, 3)) };
        if code.get("text").is_none()
            && let Some(text) = dg1.value(4)
        {
            code["text"] = text.into();
        }
        let kind = dg1.value(6).unwrap_or_default();
        let scope = self.encounter.clone().unwrap_or_else(|| self.person.key.clone());
        let parts = ["Condition", &scope, &code_key(&code), &kind];
        let (id, parts) = (resource_id(&parts), parts.map(str::to_owned).to_vec());
        let mut condition = self.resource("Condition", &id);
        condition["code"] = code;
        condition["category"] = json!([{ "coding": [{ "code": "encounter-diagnosis" }] }]);
        if let Some(at) = self.stamp(dg1, 5)? {
            condition["onsetDateTime"] = at;
        }
        if dg1.value(21).as_deref() == Some("D") {
            condition["verificationStatus"] = json!({ "coding": [{ "code": "entered-in-error" }] });
        } else {
            condition["clinicalStatus"] = json!({ "coding": [{ "code": "active" }] });
        }
        self.of_visit(&mut condition);
        if let Some(at) = self.visit_at {
            let role = match kind.as_str() {
                "A" => "AD",
                "F" => "DD",
                _ => "CC",
            };
            let mut entry = json!({ "condition": { "reference": format!("Condition/{id}") } });
            if matches!(kind.as_str(), "A" | "F") {
                entry["use"] = json!({ "coding": [{ "code": role }] });
            }
            if let Some(rank) = dg1.value(15).and_then(|r| r.parse::<u32>().ok()).filter(|r| *r > 0) {
                entry["rank"] = rank.into();
            }
            let list = &mut self.made[at].resource["diagnosis"];
            match list.as_array_mut() {
                Some(list) => list.push(entry),
                None => *list = json!([entry]),
            }
        }
        let mut made = Made::new(condition, dg1.place(3));
        made.id_of_visit = self.encounter.as_ref().map(|_| parts);
        self.made.push(made);
        Ok(())
    }

    /// PRB: a problem of the list.
    pub(super) fn problem(&mut self, prb: Segment<'_>) -> Result<(), Refusal> {
        let Some(code) = concept(prb.field(3)) else { return Err(missing(prb, 3)) };
        let known_by = super::coding::entity(prb.field(4)).unwrap_or_else(|| code_key(&code));
        let id = resource_id(&["Condition", &self.person.key, "problem", &known_by]);
        let mut condition = self.resource("Condition", &id);
        condition["code"] = code;
        condition["category"] = json!([{ "coding": [{ "code": "problem-list-item" }] }]);
        let begun = match self.stamp(prb, 16)? {
            Some(at) => Some(at),
            None => self.stamp(prb, 7)?,
        };
        if let Some(at) = begun {
            condition["onsetDateTime"] = at;
        }
        let resolved = self.stamp(prb, 9)?;
        let status = if resolved.is_some() { "resolved" } else { "active" };
        if let Some(at) = resolved {
            condition["abatementDateTime"] = at;
        }
        condition["clinicalStatus"] = json!({ "coding": [{ "code": status }] });
        if prb.value(1).as_deref() == Some("DE") {
            condition["verificationStatus"] = json!({ "coding": [{ "code": "entered-in-error" }] });
        }
        self.of_visit(&mut condition);
        self.made.push(Made::new(condition, prb.place(3)));
        Ok(())
    }

    /// PR1: something done.
    pub(super) fn procedure(&mut self, pr1: Segment<'_>) -> Result<(), Refusal> {
        let code = concept(pr1.field(3)).or_else(|| pr1.value(4).map(|text| json!({ "text": text })));
        let Some(code) = code else { return Err(missing(pr1, 3)) };
        let at = self.stamp(pr1, 5)?;
        let when = at.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
        let scope = self.encounter.clone().unwrap_or_else(|| self.person.key.clone());
        let parts = ["Procedure", &scope, &code_key(&code), &when];
        let (id, parts) = (resource_id(&parts), parts.map(str::to_owned).to_vec());
        let mut procedure = self.resource("Procedure", &id);
        procedure["code"] = code;
        let is_gone = pr1.value(20).as_deref() == Some("D");
        procedure["status"] = if is_gone { "entered-in-error" } else { "completed" }.into();
        if let Some(at) = at {
            procedure["performedDateTime"] = at;
        }
        self.of_visit(&mut procedure);
        let mut made = Made::new(procedure, pr1.place(3));
        made.id_of_visit = self.encounter.as_ref().map(|_| parts);
        self.made.push(made);
        Ok(())
    }
}

/// What a concept is recognised by: its first code with its system, else its words.
pub(super) fn code_key(concept: &Value) -> String {
    let first = &concept["coding"][0];
    match first["code"].as_str() {
        Some(code) => format!("{}|{code}", first["system"].as_str().unwrap_or_default()),
        None => concept["text"].as_str().unwrap_or_default().to_lowercase(),
    }
}

pub(super) fn missing(segment: Segment<'_>, field: usize) -> Refusal {
    let place = segment.place(field);
    let why =
        rustcare_model::reason::Reason::Hl7FieldMissing.with("field", format!("{}-{field}", place.segment));
    Refusal::content(why, 101).at(place)
}

/// A status of an HL7 table as a FHIR interpretation or the like.
pub(super) fn coded(code: Option<String>, table: &str) -> Option<Value> {
    code.map(|code| table_code(&code, table))
}
