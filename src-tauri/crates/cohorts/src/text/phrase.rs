//! The words that definitions are told in, in each language beside each other.

use crate::definition::{Column, CriterionKind};
use crate::language::{Language, phrases};

phrases! {
    /// A phrase; what stands in braces is filled in.
    pub(super) enum Phrase {
        Entry "Who comes in: a person with any of these events" | "Quién entra: una persona con cualquiera de estos sucesos"
        OnRecord "On record for at least {before} days before the event and {after} days after it." | "Con registros durante al menos {before} días antes del suceso y {after} días después."
        PrimaryEarliest "Only the earliest of these events of a person is looked at." | "Solo se mira el más temprano de estos sucesos de cada persona."
        PrimaryLatest "Only the latest of these events of a person is looked at." | "Solo se mira el más reciente de estos sucesos de cada persona."
        PrimaryEvery "Every such event of a person is looked at." | "Se mira cada uno de estos sucesos de la persona."
        Additional "Of these events only those count for which" | "De estos sucesos solo cuentan aquellos para los que"
        QualifiedEarliest "Of the events that are left, a person's earliest is taken." | "De los sucesos que quedan se toma el más temprano de cada persona."
        QualifiedLatest "Of the events that are left, a person's latest is taken." | "De los sucesos que quedan se toma el más reciente de cada persona."
        Rules "What must also be true" | "Qué más debe cumplirse"
        RuleNumber "Rule {number}" | "Regla {number}"
        RuleNamed "Rule {number}, {name}" | "Regla {number}, {name}"
        IncludedEarliest "Of the events that meet every rule, a person's earliest counts." | "De los sucesos que cumplen todas las reglas cuenta el más temprano de cada persona."
        IncludedLatest "Of the events that meet every rule, a person's latest counts." | "De los sucesos que cumplen todas las reglas cuenta el más reciente de cada persona."
        IncludedEvery "Every event that meets every rule counts." | "Cuenta cada suceso que cumple todas las reglas."
        Stay "How long they stay" | "Cuánto tiempo permanecen"
        StayObserved "As long as they are on record." | "Mientras haya registros suyos."
        StayAfterStart "Until {days} days after the first day of the event, at most as long as they are on record." | "Hasta {days} días después del primer día del suceso, como máximo mientras haya registros suyos."
        StayAfterEnd "Until {days} days after the last day of the event, at most as long as they are on record." | "Hasta {days} días después del último día del suceso, como máximo mientras haya registros suyos."
        StayExposure "As long as the use of {set} goes on: gaps of up to {gap} days belong to it, and {offset} days more at its end." | "Mientras dure el uso de {set}: los intervalos de hasta {gap} días forman parte de él, y al final, {offset} días más."
        SupplyOverride "Every exposure is taken to last {days} days." | "Se supone que cada exposición dura {days} días."
        Censoring "They leave earlier with any of these events" | "Salen antes con cualquiera de estos sucesos"
        EraPad "Stays of a person that are up to {days} days apart are one." | "Las estancias de una persona separadas por hasta {days} días son una sola."
        CensorFrom "Only the time from {from} on counts." | "Solo cuenta el tiempo desde {from}."
        CensorTo "Only the time up to {to} counts." | "Solo cuenta el tiempo hasta {to}."
        CensorBetween "Only the time from {from} to {to} counts." | "Solo cuenta el tiempo desde {from} hasta {to}."
        GroupAll "all of this holds" | "se cumple todo esto"
        GroupAny "at least one of these holds" | "se cumple al menos uno de estos puntos"
        GroupAtLeast "at least {count} of these hold" | "se cumplen al menos {count} de estos puntos"
        GroupAtMost "at most {count} of these hold" | "se cumplen como máximo {count} de estos puntos"
        GroupEmpty "nothing is asked for" | "no se pide nada"
        OccursExactly "exactly {count} times" | "exactamente {count} veces"
        OccursAtMost "at most {count} times" | "como máximo {count} veces"
        OccursAtLeast "at least {count} times" | "al menos {count} veces"
        ExactlyOnce "exactly once" | "exactamente una vez"
        AtMostOnce "at most once" | "como máximo una vez"
        AtLeastOnce "at least once" | "al menos una vez"
        Never "never" | "nunca"
        Distinct "counted once for each different {what}" | "contando una sola vez cada {what} distinto"
        SameVisit "during the same visit" | "durante la misma visita"
        BeyondRecord "also outside the time on record" | "también fuera del tiempo con registros"
        EventStarts "its first day from {from} to {to}, counted from {anchor}" | "su primer día desde {from} hasta {to}, contado desde {anchor}"
        EventEnds "its last day from {from} to {to}, counted from {anchor}" | "su último día desde {from} hasta {to}, contado desde {anchor}"
        FirstDay "the first day of {event}" | "el primer día de {event}"
        LastDay "the last day of {event}" | "el último día de {event}"
        EntryEvent "the entry event" | "el suceso de entrada"
        ThatEvent "that event" | "ese suceso"
        DaysBefore "{days} days before" | "{days} días antes"
        DaysAfter "{days} days after" | "{days} días después"
        DayBefore "the day before" | "el día anterior"
        DayAfter "the day after" | "el día siguiente"
        SameDay "the same day" | "el mismo día"
        AnyBefore "any time before" | "cualquier momento anterior"
        AnyAfter "any time after" | "cualquier momento posterior"
        OfSet "{kind} of {set}" | "{kind} de {set}"
        OfAny "any {kind}" | "cualquier {kind}"
        FirstEver "the first ever on record" | "el primero de todos los registrados"
        Moved "dates taken anew: from {start} day {start_offset}, to {end} day {end_offset}" | "fechas tomadas de nuevo: desde {start} más {start_offset} días, hasta {end} más {end_offset} días"
        Start "first" | "el primer día"
        End "last" | "el último día"
        AroundIt "for which, around it, {group}" | "para el que, a su alrededor, {group}"
        Person "the person:" | "la persona:"
        Less "below {value}" | "menos de {value}"
        LessOrEqual "at most {value}" | "como máximo {value}"
        Equal "exactly {value}" | "exactamente {value}"
        NotEqual "not {value}" | "distinto de {value}"
        Greater "above {value}" | "más de {value}"
        GreaterOrEqual "at least {value}" | "al menos {value}"
        Between "from {value} to {extent}" | "de {value} a {extent}"
        NotBetween "not from {value} to {extent}" | "fuera de {value} a {extent}"
        OneOf "one of {list}" | "uno de {list}"
        NoneOf "none of {list}" | "ninguno de {list}"
        InSet "in {set}" | "en {set}"
        NotInSet "not in {set}" | "no en {set}"
        IsSaid "said" | "indicado"
        IsNotSaid "not said" | "no indicado"
        Contains "contains “{text}”" | "contiene «{text}»"
        StartsWith "begins with “{text}”" | "empieza por «{text}»"
        EndsWith "ends with “{text}”" | "termina en «{text}»"
        Equals "is “{text}”" | "es «{text}»"
        Not "does not hold: {test}" | "no se cumple: {test}"
        Outside "outside the reference range" | "fuera del intervalo de referencia"
        Sets "Sets of codes" | "Conjuntos de códigos"
        SetName "“{name}”" | "«{name}»"
        SetMissing "a set of codes that is not in the definition ({id})" | "un conjunto de códigos que no está en la definición ({id})"
        SetEmpty "no code" | "ningún código"
        WithBelow "with all below it" | "con todo lo que incluye"
        WithMapped "with what maps to it" | "con lo que se asigna a él"
        LeftOut "left out: {concept}" | "excluido: {concept}"
        More "and {count} more" | "y {count} más"
    }
}

/// A kind of event, as it stands in a sentence.
pub(super) const fn kind_words(kind: CriterionKind, language: Language) -> &'static str {
    let (english, spanish) = match kind {
        CriterionKind::ConditionEra => ("time with a condition", "período con una afección"),
        CriterionKind::ConditionOccurrence => ("diagnosis", "diagnóstico"),
        CriterionKind::Death => ("death", "fallecimiento"),
        CriterionKind::DeviceExposure => ("use of a device", "uso de un dispositivo"),
        CriterionKind::DoseEra => ("time on one dose", "período con una dosis"),
        CriterionKind::DrugEra => ("time on a medicine", "período con un medicamento"),
        CriterionKind::DrugExposure => ("medicine or vaccine", "medicamento o vacuna"),
        CriterionKind::LocationRegion => ("place of living", "lugar de residencia"),
        CriterionKind::Measurement => ("measured value", "valor medido"),
        CriterionKind::Observation => ("other finding", "otro hallazgo"),
        CriterionKind::ObservationPeriod => ("time on record", "tiempo con registros"),
        CriterionKind::PayerPlanPeriod => ("insurance plan", "plan de seguro"),
        CriterionKind::ProcedureOccurrence => ("procedure", "procedimiento"),
        CriterionKind::Specimen => ("specimen", "muestra"),
        CriterionKind::VisitDetail => ("part of a visit", "parte de una visita"),
        CriterionKind::VisitOccurrence => ("visit or stay", "visita o estancia"),
    };
    match language {
        Language::En => english,
        Language::Es => spanish,
    }
}

/// What an attribute looks at, as it stands before a colon.
pub(super) const fn column_words(column: Column, language: Language) -> &'static str {
    let (english, spanish) = match column {
        Column::StartDate => ("first day", "primer día"),
        Column::EndDate => ("last day", "último día"),
        Column::Type | Column::TypeExclude => ("source of the record", "origen del registro"),
        Column::SourceConcept => ("code in the source", "código en el origen"),
        Column::Status => ("status", "estado"),
        Column::IsPrimary => ("primary diagnosis", "diagnóstico principal"),
        Column::StopReason => ("why it was stopped", "motivo de suspensión"),
        Column::Age => ("age in calendar years", "edad en años naturales"),
        Column::AgeAtEnd => ("age at its end, in calendar years", "edad al final, en años naturales"),
        Column::Gender => ("sex", "sexo"),
        Column::Race => ("race", "raza"),
        Column::Ethnicity => ("ethnicity", "etnia"),
        Column::ProviderSpecialty => ("specialty", "especialidad"),
        Column::VisitType => ("kind of visit", "tipo de visita"),
        Column::PlaceOfService | Column::PlaceOfServiceLocation => ("place of care", "lugar de atención"),
        Column::Length => ("length in days", "duración en días"),
        Column::ValueAsNumber => ("value", "valor"),
        Column::ValueAsConcept => ("result", "resultado"),
        Column::ValueAsString => ("text of the result", "texto del resultado"),
        Column::Unit => ("unit", "unidad"),
        Column::RangeLow => ("lower bound of the reference range", "límite inferior de referencia"),
        Column::RangeHigh => ("upper bound of the reference range", "límite superior de referencia"),
        Column::RangeLowRatio => {
            ("value divided by the lower bound", "valor dividido por el límite inferior")
        }
        Column::RangeHighRatio => {
            ("value divided by the upper bound", "valor dividido por el límite superior")
        }
        Column::Abnormal => ("value", "valor"),
        Column::Operator => ("comparison sign", "signo de comparación"),
        Column::Qualifier => ("qualifier", "calificador"),
        Column::Modifier => ("modifier", "modificador"),
        Column::Quantity => ("quantity", "cantidad"),
        Column::DaysSupply => ("days supplied", "días suministrados"),
        Column::Refills => ("refills", "renovaciones"),
        Column::Route => ("route", "vía"),
        Column::EffectiveDrugDose => ("effective dose", "dosis efectiva"),
        Column::DoseUnit => ("unit of the dose", "unidad de la dosis"),
        Column::LotNumber => ("lot", "lote"),
        Column::UniqueDeviceId => ("number of the device", "número del dispositivo"),
        Column::AnatomicSite => ("site of the body", "zona del cuerpo"),
        Column::DiseaseStatus => ("status of the disease", "estado de la enfermedad"),
        Column::SourceId => ("number in the source", "número en el origen"),
        Column::OccurrenceCount => ("occurrences", "apariciones"),
        Column::GapDays => ("days without it", "días sin él"),
        Column::UserDefinedPeriod => ("taken as from and to", "tomado como desde y hasta"),
        Column::Payer | Column::PayerSource => ("payer", "pagador"),
        Column::Plan | Column::PlanSource => ("plan", "plan"),
        Column::Sponsor | Column::SponsorSource => ("sponsor", "patrocinador"),
        Column::PlanStopReason | Column::PlanStopReasonSource => {
            ("why the plan ended", "motivo del fin del plan")
        }
    };
    match language {
        Language::En => english,
        Language::Es => spanish,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::tests::places;

    #[test]
    fn both_languages_fill_in_the_same() {
        for phrase in Phrase::ALL {
            let (english, spanish) = (phrase.wording(Language::En), phrase.wording(Language::Es));
            assert_eq!(places(english), places(spanish), "{phrase:?}");
        }
    }
}
