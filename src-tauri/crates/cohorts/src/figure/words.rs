//! The words that figures and reports are drawn and written with, in each language beside each other. Tables for programs (CSV) are
//! the same in every language.

use super::{count, number};
use crate::language::{Language, filled, phrases};
use crate::statistics::Interval;

phrases! {
    /// Words of a figure or a report; what stands in braces is filled in.
    pub(crate) enum Word {
        Hidden "hidden" | "oculto"
        HiddenNote "hidden: a number below {smallest}, or one from which such a number would follow. Counts are rounded: each stands for up to {half} more or fewer, ages are told the more coarsely the fewer people they are of, so that two results together tell no small number and nobody's age either." | "oculto: un número menor que {smallest}, o uno del que se deduciría tal número. Los recuentos están redondeados: cada uno representa hasta {half} más o menos, y las edades se dan con menos detalle cuantas menos personas son, de modo que tampoco dos resultados juntos revelan un número pequeño ni la edad de nadie."
        EveryNumber "Every number is shown." | "Se muestran todos los números."
        NotKnown "not known" | "desconocido"
        Female "female" | "mujeres"
        Male "male" | "hombres"
        Women "women" | "mujeres"
        Men "men" | "hombres"
        All "all" | "todos"
        Concept "Concept {number}" | "Concepto {number}"
        BeforeBirth "before birth" | "antes de nacer"
        ThisCohort "This cohort" | "Esta cohorte"
        Between "{estimate} ({lower} to {upper})" | "{estimate} ({lower} a {upper})"

        Attrition "Attrition" | "Quién queda tras cada regla"
        OfPeople "of {people} people" | "de {people} personas"
        EntryEvent "Entry event" | "Suceso de entrada"
        Rule "Rule {number}" | "Regla {number}"
        InTheCohort "In the cohort" | "En la cohorte"

        Ratios "Before entry, in the cohort against the rest" | "Antes de la entrada, en la cohorte frente al resto"
        RatioAxis "prevalence ratio, 95 % interval" | "razón de prevalencias, intervalo del 95 %"
        Survival "Without the outcome, by days since entry" | "Sin el desenlace, según los días desde la entrada"
        DaysSinceEntry "days since entry" | "días desde la entrada"
        PeopleAndEvents "{people} people, {events} events" | "{people} personas, {events} sucesos"
        AtRisk "At risk" | "En riesgo"
        LogRank "log-rank χ² = {statistic}, {degrees} df, {p}" | "log-rank χ² = {statistic}, {degrees} g. l., {p}"
        Overlap "People in several cohorts" | "Personas en varias cohortes"
        NamePeople "{name} ({people} people)" | "{name} ({people} personas)"
        Shares "Share of those on record who are in the cohort" | "Proporción de quienes tienen registros que está en la cohorte"
        ShareOf "{estimate} % ({lower} to {upper}), {part} of {whole}" | "{estimate} % ({lower} a {upper}), {part} de {whole}"
        ShareAxis "per cent, 95 % interval (Wilson)" | "por ciento, intervalo del 95 % (Wilson)"
        Ages "Age at entry, women and men" | "Edad al entrar, mujeres y hombres"
        Years "People by calendar year of entry" | "Personas por año natural de entrada"

        Summary "{people} people of {population}." | "{people} personas de {population}."
        Definition "Definition" | "Definición"
        Step "Step" | "Paso"
        PeopleLeft "People left" | "Personas que quedan"
        PeopleAtEntry "People at entry" | "Las personas al entrar"
        TheRest "The rest: everybody else who is observed on the day in the middle of the entries. Events: in the {days} days before entry. SMD: standardised mean difference." | "El resto: todos los demás que están en observación el día central de las entradas. Sucesos: en los {days} días anteriores a la entrada. DME: diferencia de medias estandarizada."
        SetsApart "What sets them apart" | "Qué las distingue"
        SetsApartNote "Share with the event before entry, in the cohort against the rest (prevalence ratio, Katz interval); the events that differ most." | "Proporción con el suceso antes de la entrada, en la cohorte frente al resto (razón de prevalencias, intervalo de Katz); los sucesos que más difieren."
        Cohort "Cohort ({people})" | "Cohorte ({people})"
        Rest "Rest ({people})" | "Resto ({people})"
        Smd "SMD" | "DME"
        AgeInYears "Age in years: mean ± SD; median (quartiles)" | "Edad en años: media ± DE; mediana (cuartiles)"
        Sex "Sex" | "Sexo"
        Race "Race" | "Raza"
        Ethnicity "Ethnicity" | "Etnia"
        AgeAndSex "Age and sex" | "Edad y sexo"
        AgeAtEntry "Age at entry" | "Edad al entrar"
        AllPeople "All" | "Todos"
        YearByYear "Year by year" | "Año por año"
        Year "Year" | "Año"
        OnRecord "On record" | "Con registros"
        SharePercent "Per cent (95 % interval, Wilson)" | "Por ciento (intervalo del 95 %, Wilson)"
        EntryEvents "Entry events" | "Sucesos de entrada"
        Event "Event" | "Suceso"
        Kind "Kind" | "Tipo"
        Entries "Entries" | "Entradas"
        PeopleHead "People" | "Personas"
        FurtherEvents "Further events: {count}" | "Otros sucesos: {count}"
        NoEntryEvent "No entry event on the first day" | "Sin suceso de entrada el primer día"
        WhatFollows "What follows: {outcome}" | "Qué ocurre después: {outcome}"
        WhatFollowsNote "From the first day in the cohort to the first outcome, the end of the stay or of the record. Who had the outcome before is left out. Rates with their exact interval (Garwood), curves with that of Greenwood on the log-log scale." | "Desde el primer día en la cohorte hasta el primer desenlace, el fin de la permanencia o de los registros. Quien tuvo el desenlace antes queda fuera. Tasas con su intervalo exacto (Garwood), curvas con el de Greenwood en la escala log-log."
        WithTheOutcome "With the outcome" | "Con el desenlace"
        PersonYears "Person-years" | "Años-persona"
        RatePerThousand "Per 1 000 years (95 %)" | "Por 1 000 años (95 %)"
        Provenance "Where this comes from" | "De dónde procede"
        DefinitionHash "Definition (BLAKE3)" | "Definición (BLAKE3)"
        DataHash "Data (BLAKE3)" | "Datos (BLAKE3)"
        Engine "Engine" | "Motor"
        EngineVersion "version {version}" | "versión {version}"
        MadeOn "Made on" | "Hecho el"
        SmallNumbers "Small numbers" | "Números pequeños"

        NotKnownTitle "Not known" | "Desconocido"
        MaleTitle "Male" | "Hombre"
        FemaleTitle "Female" | "Mujer"
        Asian "Asian" | "Asiático"
        BlackOrAfricanAmerican "Black or African American" | "Negro o afroamericano"
        White "White" | "Blanco"
        PacificIslander "Native Hawaiian or other Pacific Islander" | "Nativo de Hawái u otras islas del Pacífico"
        AmericanIndian "American Indian or Alaska Native" | "Indígena americano o nativo de Alaska"
        HispanicOrLatino "Hispanic or Latino" | "Hispano o latino"
        NotHispanicOrLatino "Not Hispanic or Latino" | "Ni hispano ni latino"
    }
}

impl Word {
    /// In a language.
    pub(crate) fn of(self, language: Language) -> String {
        self.wording(language).to_owned()
    }

    /// In a language, with what it is about.
    pub(crate) fn with(self, language: Language, values: &[(&str, &str)]) -> String {
        filled(self.wording(language), values)
    }
}

/// A count as it is read, or the word for one that is hidden.
pub(crate) fn shown(value: Option<u64>, language: Language) -> String {
    value.map_or_else(|| Word::Hidden.of(language), |value| count(Some(value)))
}

/// An estimate with its interval, times a factor.
pub(crate) fn interval(of: Interval, times: f64, decimals: usize, language: Language) -> String {
    let [estimate, lower, upper] =
        [of.estimate, of.lower, of.upper].map(|value| number(Some(times * value), decimals));
    Word::Between.with(language, &[("estimate", &estimate), ("lower", &lower), ("upper", &upper)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::tests::places;

    #[test]
    fn every_word_is_said_in_both_languages_with_the_same_filled_in() {
        for word in Word::ALL {
            let [english, spanish] = [Language::En, Language::Es].map(|language| word.wording(language));
            assert_eq!(places(english), places(spanish), "{word:?}");
            assert!(english != spanish && !spanish.is_empty(), "{word:?} is not said in Spanish");
        }
    }

    #[test]
    fn a_hidden_count_is_a_word_of_the_language() {
        assert_eq!([shown(None, Language::Es), shown(Some(0), Language::Es)], ["oculto", "0"]);
    }
}
