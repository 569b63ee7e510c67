//! What can be wrong with a definition, and how it is said.

use serde::Serialize;

use crate::text::Language;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FindingSeverity {
    /// It cannot be run, or nobody can ever be in it.
    Error,
    /// It probably does not mean what was meant.
    Warning,
    /// Worth knowing.
    Note,
}

/// Findings with their severity and wording in English and Spanish.
macro_rules! findings {
    ($($(#[$doc:meta])* $name:ident $severity:ident $english:literal | $spanish:literal)*) => {
        /// What was found.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[serde(rename_all = "snake_case")]
        pub enum FindingKind { $($(#[$doc])* $name,)* }

        impl FindingKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// How bad it is.
            #[must_use]
            pub const fn severity(self) -> FindingSeverity {
                match self { $(Self::$name => FindingSeverity::$severity,)* }
            }

            const fn wording(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::En) => $english, (Self::$name, Language::Es) => $spanish,)*
                }
            }
        }
    };
}

findings! {
    /// The engine refuses a part.
    NotRun Error "{what} cannot be counted here." | "{what} no se puede contar aquí."
    /// No primary criterion.
    NoEntry Error "No entry event is named: nobody can be in it." | "No se nombra ningún suceso de entrada: nadie puede estar dentro."
    /// A concept set that is named and not there.
    MissingConceptSet Error "The set of codes {what} is named and is not in the definition: nothing is found by it." | "El conjunto de códigos {what} se nombra y no está en la definición: no encuentra nada."
    /// A concept set that puts nothing in.
    EmptyConceptSet Error "The set of codes “{what}” holds no code: nothing is found by it." | "El conjunto de códigos «{what}» no contiene ningún código: no encuentra nada."
    /// A range that ends before it begins.
    ReversedRange Error "{what} ends before it begins: nothing can be in it." | "{what} termina antes de empezar: nada puede estar dentro."
    /// A window that ends before it begins.
    ReversedWindow Error "The days around the entry event end before they begin: nothing can lie in them." | "Los días alrededor del suceso de entrada terminan antes de empezar: nada puede estar dentro."
    /// Two demands that cannot both hold.
    Contradiction Error "This contradicts {what}: nobody can meet both." | "Esto contradice {what}: nadie puede cumplir ambas cosas."
    /// A group that wants more members than it has.
    TooManyWanted Error "At least {what} are asked for, and there are fewer." | "Se piden al menos {what}, y hay menos."
    /// An event before the entry event that can only come after everything.
    DeathBefore Warning "Death is looked for only before the entry event." | "El fallecimiento se busca solo antes del suceso de entrada."
    /// A rule that asks for nothing.
    EmptyRule Warning "This rule asks for nothing: everybody meets it." | "Esta regla no pide nada: todos la cumplen."
    /// A demand that always holds.
    AlwaysTrue Warning "“At least 0 times” always holds." | "«Al menos 0 veces» se cumple siempre."
    /// A criterion without codes.
    AnyCode Warning "No code is named: any {what} will do." | "No se nombra ningún código: vale cualquier {what}."
    /// Days before the entry event that need not be on record.
    BeyondRecord Warning "Days looked back: {what}. Nobody needs to be on record for so long: who was not is taken to have had nothing." | "Días hacia atrás: {what}. No se exige tanto tiempo con registros: quien no lo tiene cuenta como si no hubiera tenido nada."
    /// A number without a unit.
    NoUnit Warning "A value is tested without a unit: numbers in other units are compared as they are." | "Se compara un valor sin unidad: los números en otras unidades se comparan tal cual."
    /// One bound for several units of different size.
    SeveralUnits Warning "One number is tested in units that differ in size or cannot be compared: {what}." | "Un mismo número se compara en unidades de distinto tamaño o que no se pueden comparar: {what}."
    /// Several concept sets of one id.
    SharedNumber Warning "Several sets of codes have the number {what}: by it the codes of all of them are found." | "Varios conjuntos de códigos tienen el número {what}: con él se encuentran los códigos de todos."
    /// Codes of another kind of record.
    OtherDomain Warning "The codes of “{what}” are of another kind of record: probably nothing is found." | "Los códigos de «{what}» son de otro tipo de registro: probablemente no se encuentre nada."
    /// The same demand twice.
    Duplicate Warning "This stands there twice." | "Esto aparece dos veces."
    /// A concept set that nothing names.
    UnusedConceptSet Note "The set of codes “{what}” is not used." | "El conjunto de códigos «{what}» no se usa."
    /// Two concept sets with the same members.
    EqualConceptSets Note "“{what}” hold the same codes." | "«{what}» contienen los mismos códigos."
    /// Nothing ends the time in the cohort.
    NoExit Note "Nothing but the end of the record ends the time in the cohort." | "Solo el fin de los registros termina la permanencia en la cohorte."
}

/// Something that was found, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Finding {
    /// How bad it is.
    pub severity: FindingSeverity,
    /// What it is.
    pub kind: FindingKind,
    /// Where in the definition: `InclusionRules[1].expression`.
    pub place: String,
    /// The rule, set, range or days that it is about; filled into the sentence.
    pub what: String,
}

impl Finding {
    pub(super) fn new(kind: FindingKind, place: &str, what: impl Into<String>) -> Self {
        Self { severity: kind.severity(), kind, place: place.to_owned(), what: what.into() }
    }

    /// The finding as a sentence.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        self.kind.wording(language).replace("{what}", &self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_fill_in_the_same() {
        for kind in FindingKind::ALL {
            let has = |language| kind.wording(language).contains("{what}");
            assert_eq!(has(Language::En), has(Language::Es), "{kind:?}");
        }
    }
}
