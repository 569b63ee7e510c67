// What the preview says of the people of a cohort and of what follows: made up, so that every state can be seen.
import type {
  Characteristic,
  CohortFollowUp,
  CohortOverlap,
  CohortReview,
  CohortStrata,
  FoundEvent,
  IncidenceStratum,
  PatientTimeline,
} from '../generated/index';

const drawing = (text: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 160"><rect width="480" height="160" fill="#fff"/><text x="16" y="32" font-family="system-ui" font-size="16" fill="#16202c">${text}</text></svg>`;

const quality = (concept_id: number, count: number | null, other: number): Characteristic => ({
  concept_id,
  in_cohort: { count, percent: count === null ? null : count / 2.8 },
  in_other: { count: other, percent: other / 17.2 },
  standardised_difference: count === null ? null : 0.21,
});

const ages = (median: number) => ({
  mean: median + 0.4, standard_deviation: 12.1, median, lower_quartile: median - 9, upper_quartile: median + 8,
}); // prettier-ignore

export const reviewed: CohortReview = {
  table: {
    persons: 280, other_persons: 1720, days_before: 365, age: ages(58), other_age: ages(44),
    age_standardised_difference: 0.92,
    sex: { values: [quality(8507, 151, 830), quality(8532, 129, 890)], standardised_difference: 0.11 },
    race: { values: [], standardised_difference: null }, ethnicity: { values: [], standardised_difference: null },
    events: [
      { kind: 'ConditionOccurrence', concepts: [quality(4, 170, 454), quality(3, null, 41)] },
      { kind: 'DrugExposure', concepts: [quality(5, 84, 184)] },
    ],
  },
  entries: { concepts: [{ kind: 'ConditionOccurrence', concept_id: 2, entries: 280, persons: 280 }], without_event: 0 },
  names: [
    { concept_id: 2, code: 'E11', title: 'Type 2 diabetes mellitus' },
    { concept_id: 3, code: 'E10', title: 'Type 1 diabetes mellitus' },
    { concept_id: 4, code: 'I10', title: 'Essential (primary) hypertension' },
    { concept_id: 5, code: '860975', title: 'Metformin 500 mg' },
  ],
  ages: drawing('Age and sex'),
  ratios: drawing('Before entry, in the cohort against the rest'),
  smallest_shown: 11,
}; // prettier-ignore

const stratum = (sex_concept_id: number | null, spans: number, cases: number): IncidenceStratum => ({
  stratum: { sex_concept_id, age_from: null, year: null }, spans, cases, person_days: spans * 900,
  rate_per_1000_years: { estimate: 31.2, lower: 22.4, upper: 42.3 },
}); // prettier-ignore

export function followedUp(by_sex: boolean): CohortFollowUp {
  const curve = (kind: 'all' | 'female' | 'male', people: number) => ({
    of: { kind }, at_risk: [people, people - 4, people - 9, people - 31, people - 70, null],
    estimate: { people, events: 21, points: [], median: { days: null, lower: null, upper: null } },
  }); // prettier-ignore
  return {
    outcome: 'Kidney disease',
    incidence: {
      time_at_risk: { start_from: 'start', start_offset_days: 0, end_from: 'end', end_offset_days: 0 },
      total: stratum(null, 280, 21),
      strata: by_sex ? [stratum(8507, 151, 12), stratum(8532, 129, 9)] : [stratum(null, 280, 21)],
    },
    survival: {
      days: [0, 90, 180, 365, 730, 1825],
      curves: by_sex ? [curve('female', 129), curve('male', 151)] : [curve('all', 280)],
      log_rank: by_sex ? { chi_square: 0.4, degrees_of_freedom: 1, p_value: 0.527, groups: [] } : null,
    },
    figure: drawing('Kaplan–Meier'),
    smallest_shown: 11,
  }; // prettier-ignore
}

export const stratified: CohortStrata = {
  strata: {
    persons: 280,
    sexes: [{ sex_concept_id: 8532, persons: 129 }, { sex_concept_id: 8507, persons: 151 }],
    ages: [
      { age_from: 30, by_sex: [null, null], persons: 31 },
      { age_from: 40, by_sex: [44, 47], persons: 91 },
      { age_from: 50, by_sex: [null, null], persons: 158 },
    ],
    years: [{ year: 2022, persons: 92 }, { year: 2023, persons: null }, { year: 2024, persons: 101 }],
  },
  years: drawing('People by calendar year of entry'),
  prevalence: [
    { from: '2022-01-01', to: '2022-12-31', observed: 1900, in_cohort: 92, share: { estimate: 0.0484, lower: 0.0397, upper: 0.059 } },
    { from: '2023-01-01', to: '2023-12-31', observed: 1950, in_cohort: null, share: null },
    { from: '2024-01-01', to: '2024-12-31', observed: 2000, in_cohort: 280, share: { estimate: 0.14, lower: 0.1255, upper: 0.1559 } },
  ],
  shares: drawing('Share of those on record who are in the cohort'),
  smallest_shown: 11,
}; // prettier-ignore

export function laidOver(others: readonly string[]): CohortOverlap {
  const together = (at: number) => ({ cohorts: [0, at + 1], persons: 60, percent_of_all: 15 });
  return {
    names: ['', ...others],
    overlap: {
      persons: [280, ...others.map(() => 180)], in_any: 400,
      intersections: [
        { cohorts: [0], persons: 220, percent_of_all: 55 },
        ...others.map((_, at) => ({ cohorts: [at + 1], persons: null, percent_of_all: null })),
        ...others.map((_, at) => together(at)),
      ],
      with_first: others.map(() => ({ persons: 60, percent_of_first: 21.4 })),
    },
    figure: drawing('People in several cohorts'),
    smallest_shown: 11,
  }; // prettier-ignore
}

/** A patient with visits, diagnoses and medicines over six years. */
export function timeline(diagnosis: FoundEvent): PatientTimeline {
  const at = (kind: string, title: string, start: string, end: string | null = null): FoundEvent => ({
    ...diagnosis, kind, title, code: null, start, end,
  }); // prettier-ignore
  return {
    observed: [{ from: '2019-02-04', to: '2026-09-30' }],
    lanes: [
      { kind: 'VisitOccurrence', left_out: 0, events: ['2019-02-04', '2021-06-01', '2024-03-04'].map((day) => at('VisitOccurrence', 'Consultation', day)) },
      { kind: 'ConditionOccurrence', left_out: 0, events: [diagnosis] },
      { kind: 'DrugExposure', left_out: 3, events: [at('DrugExposure', 'Metformin 500 mg', '2025-01-07', '2025-06-30')] },
    ],
  }; // prettier-ignore
}
