//! The words that are printed, in the languages of the window.

use rustcare_model::birth::{Age, AgeUnit, KnownDate};
use rustcare_model::patient::Sex;

/// Language of the printed words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Spanish.
    Spanish,
}

/// A word in both languages.
pub struct Word(&'static str, &'static str);

impl Word {
    /// In one of them.
    pub fn of(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.0,
            Language::Spanish => self.1,
        }
    }
}

macro_rules! words {
    ($($name:ident $english:literal $spanish:literal)*) => {
        $(#[allow(missing_docs)] pub const $name: Word = Word($english, $spanish);)*
        /// All of them, for the tests.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$(($english, $spanish),)*];
    };
}

words! {
    LABEL "Patient label" "Etiqueta de paciente"
    REGISTRATION "Registration summary" "Resumen de registro"
    CHART "Chart summary" "Resumen de la historia"
    LETTER "Letter" "Carta"
    PRACTICE "PRACTICE CLINIC – invented patient" "CENTRO DE PRÁCTICAS – paciente inventado"
    MRN "MRN" "N.º de historia"
    BORN "Born" "Nac."
    DATE_OF_BIRTH "Date of birth" "Fecha de nacimiento"
    ABOUT "about" "hacia"
    NOT_RECORDED "not recorded" "no consta"
    AGE "Age" "Edad"
    AGE_AT_DEATH "Age at death" "Edad al fallecer"
    DIED_AT "died at" "falleció a los"
    SEX "Sex" "Sexo"
    FEMALE "Female" "Mujer"
    MALE "Male" "Hombre"
    OTHER_SEX "Other" "Otro"
    UNKNOWN_SEX "Unknown" "Desconocido"
    UNKNOWN_PERSON "Unknown person" "Persona desconocida"
    NO_NAME "No name recorded" "Sin nombre registrado"
    DECEASED "Deceased" "Fallecido"
    DATE_OF_DEATH "Date of death" "Fecha de fallecimiento"
    IDENTITY "Identity" "Identidad"
    FAMILY_NAME "Family name" "Apellidos"
    GIVEN_NAME "Given name" "Nombre"
    MIDDLE_NAME "Middle name" "Segundo nombre"
    PREFIX "Prefix" "Tratamiento"
    SUFFIX "Suffix" "Sufijo"
    PREFERRED_NAME "Preferred name" "Nombre preferido"
    CONTACT "Contact" "Contacto"
    PHONE "Phone" "Teléfono"
    EMAIL "E-mail" "Correo electrónico"
    ADDRESS "Address" "Dirección"
    LANGUAGE "Language" "Idioma"
    INTERPRETER "Interpreter needed" "Necesita intérprete"
    CONTACT_PERSON "Contact person" "Persona de contacto"
    CONSENT "May the clinic contact the patient?" "¿Puede el centro contactar con el paciente?"
    NUMBERS "Numbers and cover" "Números y cobertura"
    SSN "Social security number" "Número de la seguridad social"
    INSURANCE "Insurance number" "Número de seguro"
    IDENTIFIERS "Numbers from elsewhere" "Números de otros centros"
    NOT_SHOWN "not shown to this role" "no se muestra a esta función"
    YES "Yes" "Sí"
    NO "No" "No"
    NOT_ASKED "not asked" "no se ha preguntado"
    ALLERGIES "Allergies" "Alergias"
    ALLERGIES_NOT_ASKED "Allergies: not asked" "Alergias: no se ha preguntado"
    ALLERGIES_NONE "No known allergies" "Sin alergias conocidas"
    ALLERGIES_NONE_RECORDED "None recorded as active." "No consta ninguna activa."
    DO_NOT_GIVE "DO NOT GIVE:" "NO ADMINISTRAR:"
    PROBLEMS "Problems" "Problemas"
    MEDICINES "Medicines" "Medicamentos"
    IMMUNISATIONS "Immunisations" "Vacunas"
    RESULTS "Latest results" "Últimos resultados"
    VISITS "Last visits" "Últimas visitas"
    NOTHING_RECORDED "Nothing recorded." "No consta nada."
    NONE_ACTIVE "None active." "Ninguno activo."
    WHAT "What" "Qué"
    DATE "Date" "Fecha"
    DETAIL "Detail" "Detalle"
    STATUS "Status" "Estado"
    VALUE "Value" "Valor"
    REFERENCE "Reference" "Referencia"
    HIGH "high" "alto"
    LOW "low" "bajo"
    CRITICALLY_HIGH "critically high" "críticamente alto"
    CRITICALLY_LOW "critically low" "críticamente bajo"
    ABNORMAL "abnormal" "anormal"
    CRITICALLY_ABNORMAL "critically abnormal" "críticamente anormal"
    ONE_MORE "1 more is in the chart." "Hay 1 más en la historia."
    MORE "{n} more are in the chart." "Hay {n} más en la historia."
    PRINTED "Printed" "Impreso"
    BY "by" "por"
    PAGE_OF "{n} of {count}" "{n} de {count}"
    SUBJECT "Subject" "Asunto"
    CONCERNING "Concerning" "Paciente"
    CLOSING "Yours sincerely," "Atentamente,"
}

const MONTHS_ENGLISH: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTHS_SPANISH: [&str; 12] =
    ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"];

/// An ISO 8601 date, whole or partial, as the window shows it: `02 Mar 1987`, `Mar 1987`, `1987`; a time of day is left
/// out. What is no such date stays as it came.
pub fn date(iso: &str, language: Language) -> String {
    let day = iso.split('T').next().unwrap_or(iso);
    let mut parts = day.split('-');
    let year = parts.next().filter(|y| y.len() == 4 && y.bytes().all(|b| b.is_ascii_digit()));
    let month =
        parts.next().map(|m| m.parse::<usize>().ok().filter(|m| (1..=12).contains(m) && day.len() >= 7));
    let day_of_month = parts.next().map(|d| d.parse::<u8>().ok().filter(|d| (1..=31).contains(d)));
    let names = match language {
        Language::English => MONTHS_ENGLISH,
        Language::Spanish => MONTHS_SPANISH,
    };
    match (year, month, day_of_month, parts.next()) {
        (Some(year), None, None, None) => year.to_owned(),
        (Some(year), Some(Some(month)), None, None) => format!("{} {year}", names[month - 1]),
        (Some(year), Some(Some(month)), Some(Some(day)), None) => {
            format!("{day:02} {} {year}", names[month - 1])
        }
        _ => iso.to_owned(),
    }
}

/// A birth as far as it is known.
pub fn birth(known: Option<&KnownDate>, language: Language) -> String {
    match known {
        None => NOT_RECORDED.of(language).to_owned(),
        Some(known) if known.about => {
            format!("{} {}", ABOUT.of(language), known.iso.get(..4).unwrap_or(&known.iso))
        }
        Some(known) => date(&known.iso, language),
    }
}

/// An age with its unit: `39 y`, `~40 y`, `12 wk`.
pub fn age(age: Age, language: Language) -> String {
    let unit = match (age.unit, language) {
        (AgeUnit::Days, _) => "d",
        (AgeUnit::Weeks, Language::English) => "wk",
        (AgeUnit::Weeks, Language::Spanish) => "sem",
        (AgeUnit::Months, Language::English) => "mo",
        (AgeUnit::Months, Language::Spanish) => "m",
        (AgeUnit::Years, Language::English) => "y",
        (AgeUnit::Years, Language::Spanish) => "a",
    };
    format!("{}{} {unit}", if age.about { "~" } else { "" }, age.count)
}

/// The word for a sex.
pub fn sex(sex: Sex, language: Language) -> &'static str {
    match sex {
        Sex::Female => FEMALE,
        Sex::Male => MALE,
        Sex::Other => OTHER_SEX,
        Sex::Unknown => UNKNOWN_SEX,
    }
    .of(language)
}

/// "n more are in the chart."
pub fn more(n: usize, language: Language) -> String {
    match n {
        1 => ONE_MORE.of(language).to_owned(),
        n => MORE.of(language).replace("{n}", &n.to_string()),
    }
}

/// Names of the languages that clinics meet most (BCP 47 primary subtags of ISO 639); others are printed as their tag.
const LANGUAGES: [(&str, &str, &str); 30] = [
    ("am", "Amharic", "amárico"),
    ("ar", "Arabic", "árabe"),
    ("bn", "Bengali", "bengalí"),
    ("ca", "Catalan", "catalán"),
    ("de", "German", "alemán"),
    ("el", "Greek", "griego"),
    ("en", "English", "inglés"),
    ("es", "Spanish", "español"),
    ("eu", "Basque", "euskera"),
    ("fa", "Persian", "persa"),
    ("fr", "French", "francés"),
    ("gl", "Galician", "gallego"),
    ("he", "Hebrew", "hebreo"),
    ("hi", "Hindi", "hindi"),
    ("ht", "Haitian Creole", "criollo haitiano"),
    ("it", "Italian", "italiano"),
    ("ja", "Japanese", "japonés"),
    ("ko", "Korean", "coreano"),
    ("nl", "Dutch", "neerlandés"),
    ("pl", "Polish", "polaco"),
    ("pt", "Portuguese", "portugués"),
    ("ro", "Romanian", "rumano"),
    ("ru", "Russian", "ruso"),
    ("so", "Somali", "somalí"),
    ("sw", "Swahili", "suajili"),
    ("tr", "Turkish", "turco"),
    ("uk", "Ukrainian", "ucraniano"),
    ("ur", "Urdu", "urdu"),
    ("vi", "Vietnamese", "vietnamita"),
    ("zh", "Chinese", "chino"),
];

/// The name of a language by its BCP 47 tag.
pub fn language_name(tag: &str, language: Language) -> String {
    let primary = tag.split('-').next().unwrap_or(tag);
    let found = LANGUAGES.iter().find(|(code, ..)| *code == primary);
    match (found, language) {
        (None, _) => tag.to_owned(),
        (Some((_, english, _)), Language::English) => (*english).to_owned(),
        (Some((.., spanish)), Language::Spanish) => (*spanish).to_owned(),
    }
}

impl Language {
    /// BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_shown_as_the_window_shows_them() {
        assert_eq!(date("1987-03-02", Language::English), "02 Mar 1987");
        assert_eq!(date("1987-01-02T10:00:00Z", Language::Spanish), "02 ene 1987");
        assert_eq!(date("1987-03", Language::English), "Mar 1987");
        assert_eq!(date("1987", Language::English), "1987");
        for odd in ["", "1987-13-01", "1987-1", "spring", "1987-03-02-04", "-", "198é"] {
            assert_eq!(date(odd, Language::English), odd);
        }
    }

    #[test]
    fn each_word_is_there_in_both_languages_with_the_same_places() {
        for (english, spanish) in ALL {
            assert!(!english.is_empty() && !spanish.is_empty());
            for place in ["{n}", "{count}"] {
                assert_eq!(english.contains(place), spanish.contains(place), "{english}");
            }
        }
        assert_eq!(more(2, Language::Spanish), "Hay 2 más en la historia.");
        assert_eq!(language_name("zh-Hant", Language::English), "Chinese");
        assert_eq!(language_name("xx", Language::English), "xx");
    }
}
