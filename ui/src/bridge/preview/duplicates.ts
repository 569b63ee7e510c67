// Records that look alike, in the preview: two invented pairs, which can be decided, merged and taken back.
import type { problem } from '../backend';
import type { MergeField, MergePreviewed, PatientForm, WeightReason } from '../generated/index';
import type { UseCaseName, UseCases } from '../generated/use_cases';
import type { PreviewJobs } from './jobs';
import { fold, type PreviewPatient } from './people';

type Handler<Name extends UseCaseName> = (
  input: UseCases[Name]['input'],
  who: { display_name: string },
) => UseCases[Name]['output'];
type Handlers = {
  [Name in
    | 'find_candidates' | 'list_duplicates' | 'decide_duplicate' | 'review_register' | 'preview_merge' | 'merge_patients'
    | 'preview_unmerge' | 'unmerge_patients']: Handler<Name>;
}; // prettier-ignore

const reasons: WeightReason[] = [
  { part: 'start', finding: '', rarity: null, bits: -7.9 },
  { part: 'given_name', finding: 'nearly_the_same', rarity: null, bits: 6.8 },
  { part: 'surname', finding: 'the_same', rarity: 'frequent', bits: 4.1 },
  { part: 'date_of_birth', finding: 'the_same', rarity: null, bits: 10.8 },
  { part: 'phone', finding: 'different', rarity: null, bits: -2.2 },
];
const weight = reasons.reduce((sum, reason) => sum + reason.bits, 0);
const compared: [MergeField, (form: PatientForm) => string | null][] = [
  ['given_name', (form) => form.given_name],
  ['family_name', (form) => form.family_name],
  ['date_of_birth', (form) => form.date_of_birth],
  ['sex', (form) => form.sex],
  ['phone', (form) => form.phone],
  ['address', (form) => [form.address_line, form.city].filter(Boolean).join(', ')],
];

export function duplicateHandlers(
  people: PreviewPatient[],
  jobs: PreviewJobs,
  refuse: (...said: Parameters<typeof problem>) => never,
): Handlers {
  const pairs = [
    { a: 0, b: 1, part: 'open' },
    { a: 2, b: 3, part: 'open' },
  ].filter((pair) => people.length > pair.b);
  let merged: { survivor: string; retired: string } | null = null;
  let compared_at: string | null = null;
  const of = (patient_id: string) =>
    people.find((one) => one.hit.patient_id === patient_id) ?? refuse('not_found', 'patient_unknown');
  const pairOf = (one: string, other: string) =>
    pairs.find((pair) =>
      [people[pair.a], people[pair.b]].every(
        (person) => person && [one, other].includes(person.hit.patient_id),
      ),
    );

  const previewed = (survivor_id: string, retired_id: string, chosen: MergeField[]): MergePreviewed => {
    const [survivor, retired] = [of(survivor_id), of(retired_id)];
    return {
      survivor: survivor.hit, retired: retired.hit, survivor_version: survivor.version, retired_version: retired.version,
      fields: compared.map(([field, read]) => {
        const [a, b] = [read(survivor.form) ?? '', read(retired.form) ?? ''];
        const taken = chosen.includes(field) || a === '';
        const both = field === 'phone' && a !== b && a !== '' && b !== '';
        return {
          field, survivor: { text: a, iso: null }, retired: { text: b, iso: null },
          result: { text: both ? `${a}, ${b}` : taken ? b : a, iso: null },
          value_of: a === b ? 'same' : both ? 'both' : taken ? 'retired' : 'survivor',
          choosable: !both && a !== b && a !== '' && b !== '',
        };
      }),
      moves: { records: 12, studies: 1, documents: 0 }, reasons, probability: 0.98, weight,
      decided_different: pairOf(survivor_id, retired_id)?.part === 'different',
    }; // prettier-ignore
  };

  return {
    find_candidates: ({ form }) => {
      const family = fold(form.family_name ?? '');
      const alike = people.filter(
        (one) =>
          family.length > 2 &&
          fold(one.hit.family_name) === family &&
          fold(one.hit.given_name).slice(0, 2) === fold(form.given_name ?? '').slice(0, 2),
      );
      return {
        ready: true, ambiguous: false, weighed: alike.length, patients: people.length, took_microseconds: 900,
        candidates: alike.slice(0, 3).map((one) => ({
          patient: one.hit, grade: 'probable', combination: null, probability: 0.93, weight, reasons,
          decided_different: false,
        })),
      }; // prettier-ignore
    },
    list_duplicates: ({ part }) => {
      const count = (name: string) => pairs.filter((pair) => pair.part === name).length;
      const groups = pairs
        .filter((pair) => pair.part === part)
        .flatMap((pair) => {
          const [a, b] = [people[pair.a]?.hit, people[pair.b]?.hit];
          if (!a || !b) return [];
          return [
            {
              patients: [a, b],
              pairs: [
                { patient_a: a.patient_id, patient_b: b.patient_id, weight, probability: 0.98, combination: null },
              ],
            },
          ];
        }); // prettier-ignore
      return {
        groups,
        total: groups.length,
        pairs: [count('open'), count('later'), count('different')],
        compared_at,
        waiting: 0,
      };
    },
    decide_duplicate: ({ patient_a, patient_b, decision }) => {
      const pair = pairOf(patient_a, patient_b) ?? refuse('not_found', 'patient_unknown');
      pair.part = decision === 'reopen' ? 'open' : decision;
      return {};
    },
    review_register: (_, who) => {
      compared_at = '2026-11-24T10:12:00Z';
      return {
        job_id: jobs.start('review_register', 'Compare the whole register', who.display_name, 2, 3, 0),
      };
    },
    preview_merge: ({ survivor_id, retired_id, chosen }) => previewed(survivor_id, retired_id, chosen),
    merge_patients: ({ survivor_id, retired_id }) => {
      const at = pairs.findIndex((pair) => pair === pairOf(survivor_id, retired_id));
      if (at >= 0) pairs.splice(at, 1);
      const retired = of(retired_id);
      retired.hit.merged_into_mrn = of(survivor_id).hit.mrn;
      merged = { survivor: survivor_id, retired: retired_id };
      return { patient_id: survivor_id, merge_id: '1', moved: { records: 12, studies: 1, documents: 0 } };
    },
    preview_unmerge: () => {
      const { survivor, retired } = merged ?? refuse('not_found', 'merge_unknown');
      return {
        survivor: of(survivor).hit, retired: of(retired).hit, survivor_version: of(survivor).version,
        merged_at: '2026-11-24T10:20:00Z', merged_by: 'amina', reason: 'same passport', fields: [],
        moves: { records: 12, studies: 1, documents: 0 },
      }; // prettier-ignore
    },
    unmerge_patients: () => {
      const { retired } = merged ?? refuse('not_found', 'merge_unknown');
      of(retired).hit.merged_into_mrn = null;
      merged = null;
      return {
        patient_id: retired,
        moved: { records: 12, studies: 1, documents: 0 },
        elsewhere: 0,
        identifiers_lost: 0,
      };
    },
  };
}
