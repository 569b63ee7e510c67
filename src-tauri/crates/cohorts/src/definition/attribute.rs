//! The attributes that a criterion may carry: their names in JSON, which kind has which, the shape of their tests.
//!
//! Source: the fields of the criterion classes of OHDSI circe-be 1.12 (`cohortdefinition/*.java`).

use super::criterion::CriterionKind;
use super::values::{Concept, ConceptSetSelection, DateRange, NumericRange, Period, TextFilter};

/// How an attribute is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// One of the listed concepts.
    Concepts,
    /// In (or not in) a concept set of the definition.
    Selection,
    /// In the concept set of this id.
    Codeset,
    /// A number within a range.
    Number,
    /// A date within a range.
    Date,
    /// A text that contains, starts or ends with another.
    Text,
    /// A switch.
    Flag,
    /// A pair of dates, either of which may be missing.
    Period,
}

/// What an attribute demands.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// One of these concepts. Circe takes an empty list for no test at all.
    Concepts(Vec<Concept>),
    /// In (or not in) a concept set.
    Selection(ConceptSetSelection),
    /// In the concept set of this id.
    Codeset(i32),
    /// A number within a range.
    Number(NumericRange),
    /// A date within a range.
    Date(DateRange),
    /// A text.
    Text(TextFilter),
    /// A switch.
    Flag(bool),
    /// A pair of dates.
    Period(Period),
}

impl Test {
    /// Whether it demands anything: a switch that is off does not, and neither does an empty list.
    #[must_use]
    pub fn asks_something(&self) -> bool {
        match self {
            Self::Flag(is_on) => *is_on,
            Self::Concepts(concepts) => !concepts.is_empty(),
            _ => true,
        }
    }
}

/// What of an event or of its person an attribute looks at; the same word whatever the kind of criterion.
///
/// The name in JSON depends on the kind: [`Column::Type`] is `ConditionType` in a condition occurrence and `DrugType` in a
/// drug exposure. See [`AttributeSpecification`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    /// First day of the event.
    StartDate,
    /// Last day of the event.
    EndDate,
    /// Provenance of the record (`*_type_concept_id`).
    Type,
    /// Turns [`Column::Type`] given as a list into "none of".
    TypeExclude,
    /// The code as it stood in the source (`*_source_concept_id`).
    SourceConcept,
    /// `condition_status_concept_id`.
    Status,
    /// Whether a diagnosis is the primary one. No attribute of a criterion; some sources mark it (`is_primary`).
    IsPrimary,
    /// `stop_reason`.
    StopReason,
    /// Year of the event's first day less the year of birth, in years.
    Age,
    /// Year of the event's last day less the year of birth, in years.
    AgeAtEnd,
    /// The person's `gender_concept_id`.
    Gender,
    /// The person's `race_concept_id`.
    Race,
    /// The person's `ethnicity_concept_id`.
    Ethnicity,
    /// `specialty_concept_id` of the provider.
    ProviderSpecialty,
    /// `visit_concept_id` of the visit that the event belongs to; in a visit, its own `visit_type_concept_id`.
    VisitType,
    /// `place_of_service_concept_id` of the care site.
    PlaceOfService,
    /// Region of the care site's location. CDM 6.1 and later; not run.
    PlaceOfServiceLocation,
    /// Days from first to last day.
    Length,
    /// `value_as_number`; in a dose era `dose_value`.
    ValueAsNumber,
    /// `value_as_concept_id`.
    ValueAsConcept,
    /// `value_as_string`.
    ValueAsString,
    /// `unit_concept_id`.
    Unit,
    /// `range_low`.
    RangeLow,
    /// `range_high`.
    RangeHigh,
    /// Value divided by `range_low`.
    RangeLowRatio,
    /// Value divided by `range_high`.
    RangeHighRatio,
    /// Below the range, above it, or marked as such.
    Abnormal,
    /// `operator_concept_id`.
    Operator,
    /// `qualifier_concept_id`.
    Qualifier,
    /// `modifier_concept_id`.
    Modifier,
    /// `quantity`.
    Quantity,
    /// `days_supply`, in days.
    DaysSupply,
    /// `refills`.
    Refills,
    /// `route_concept_id`.
    Route,
    /// `effective_drug_dose`; left the model with CDM 5.0.
    EffectiveDrugDose,
    /// `dose_unit_concept_id`; left the model with CDM 5.0.
    DoseUnit,
    /// `lot_number`.
    LotNumber,
    /// `unique_device_id`.
    UniqueDeviceId,
    /// `anatomic_site_concept_id`.
    AnatomicSite,
    /// `disease_status_concept_id`.
    DiseaseStatus,
    /// `specimen_source_id`.
    SourceId,
    /// Occurrences or exposures in an era.
    OccurrenceCount,
    /// Days of an era without exposure.
    GapDays,
    /// Dates that the user puts in place of an observation period's own.
    UserDefinedPeriod,
    /// Payer of a plan.
    Payer,
    /// Plan.
    Plan,
    /// Sponsor of a plan.
    Sponsor,
    /// Why a plan ended.
    PlanStopReason,
    /// Payer as in the source.
    PayerSource,
    /// Plan as in the source.
    PlanSource,
    /// Sponsor as in the source.
    SponsorSource,
    /// Why a plan ended, as in the source.
    PlanStopReasonSource,
}

/// One attribute of one kind of criterion: the published name, what it looks at, how it is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttributeSpecification {
    /// Name in JSON, as published.
    pub name: &'static str,
    /// What it looks at.
    pub column: Column,
    /// How it is tested.
    pub shape: Shape,
}

/// An attribute as given in a definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// Which one.
    pub specification: AttributeSpecification,
    /// What it demands; of the shape that the specification names.
    pub test: Test,
}

const fn attribute(name: &'static str, column: Column, shape: Shape) -> AttributeSpecification {
    AttributeSpecification { name, column, shape }
}

/// The attribute as a list of concepts and, under the name with `CS`, as a concept set.
macro_rules! concepts {
    ($name:literal, $column:ident) => {
        [
            attribute($name, Column::$column, Shape::Concepts),
            attribute(concat!($name, "CS"), Column::$column, Shape::Selection),
        ]
    };
}

/// The attributes of a kind in the order in which circe-be declares them.
macro_rules! attributes {
    ($($constant:ident: $([$($one:tt)*])*;)*) => {
        $(const $constant: &[AttributeSpecification] = &attributes!(@list [] $([$($one)*])*);)*
    };
    (@list [$($done:expr,)*]) => { [$($done,)*] };
    (@list [$($done:expr,)*] [$name:literal $column:ident concepts] $($rest:tt)*) => {
        attributes!(@list [$($done,)* concepts!($name, $column)[0], concepts!($name, $column)[1],] $($rest)*)
    };
    (@list [$($done:expr,)*] [$name:literal $column:ident $shape:ident] $($rest:tt)*) => {
        attributes!(@list [$($done,)* attribute($name, Column::$column, Shape::$shape),] $($rest)*)
    };
}

attributes! {
    CONDITION_ERA:
        ["EraStartDate" StartDate Date] ["EraEndDate" EndDate Date] ["OccurrenceCount" OccurrenceCount Number]
        ["EraLength" Length Number] ["AgeAtStart" Age Number] ["AgeAtEnd" AgeAtEnd Number] ["Gender" Gender concepts];
    CONDITION_OCCURRENCE:
        ["OccurrenceStartDate" StartDate Date] ["OccurrenceEndDate" EndDate Date] ["ConditionType" Type concepts]
        ["ConditionTypeExclude" TypeExclude Flag] ["StopReason" StopReason Text]
        ["ConditionSourceConcept" SourceConcept Codeset] ["Age" Age Number] ["Gender" Gender concepts]
        ["ProviderSpecialty" ProviderSpecialty concepts] ["VisitType" VisitType concepts]
        ["ConditionStatus" Status concepts];
    DEATH:
        ["OccurrenceStartDate" StartDate Date] ["DeathType" Type concepts] ["DeathTypeExclude" TypeExclude Flag]
        ["DeathSourceConcept" SourceConcept Codeset] ["Age" Age Number] ["Gender" Gender concepts];
    DEVICE_EXPOSURE:
        ["OccurrenceStartDate" StartDate Date] ["OccurrenceEndDate" EndDate Date] ["DeviceType" Type concepts]
        ["DeviceTypeExclude" TypeExclude Flag] ["UniqueDeviceId" UniqueDeviceId Text] ["Quantity" Quantity Number]
        ["DeviceSourceConcept" SourceConcept Codeset] ["Age" Age Number] ["Gender" Gender concepts]
        ["ProviderSpecialty" ProviderSpecialty concepts] ["VisitType" VisitType concepts];
    DOSE_ERA:
        ["EraStartDate" StartDate Date] ["EraEndDate" EndDate Date] ["Unit" Unit concepts]
        ["DoseValue" ValueAsNumber Number] ["EraLength" Length Number] ["AgeAtStart" Age Number]
        ["AgeAtEnd" AgeAtEnd Number] ["Gender" Gender concepts];
    DRUG_ERA:
        ["EraStartDate" StartDate Date] ["EraEndDate" EndDate Date] ["OccurrenceCount" OccurrenceCount Number]
        ["GapDays" GapDays Number] ["EraLength" Length Number] ["AgeAtStart" Age Number]
        ["AgeAtEnd" AgeAtEnd Number] ["Gender" Gender concepts];
    DRUG_EXPOSURE:
        ["OccurrenceStartDate" StartDate Date] ["OccurrenceEndDate" EndDate Date] ["DrugType" Type concepts]
        ["DrugTypeExclude" TypeExclude Flag] ["StopReason" StopReason Text] ["Refills" Refills Number]
        ["Quantity" Quantity Number] ["DaysSupply" DaysSupply Number] ["RouteConcept" Route concepts]
        ["EffectiveDrugDose" EffectiveDrugDose Number] ["DoseUnit" DoseUnit concepts] ["LotNumber" LotNumber Text]
        ["DrugSourceConcept" SourceConcept Codeset] ["Age" Age Number] ["Gender" Gender concepts]
        ["ProviderSpecialty" ProviderSpecialty concepts] ["VisitType" VisitType concepts];
    LOCATION_REGION:
        ["StartDate" StartDate Date] ["EndDate" EndDate Date];
    MEASUREMENT:
        ["OccurrenceStartDate" StartDate Date] ["MeasurementType" Type concepts]
        ["MeasurementTypeExclude" TypeExclude Flag] ["Operator" Operator concepts]
        ["ValueAsNumber" ValueAsNumber Number] ["ValueAsConcept" ValueAsConcept concepts] ["Unit" Unit concepts]
        ["RangeLow" RangeLow Number] ["RangeHigh" RangeHigh Number] ["RangeLowRatio" RangeLowRatio Number]
        ["RangeHighRatio" RangeHighRatio Number] ["Abnormal" Abnormal Flag]
        ["MeasurementSourceConcept" SourceConcept Codeset] ["Age" Age Number] ["Gender" Gender concepts]
        ["ProviderSpecialty" ProviderSpecialty concepts] ["VisitType" VisitType concepts];
    OBSERVATION:
        ["OccurrenceStartDate" StartDate Date] ["ObservationType" Type concepts]
        ["ObservationTypeExclude" TypeExclude Flag] ["ValueAsNumber" ValueAsNumber Number]
        ["ValueAsString" ValueAsString Text] ["ValueAsConcept" ValueAsConcept concepts]
        ["Qualifier" Qualifier concepts] ["Unit" Unit concepts] ["ObservationSourceConcept" SourceConcept Codeset]
        ["Age" Age Number] ["Gender" Gender concepts] ["ProviderSpecialty" ProviderSpecialty concepts]
        ["VisitType" VisitType concepts];
    OBSERVATION_PERIOD:
        ["PeriodStartDate" StartDate Date] ["PeriodEndDate" EndDate Date]
        ["UserDefinedPeriod" UserDefinedPeriod Period] ["PeriodType" Type concepts] ["PeriodLength" Length Number]
        ["AgeAtStart" Age Number] ["AgeAtEnd" AgeAtEnd Number];
    PAYER_PLAN_PERIOD:
        ["PeriodStartDate" StartDate Date] ["PeriodEndDate" EndDate Date]
        ["UserDefinedPeriod" UserDefinedPeriod Period] ["PeriodLength" Length Number] ["AgeAtStart" Age Number]
        ["AgeAtEnd" AgeAtEnd Number] ["Gender" Gender concepts] ["PayerConcept" Payer Codeset]
        ["PlanConcept" Plan Codeset] ["SponsorConcept" Sponsor Codeset] ["StopReasonConcept" PlanStopReason Codeset]
        ["PayerSourceConcept" PayerSource Codeset] ["PlanSourceConcept" PlanSource Codeset]
        ["SponsorSourceConcept" SponsorSource Codeset] ["StopReasonSourceConcept" PlanStopReasonSource Codeset];
    PROCEDURE_OCCURRENCE:
        ["OccurrenceStartDate" StartDate Date] ["ProcedureType" Type concepts]
        ["ProcedureTypeExclude" TypeExclude Flag] ["Modifier" Modifier concepts] ["Quantity" Quantity Number]
        ["ProcedureSourceConcept" SourceConcept Codeset] ["Age" Age Number] ["Gender" Gender concepts]
        ["ProviderSpecialty" ProviderSpecialty concepts] ["VisitType" VisitType concepts];
    SPECIMEN:
        ["OccurrenceStartDate" StartDate Date] ["SpecimenType" Type concepts]
        ["SpecimenTypeExclude" TypeExclude Flag] ["Quantity" Quantity Number] ["Unit" Unit concepts]
        ["AnatomicSite" AnatomicSite concepts] ["DiseaseStatus" DiseaseStatus concepts] ["SourceId" SourceId Text]
        ["SpecimenSourceConcept" SourceConcept Codeset] ["Age" Age Number] ["Gender" Gender concepts];
    VISIT_DETAIL:
        ["VisitDetailStartDate" StartDate Date] ["VisitDetailEndDate" EndDate Date]
        ["VisitDetailTypeCS" Type Selection] ["VisitDetailSourceConcept" SourceConcept Codeset]
        ["VisitDetailLength" Length Number] ["Age" Age Number] ["GenderCS" Gender Selection]
        ["ProviderSpecialtyCS" ProviderSpecialty Selection] ["PlaceOfServiceCS" PlaceOfService Selection]
        ["PlaceOfServiceLocation" PlaceOfServiceLocation Codeset];
    VISIT_OCCURRENCE:
        ["OccurrenceStartDate" StartDate Date] ["OccurrenceEndDate" EndDate Date] ["VisitType" Type concepts]
        ["VisitTypeExclude" TypeExclude Flag] ["VisitSourceConcept" SourceConcept Codeset]
        ["VisitLength" Length Number] ["Age" Age Number] ["Gender" Gender concepts]
        ["ProviderSpecialty" ProviderSpecialty concepts] ["PlaceOfService" PlaceOfService concepts]
        ["PlaceOfServiceLocation" PlaceOfServiceLocation Codeset];
    DEMOGRAPHIC:
        ["Age" Age Number] ["Gender" Gender concepts] ["Race" Race concepts] ["Ethnicity" Ethnicity concepts]
        ["OccurrenceStartDate" StartDate Date] ["OccurrenceEndDate" EndDate Date];
}

/// The attributes of a demographic criterion: of the person at the index event.
pub const DEMOGRAPHIC_ATTRIBUTES: &[AttributeSpecification] = DEMOGRAPHIC;

/// The attributes that a kind of criterion may carry, besides concept set, `First`, nested group and date adjustment.
#[must_use]
pub const fn attributes_of(kind: CriterionKind) -> &'static [AttributeSpecification] {
    match kind {
        CriterionKind::ConditionEra => CONDITION_ERA,
        CriterionKind::ConditionOccurrence => CONDITION_OCCURRENCE,
        CriterionKind::Death => DEATH,
        CriterionKind::DeviceExposure => DEVICE_EXPOSURE,
        CriterionKind::DoseEra => DOSE_ERA,
        CriterionKind::DrugEra => DRUG_ERA,
        CriterionKind::DrugExposure => DRUG_EXPOSURE,
        CriterionKind::LocationRegion => LOCATION_REGION,
        CriterionKind::Measurement => MEASUREMENT,
        CriterionKind::Observation => OBSERVATION,
        CriterionKind::ObservationPeriod => OBSERVATION_PERIOD,
        CriterionKind::PayerPlanPeriod => PAYER_PLAN_PERIOD,
        CriterionKind::ProcedureOccurrence => PROCEDURE_OCCURRENCE,
        CriterionKind::Specimen => SPECIMEN,
        CriterionKind::VisitDetail => VISIT_DETAIL,
        CriterionKind::VisitOccurrence => VISIT_OCCURRENCE,
    }
}
