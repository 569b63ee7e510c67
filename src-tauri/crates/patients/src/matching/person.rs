//! One person as two records of the same person can be compared: raw text in, normalised values out.
//!
//! A blank is null, and null says nothing. Accents, case and punctuation do not count; letters of every script do.

use std::borrow::Cow;

use rustcare_model::name::folded;

use super::birth_date::BirthDate;

/// What is known of a person, as written. Every field may be blank; blank means unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonFields {
    /// Given name or names.
    pub given_name: String,
    /// Middle name or initial.
    pub middle_name: String,
    /// Family name.
    pub surname: String,
    /// Previous and other family names (maiden name): each is tried in place of the family name.
    pub other_surnames: Vec<String>,
    /// Jr, Sr, II, III …
    pub suffix: String,
    /// Date of birth, whole or in part.
    pub birth_date: BirthDate,
    /// Sex as recorded; only its first letter counts.
    pub sex: String,
    /// House number; when blank it is taken from the start of the street.
    pub street_number: String,
    /// Street.
    pub street: String,
    /// Second address line: building, flat, property.
    pub building: String,
    /// Town, suburb, city.
    pub place: String,
    /// Postal code.
    pub postcode: String,
    /// State, province, region.
    pub state: String,
    /// Telephone, in any notation.
    pub phone: String,
    /// E-mail address.
    pub email: String,
    /// National or legal identifier (a whole social security number is one).
    pub legal_id: String,
    /// Last four digits of a social security number; taken from `legal_id` when that has nine digits.
    pub ssn_last4: String,
    /// Last four digits of an individual taxpayer number.
    pub itin_last4: String,
    /// Health plan number (MBI, member number).
    pub plan_id: String,
    /// Identifier that a credential service provider gave the person (a UUID).
    pub credential_id: String,
    /// Identifier of an enterprise master patient index.
    pub enterprise_id: String,
    /// Place of birth.
    pub birth_place: String,
}

/// A normalised person. Empty text is null.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct NormalPerson {
    /// Values by [`Text`].
    pub text: [String; Text::COUNT],
    /// Date of birth.
    pub birth_date: BirthDate,
    /// Initial of the recorded sex (`f`, `m`, …), 0 when unknown.
    pub sex: u8,
    /// Generation: 1 for senior, 2 for junior and II, 3 for III …; 0 when none is given.
    pub generation: u8,
}

/// The fields that are compared as text; the index into [`NormalPerson::text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Text {
    /// Given name.
    Given,
    /// Family name.
    Surname,
    /// First other family name.
    OtherSurname,
    /// Middle name.
    Middle,
    /// House number.
    StreetNumber,
    /// Street.
    Street,
    /// Second address line.
    Building,
    /// Town.
    Place,
    /// Postal code.
    Postcode,
    /// State.
    State,
    /// Significant digits of the telephone.
    Phone,
    /// E-mail address.
    Email,
    /// National or legal identifier.
    LegalId,
    /// SSN, last four.
    Ssn4,
    /// ITIN, last four.
    Itin4,
    /// Health plan number.
    PlanId,
    /// Credential service provider's identifier.
    CredentialId,
    /// Enterprise identifier.
    EnterpriseId,
    /// Place of birth.
    BirthPlace,
}

impl Text {
    /// How many.
    pub const COUNT: usize = 19;
    /// All, in order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Given,
        Self::Surname,
        Self::OtherSurname,
        Self::Middle,
        Self::StreetNumber,
        Self::Street,
        Self::Building,
        Self::Place,
        Self::Postcode,
        Self::State,
        Self::Phone,
        Self::Email,
        Self::LegalId,
        Self::Ssn4,
        Self::Itin4,
        Self::PlanId,
        Self::CredentialId,
        Self::EnterpriseId,
        Self::BirthPlace,
    ];
}

impl NormalPerson {
    /// The value of a field; empty is null.
    pub fn get(&self, field: Text) -> &str {
        &self.text[field as usize]
    }
}

impl PersonFields {
    /// The comparable form.
    pub fn normalised(&self) -> NormalPerson {
        let mut text: [String; Text::COUNT] = std::array::from_fn(|_| String::new());
        let mut put = |field: Text, value: String| text[field as usize] = value;
        let (surname, own_suffix) = without_suffix(&known(&self.surname));
        let (given, given_suffix) = without_suffix(&known(&self.given_name));
        let generation = [generation(&folded(&self.suffix)), own_suffix, given_suffix]
            .into_iter()
            .find(|g| *g != 0)
            .unwrap_or(0);
        put(Text::Given, given);
        put(
            Text::OtherSurname,
            self.other_surnames.iter().map(|n| known(n)).find(|n| *n != surname).unwrap_or_default(),
        );
        put(Text::Surname, surname);
        put(Text::Middle, known(&self.middle_name));
        let (number, street) = street_parts(&known(&self.street_number), &known(&self.street));
        put(Text::StreetNumber, number);
        put(Text::Street, street);
        put(Text::Building, known(&self.building));
        put(Text::Place, known(&self.place));
        put(Text::Postcode, identifier(&self.postcode));
        put(Text::State, known(&self.state));
        put(Text::Phone, phone(&self.phone));
        put(Text::Email, email(&self.email));
        let legal = identifier(&self.legal_id);
        let last4 = |own: &str, whole: &str| {
            let digits = digits(own);
            if digits.len() >= 4 {
                digits[digits.len() - 4..].to_owned()
            } else if whole.len() == 9 && whole.bytes().all(|b| b.is_ascii_digit()) {
                whole[5..].to_owned()
            } else {
                String::new()
            }
        };
        put(Text::Ssn4, last4(&self.ssn_last4, &legal));
        put(Text::Itin4, last4(&self.itin_last4, ""));
        put(Text::LegalId, legal);
        put(Text::PlanId, identifier(&self.plan_id));
        put(Text::CredentialId, identifier(&self.credential_id));
        put(Text::EnterpriseId, identifier(&self.enterprise_id));
        put(Text::BirthPlace, known(&self.birth_place));
        NormalPerson { text, birth_date: self.birth_date, sex: initial_of_sex(&self.sex), generation }
    }
}

/// Words that registers write when they do not know.
const UNKNOWN: [&str; 16] = [
    "null",
    "none",
    "nan",
    "na",
    "n a",
    "unknown",
    "unk",
    "not known",
    "not stated",
    "not available",
    "missing",
    "nil",
    "undefined",
    "anonymous",
    "not applicable",
    "none given",
];

fn known(text: &str) -> String {
    let folded = folded(text);
    // `Na` and `Nan` are names; a lone placeholder is only taken for one where it cannot be a name.
    let names = ["na", "nan", "none"];
    let looks_written = text.trim().chars().any(char::is_lowercase)
        && text.trim().chars().next().is_some_and(char::is_uppercase);
    if UNKNOWN.contains(&folded.as_str()) && !(names.contains(&folded.as_str()) && looks_written) {
        return String::new();
    }
    folded
}

/// Letters and digits in lower case; dummies of one repeated character are null.
fn identifier(text: &str) -> String {
    let kept: String = known(text).chars().filter(|c| c.is_alphanumeric()).collect();
    let first = kept.chars().next();
    if kept.chars().count() > 3 && kept.chars().all(|c| Some(c) == first) { String::new() } else { kept }
}

fn digits(text: &str) -> String {
    text.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| char::from_digit(d, 10)).collect()
}

/// The last nine digits: country codes and trunk zeros are written or left out at will. Fewer than six are null.
fn phone(text: &str) -> String {
    let digits = digits(text);
    let first = digits.bytes().next();
    if digits.len() < 6 || digits.bytes().all(|b| Some(b) == first) {
        return String::new();
    }
    digits[digits.len().saturating_sub(9)..].to_owned()
}

fn email(text: &str) -> String {
    let text: Cow<'_, str> = text.trim().to_lowercase().into();
    if text.contains('@') && text.len() >= 3 { text.into_owned() } else { String::new() }
}

fn initial_of_sex(text: &str) -> u8 {
    let folded = folded(text);
    match folded.as_str() {
        "" | "u" | "unknown" | "unk" | "0" | "9" | "not stated" => 0,
        "1" => b'm',
        "2" => b'f',
        other => other.bytes().next().filter(u8::is_ascii_alphabetic).unwrap_or(0),
    }
}

/// Generation said by a suffix word.
fn generation(word: &str) -> u8 {
    match word {
        "sr" | "senior" | "i" | "1st" => 1,
        "jr" | "junior" | "ii" | "2nd" => 2,
        "iii" | "3rd" => 3,
        "iv" | "4th" => 4,
        "v" | "5th" => 5,
        _ => 0,
    }
}

/// A name without a suffix written at its end (`Smith Jr`), and the suffix's generation.
fn without_suffix(name: &str) -> (String, u8) {
    if let Some((rest, last)) = name.rsplit_once(' ') {
        // A lone `i` or `v` at the end is an initial, not a generation.
        let said = if last.len() > 1 { generation(last) } else { 0 };
        if said != 0 {
            return (rest.to_owned(), said);
        }
    }
    (name.to_owned(), 0)
}

/// House number and street; a number at the start or end of the street is taken when none is given.
fn street_parts(number: &str, street: &str) -> (String, String) {
    if !number.is_empty() {
        return (number.to_owned(), street.to_owned());
    }
    let has_digit = |w: &str| w.bytes().next().is_some_and(|b| b.is_ascii_digit());
    if let Some((first, rest)) = street.split_once(' ')
        && has_digit(first)
    {
        return (first.to_owned(), rest.to_owned());
    }
    if let Some((rest, last)) = street.rsplit_once(' ')
        && has_digit(last)
    {
        return (last.to_owned(), rest.to_owned());
    }
    (String::new(), street.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_placeholders_and_dummies_are_null() {
        let person = PersonFields {
            given_name: "  ".into(),
            surname: "UNKNOWN".into(),
            legal_id: "999-99-9999".into(),
            phone: "000 000 000".into(),
            email: "none".into(),
            sex: "U".into(),
            ..Default::default()
        };
        assert_eq!(person.normalised(), NormalPerson::default());
        assert_eq!(known("Nan"), "nan", "a name");
        assert_eq!(known("NULL"), "");
    }

    #[test]
    fn accents_case_punctuation_suffix_and_notation_do_not_count() {
        let a = PersonFields {
            given_name: "Zoë".into(),
            surname: "O’Brien Jr.".into(),
            street: "12 Rue de l'Église".into(),
            phone: "+44 20 7946 0958".into(),
            legal_id: "536-90-4399".into(),
            ..Default::default()
        };
        let b = PersonFields {
            given_name: "ZOE".into(),
            surname: "obrien".into(),
            suffix: "junior".into(),
            street_number: "12".into(),
            street: "rue de leglise".into(),
            phone: "020 7946 0958".into(),
            legal_id: "536904399".into(),
            ..Default::default()
        };
        assert_eq!(a.normalised(), b.normalised());
        assert_eq!(a.normalised().get(Text::Ssn4), "4399");
        assert_eq!(a.normalised().generation, 2);
    }

    #[test]
    fn other_scripts_are_kept() {
        let person =
            PersonFields { surname: "山田".into(), given_name: "محمد".into(), ..Default::default() };
        assert_eq!(person.normalised().get(Text::Surname), "山田");
        assert_eq!(person.normalised().get(Text::Given), "محمد");
    }
}
