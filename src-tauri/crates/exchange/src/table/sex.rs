//! Letters and words for the sex. `M` is male beside `F`, and *mujer* beside `H`: the column as a whole says which.

use rustcare_model::name::folded;
use rustcare_model::patient::Sex;
use rustcare_model::reason::Reason;

/// What the column says besides whole words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Letters {
    f: bool,
    h: bool,
    spanish: bool,
}

impl Letters {
    /// Of a column with this name.
    pub(super) fn of_column(name: &str) -> Self {
        Self { spanish: matches!(folded(name).as_str(), "sexo" | "genero"), ..Self::default() }
    }

    pub(super) fn observe(&mut self, value: &str) {
        self.f |= value.trim().eq_ignore_ascii_case("f");
        self.h |= value.trim().eq_ignore_ascii_case("h");
    }

    pub(super) fn read(self, value: &str) -> Result<Sex, Reason> {
        match folded(value).as_str() {
            "female" | "f" | "woman" | "girl" | "femenino" | "mujer" | "femenina" => Ok(Sex::Female),
            "male" | "man" | "boy" | "h" | "hombre" | "masculino" | "varon" => Ok(Sex::Male),
            "m" => match (self.f, self.h) {
                (true, false) => Ok(Sex::Male),
                (false, true) => Ok(Sex::Female),
                (false, false) if !self.spanish => Ok(Sex::Male),
                _ => Err(Reason::TableSexTwoMeanings),
            },
            "other" | "o" | "x" | "otro" | "otra" | "nonbinary" | "non binary" => Ok(Sex::Other),
            "" | "unknown" | "u" | "unk" | "desconocido" => Ok(Sex::Unknown),
            _ => Err(Reason::TableSexUnread),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, column: &[&str], value: &str) -> Result<Sex, Reason> {
        let mut letters = Letters::of_column(name);
        column.iter().for_each(|v| letters.observe(v));
        letters.read(value)
    }

    #[test]
    fn m_is_what_the_column_makes_it() {
        assert_eq!(read("Sex", &["M", "F"], "m"), Ok(Sex::Male));
        assert_eq!(read("Sexo", &["M", "H"], "M"), Ok(Sex::Female));
        assert_eq!(read("Gender", &["M"], "M"), Ok(Sex::Male));
        assert_eq!(read("Sexo", &["M"], "M"), Err(Reason::TableSexTwoMeanings));
        assert_eq!(read("Sex", &["M", "F", "H"], "M"), Err(Reason::TableSexTwoMeanings));
    }

    #[test]
    fn a_number_is_no_sex() {
        assert_eq!(read("Sex", &[], "1"), Err(Reason::TableSexUnread));
        assert_eq!(read("Sex", &[], " "), Ok(Sex::Unknown));
    }
}
