//! Codes that are printed in words. One that is not here is printed as its source wrote it: a code that nobody knows is seen,
//! a word that was guessed is believed.
//!
//! Sources: HL7 v3 ObservationInterpretation; HL7 FHIR R4 (4.0.1), value sets observation-status, medicationrequest-intent,
//! condition-ver-status.

use crate::words::Language;

/// Code, English, Spanish.
const WORDS: [(&str, &str, &str); 36] = [
    // How a value stands.
    ("POS", "positive", "positivo"),
    ("NEG", "negative", "negativo"),
    ("DET", "detected", "detectado"),
    ("ND", "not detected", "no detectado"),
    ("IND", "indeterminate", "indeterminado"),
    ("E", "equivocal", "dudoso"),
    ("RR", "reactive", "reactivo"),
    ("WR", "weakly reactive", "débilmente reactivo"),
    ("NR", "non-reactive", "no reactivo"),
    ("S", "susceptible", "sensible"),
    ("SDD", "susceptible-dose dependent", "sensible dependiente de la dosis"),
    ("I", "intermediate", "intermedio"),
    ("R", "resistant", "resistente"),
    ("NS", "non-susceptible", "no sensible"),
    ("MS", "moderately susceptible", "moderadamente sensible"),
    ("VS", "very susceptible", "muy sensible"),
    ("U", "significant change up", "ascenso significativo"),
    ("D", "significant change down", "descenso significativo"),
    ("B", "better", "mejor"),
    ("W", "worse", "peor"),
    (">", "off scale high", "por encima de la escala"),
    ("<", "off scale low", "por debajo de la escala"),
    ("HX", "above high threshold", "por encima del umbral"),
    ("LX", "below low threshold", "por debajo del umbral"),
    ("IE", "insufficient evidence", "datos insuficientes"),
    ("QCF", "quality control failure", "fallo del control de calidad"),
    // How far it is final.
    ("registered", "no value yet", "aún sin valor"),
    ("preliminary", "preliminary", "preliminar"),
    ("amended", "amended", "modificado"),
    ("corrected", "corrected", "corregido"),
    // What leaves a record open.
    ("proposal", "only proposed", "solo propuesto"),
    ("plan", "planned, not ordered", "previsto, no prescrito"),
    ("option", "one of several options", "una de varias opciones"),
    ("unconfirmed", "unconfirmed", "sin confirmar"),
    ("provisional", "provisional", "provisional"),
    ("differential", "differential diagnosis", "diagnóstico diferencial"),
];

/// The word for a code.
pub fn word(code: &str, language: Language) -> &str {
    match (WORDS.iter().find(|(known, ..)| *known == code), language) {
        (None, _) => code,
        (Some((_, english, _)), Language::English) => english,
        (Some((.., spanish)), Language::Spanish) => spanish,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_there_once_and_an_unknown_one_stays_as_it_is() {
        let mut codes: Vec<&str> = WORDS.iter().map(|(code, ..)| *code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), WORDS.len());
        assert_eq!(word("POS", Language::Spanish), "positivo");
        assert_eq!(word("XQ", Language::English), "XQ");
    }
}
