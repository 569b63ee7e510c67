//! The acknowledgement (HL7 v2.8.2 chapter 2.9.2): one for each message, in its own separators. It repeats nothing of the
//! message but its control id and who talks to whom.

use super::escape::encode;
use super::header::Header;
use super::refusal::{AckCode, Place, Refusal};

/// Longest text of MSA-3 and ERR-8.
const LONGEST_TEXT: usize = 250;

/// Says that a message was taken.
pub fn accepted(header: &Header, at: &str) -> String {
    written(header, at, AckCode::Aa, None)
}

/// Says that it was not, and why.
pub fn refused(header: &Header, at: &str, refusal: &Refusal) -> String {
    written(header, at, refusal.code, Some(refusal))
}

fn written(header: &Header, at: &str, code: AckCode, refusal: Option<&Refusal>) -> String {
    let s = header.separators;
    let [field, component, repetition, escape, subcomponent] = s.all();
    let version = if header.version.is_empty() { "2.5" } else { &header.version };
    let kind = if !header.is_at_least(4) {
        "ACK".to_owned()
    } else {
        format!("ACK{component}{}{component}ACK", header.event)
    };
    // 2026-11-24T10:00:00Z → 20261124100000+0000
    let digits: String = at.chars().filter(char::is_ascii_digit).take(14).collect();
    let own_id = uuid::Uuid::now_v7().simple().to_string()[..20].to_uppercase();
    let msh = [
        format!("MSH{field}{component}{repetition}{escape}{subcomponent}"),
        header.to_application.clone(),
        header.to_facility.clone(),
        header.application.clone(),
        header.facility.clone(),
        format!("{digits}+0000"),
        String::new(),
        kind,
        own_id,
        if header.processing.is_empty() { "P".into() } else { header.processing.clone() },
        version.to_owned(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        "UNICODE UTF-8".into(),
    ];
    let sentence = refusal.map(|r| {
        let text: String = r.why.sentence().chars().take(LONGEST_TEXT).collect();
        encode(&text, s)
    });
    let mut msa = vec!["MSA".to_owned(), code.as_str().into(), encode(&header.control_id, s)];
    msa.extend(sentence.clone());
    let mut segments = vec![msh.join(&field.to_string()), msa.join(&field.to_string())];
    if let (Some(refusal), Some(sentence)) = (refusal, sentence) {
        segments.push(err(header, refusal, &sentence));
    }
    let mut text = segments.join("\r");
    text.push('\r');
    text
}

/// ERR: a location and a code until 2.4, both and a text since 2.5.
fn err(header: &Header, refusal: &Refusal, sentence: &str) -> String {
    let [field, component, _, _, subcomponent] = header.separators.all();
    let place = refusal.place.as_ref();
    let segment = place.map_or("", |p: &Place| p.segment.as_str());
    let line = place.filter(|p| p.line > 0).map_or(String::new(), |_| "1".into());
    let number = place.and_then(|p| p.field).map_or(String::new(), |n| n.to_string());
    let condition = refusal.condition;
    if header.is_at_least(5) {
        let location = if segment.is_empty() {
            String::new()
        } else {
            [segment, &line, &number].join(&component.to_string())
        };
        let code = format!("{condition}{component}{component}HL70357");
        let parts = ["ERR", "", &location, &code, "E", "", "", "", sentence];
        return parts.join(&field.to_string());
    }
    let code = format!("{condition}{subcomponent}{sentence}");
    format!("ERR{field}{}", [segment, &line, &number, &code].join(&component.to_string()))
}

#[cfg(test)]
mod tests {
    use rustcare_model::reason::Reason;

    use super::*;
    use crate::hl7::message::Message;

    #[test]
    fn it_echoes_the_control_id_in_the_senders_separators_and_swaps_the_parties() {
        let message =
            Message::parse("MSH#*~\\&#LAB*1#H1#EMR#H2#2026##ORU*R01#a\\F\\b#P#2.5\r".into()).unwrap();
        let header = Header::of(&message);
        let refusal = Refusal::missing(Reason::Hl7PatientIdMissing, Place::field("PID", 2, 3));
        let ack = Message::parse(refused(&header, "2026-11-24T10:00:00Z", &refusal)).unwrap();
        let msh = ack.first("MSH").unwrap();
        assert_eq!((msh.value(3).as_deref(), msh.value(4).as_deref()), (Some("EMR"), Some("H2")));
        assert_eq!(msh.field(5).written(), "LAB*1");
        assert_eq!(
            (msh.value(7).as_deref(), msh.field(9).written()),
            (Some("20261124100000+0000"), "ACK*R01*ACK")
        );
        let msa = ack.first("MSA").unwrap();
        assert_eq!((msa.value(1).as_deref(), msa.value(2).as_deref()), (Some("AE"), Some("a#b")));
        let err = ack.first("ERR").unwrap();
        assert_eq!((err.field(2).written(), err.field(3).written()), ("PID*1*3", "101**HL70357"));
        assert_eq!(err.value(8), Some(Reason::Hl7PatientIdMissing.template().to_owned()));
    }

    #[test]
    fn what_cannot_be_read_is_answered_too() {
        let refusal = Refusal::not_understood(Reason::Hl7NoMessage);
        let ack = Message::parse(refused(&Header::default(), "2026-11-24T10:00:00Z", &refusal)).unwrap();
        assert_eq!(ack.first("MSA").unwrap().value(1).as_deref(), Some("AR"));
        let header = Header { version: "2.3".into(), control_id: "7".into(), ..Header::default() };
        let ack = accepted(&header, "2026-11-24T10:00:00Z");
        assert!(ack.contains("|ACK|") && ack.contains("\rMSA|AA|7\r"), "{ack}");
    }
}
