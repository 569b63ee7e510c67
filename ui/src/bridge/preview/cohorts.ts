// Saved cohorts and counts of the preview: numbers that follow from the sketch, so that every state can be seen.
import { problem } from '../backend';
import { phenotypeName } from './data_sets';
import { followedUp, laidOver, reviewed, stratified, timeline } from './cohort_reviews';
import type {
  BringIn,
  CohortChange,
  CohortCount,
  CohortFollowUp,
  CohortOverlap,
  CohortReview,
  CohortSketch,
  CohortStrata,
  CohortText,
  CohortView,
  CompareCohorts,
  CountCohort,
  DefinitionSummary,
  DescribeCohort,
  ExplainPatient,
  ExportCohort,
  FollowCohort,
  FoundConcept,
  FoundEvent,
  ListUnits,
  OneCohort,
  OnePhenotype,
  OpenCohort,
  OverlapCohorts,
  PatientExplanation,
  PatientTimeline,
  ReportCohort,
  ReviewCohort,
  SaveCohort,
  SaveCohortFigure,
  SearchConcepts,
  ShowTimeline,
  StaffMember,
  StratifyCohort,
  UnitList,
} from '../generated/index';

const codes: readonly FoundConcept[] = [
  {
    concept_id: 1,
    system: 'ICD-10-CM',
    code: 'E08-E13',
    title: 'Diabetes mellitus (E08-E13)',
    patients: 412,
  },
  { concept_id: 2, system: 'ICD-10-CM', code: 'E11', title: 'Type 2 diabetes mellitus', patients: 371 },
  { concept_id: 3, system: 'ICD-10-CM', code: 'E10', title: 'Type 1 diabetes mellitus', patients: 41 },
  {
    concept_id: 4,
    system: 'ICD-10-CM',
    code: 'I10',
    title: 'Essential (primary) hypertension',
    patients: 624,
  },
  { concept_id: 5, system: 'RxNorm', code: '860975', title: 'Metformin 500 mg', patients: 268 },
  { concept_id: 6, system: 'LOINC', code: '4548-4', title: 'Hemoglobin A1c', patients: 322 },
];

const diagnosis: FoundEvent = {
  kind: 'ConditionOccurrence', concept_id: 2, code: 'E11.9', title: 'Type 2 diabetes mellitus', start: '2024-03-04', end: null, value: null, unit: null,
}; // prettier-ignore

const population = 2000;

const diabetes: DefinitionSummary = {
  entry: [{ kind: 'ConditionOccurrence', concept_set: 'Type 2 diabetes', is_first: true, tests: 0 }],
  days_before: 365,
  days_after: 0,
  is_every: false,
  has_additional: false,
  rules: [{ name: 'Adults', description: '' }],
  exit: { kind: 'observed' },
  censoring: [],
  era_pad: 0,
  concept_sets: [{ name: 'Type 2 diabetes', concepts: 3 }],
};

function countOf(sketch: CohortSketch | null): CohortCount {
  const chosen = sketch?.entry.flatMap((event) => event.concepts) ?? [];
  const entered = chosen.reduce(
    (sum, concept) =>
      sum + (codes.find(({ concept_id }) => concept_id === concept.concept_id)?.patients ?? 0),
    0,
  );
  let left = entered;
  const rules = (sketch?.rules ?? []).map((rule) => {
    left = Math.floor(left * 0.6);
    return { name: rule.name, met: left, remaining: left, without_it: Math.floor(left / 3) };
  });
  return {
    patients: left, entered, population, rules, smallest_shown: 1,
    gaps: sketch === null ? [{ kind: 'unknown_concept', what: 'Type 2 diabetes mellitus (201826)' }] : [],
    definition_hash: '0'.repeat(64), snapshot: '1'.repeat(64), engine_version: 1,
  }; // prettier-ignore
}

/** The preview's answers about cohorts by definition. */
export function cohortHandlers() {
  const saved = new Map<string, CohortView>();
  const known = (cohort_id: string): CohortView => {
    const view = saved.get(cohort_id);
    if (!view) throw problem('not_found', 'cohort_unknown');
    return view;
  };
  const keep = (
    cohort_id: string | null,
    name: string,
    sketch: CohortSketch | null,
    by: string,
  ): CohortView => {
    const before = cohort_id === null ? null : known(cohort_id);
    const id = cohort_id ?? String(saved.size + 1);
    const saved_at = new Date(Date.UTC(2026, 10, 24, 9, 0)).toISOString();
    const version = (before?.line.version ?? 0) + 1;
    const view: CohortView = {
      line: { cohort_id: id, name, version, saved_at, saved_by: by, is_editable: sketch !== null },
      sketch, definition: '{}', summary: diabetes,
      versions: [{ version, name, saved_at, saved_by: by }, ...(before?.versions ?? [])],
    }; // prettier-ignore
    saved.set(id, view);
    return view;
  };
  return {
    list_cohorts: () => ({ cohorts: [...saved.values()].map((view) => view.line) }),
    open_cohort: ({ cohort_id }: OpenCohort) => known(cohort_id),
    save_cohort: ({ cohort_id, name, sketch }: SaveCohort, who: StaffMember) => {
      if (sketch.entry.length === 0) throw problem('invalid_input', 'cohort_no_entry', { field: 'entry' });
      return keep(cohort_id, name.trim(), sketch, who.person);
    },
    remove_cohort: ({ cohort_id }: OneCohort) => (saved.delete(known(cohort_id).line.cohort_id), {}),
    import_cohort: (_: BringIn, who: StaffMember) => keep(null, 'Brought in', null, who.person),
    take_phenotype: ({ phenotype_id }: OnePhenotype, who: StaffMember) =>
      keep(null, phenotypeName(phenotype_id), null, who.person),
    export_cohort: ({ cohort_id }: ExportCohort) => ({ file: `RustCare-cohort-${cohort_id}-version-1.json` }),
    count_cohort: (input: CountCohort) =>
      countOf(
        input.kind === 'sketch'
          ? input.sketch
          : input.kind === 'saved'
            ? known(input.cohort_id).sketch
            : null,
      ),
    list_units: ({ concepts, unit }: ListUnits): UnitList => ({
      units: concepts.some(({ concept_id }) => concept_id === 6)
        ? [
            { unit: '%', results: 640, is_comparable: unit === '%' },
            { unit: 'mmol/mol', results: 31, is_comparable: unit === 'mmol/mol' },
          ]
        : [{ unit: 'mg/dL', results: 900, is_comparable: true }],
    }),
    describe_cohort: ({ of }: DescribeCohort): CohortText => ({
      blocks: [
        {
          text: 'Who comes in: a person with any of these events',
          items: [{ text: 'diagnosis of “Type 2 diabetes mellitus”; age in calendar years: at least 18', items: [] }],
        },
        { text: 'How long they stay', items: [{ text: 'As long as they are on record.', items: [] }] },
      ],
      findings:
        of.kind === 'sketch' && of.sketch.rules.length > 0
          ? [
              {
                severity: 'warning', place: 'InclusionRules[0].expression', rule: 1,
                sentence: 'A value is tested without a unit: numbers in other units are compared as they are.',
              },
            ]
          : [],
    }), // prettier-ignore
    explain_patient: (_: ExplainPatient): PatientExplanation => ({
      stays: [],
      observed: [{ from: '2019-02-04', to: '2026-09-30' }],
      entries: [{ event: diagnosis, verdict: 'qualifies' }],
      tested: '2024-03-04',
      rules: [
        {
          name: 'Metformin',
          is_met: false,
          members: [
            {
              is_met: false, text: 'at least 1 times: medicine or vaccine of “Metformin”', from: '2024-03-04', to: '2024-06-02',
              found: 0, matched: [], outside: [{ ...diagnosis, kind: 'DrugExposure', code: '860975', title: 'Metformin 500 mg', start: '2025-01-07' }], members: [],
            },
          ],
        },
      ],
    }), // prettier-ignore
    compare_cohorts: (_: CompareCohorts): CohortChange => ({
      stayed: 240, gained: 12, lost: 31, smallest_shown: 1,
      gained_by: [{ rule: null, name: '', is_exit: false, patients: 12 }],
      lost_by: [{ rule: 1, name: 'Metformin', is_exit: false, patients: 31 }],
    }), // prettier-ignore
    review_cohort: (_: ReviewCohort): CohortReview => reviewed,
    stratify_cohort: (_: StratifyCohort): CohortStrata => stratified,
    overlap_cohorts: ({ other_cohort_ids }: OverlapCohorts): CohortOverlap =>
      laidOver(other_cohort_ids.map((id) => known(id).line.name)),
    show_timeline: (_: ShowTimeline): PatientTimeline => timeline(diagnosis),
    follow_cohort: ({ by_sex }: FollowCohort): CohortFollowUp => followedUp(by_sex),
    save_cohort_figure: ({ figure, format }: SaveCohortFigure) => ({
      file: `RustCare-cohort-${figure}.${format}`,
    }),
    report_cohort: ({ format }: ReportCohort) => ({ file: `RustCare-cohort-report.${format}` }),
    search_concepts: ({ text }: SearchConcepts) => ({
      concepts: codes.filter(({ code, title }) =>
        `${code} ${title}`.toLowerCase().includes(text.trim().toLowerCase()),
      ),
    }),
  };
}
