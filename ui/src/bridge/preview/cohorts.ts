// Saved cohorts and counts of the preview: numbers that follow from the sketch, so that every state can be seen.
import { problem } from '../backend';
import type {
  BringIn,
  CohortCount,
  CohortSketch,
  CohortView,
  CountCohort,
  DefinitionSummary,
  ExportCohort,
  FoundConcept,
  OneCohort,
  OpenCohort,
  SaveCohort,
  SearchConcepts,
  StaffMember,
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
    patients: left, entered, population, rules, unknown_concepts: sketch === null ? 12 : 0, smallest_shown: 1,
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
    export_cohort: ({ cohort_id }: ExportCohort) => ({ file: `RustCare-cohort-${cohort_id}-version-1.json` }),
    count_cohort: (input: CountCohort) =>
      countOf(input.kind === 'sketch' ? input.sketch : known(input.cohort_id).sketch),
    search_concepts: ({ text }: SearchConcepts) => ({
      concepts: codes.filter(({ code, title }) =>
        `${code} ${title}`.toLowerCase().includes(text.trim().toLowerCase()),
      ),
    }),
  };
}
