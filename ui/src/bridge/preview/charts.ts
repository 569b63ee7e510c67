// Invented clinical content, in ICD-10-CM, LOINC and free words only.
import type { Chart, ChartRow, ResultRow, StudyRow } from '../generated/index';
import type { PreviewPatient } from './people';
import { Random } from './random';

const problems: [string, string][] = [
  ['E11.9', 'Type 2 diabetes mellitus without complications'], ['I10', 'Essential (primary) hypertension'],
  ['J45.909', 'Unspecified asthma, uncomplicated'], ['M54.50', 'Low back pain, unspecified'],
  ['F32.A', 'Depression, unspecified'], ['N18.31', 'Chronic kidney disease, stage 3a'],
]; // prettier-ignore
const medicines = ['Metformin 500 mg tablet, twice a day', 'Amlodipine 5 mg tablet, in the morning', 'Salbutamol 100 µg inhaler, when needed', 'Atorvastatin 20 mg tablet, at night']; // prettier-ignore
const tests: [string, string, string, number, number, string][] = [
  ['4548-4', 'Haemoglobin A1c', '%', 6.9, 0.6, '4.0–5.6'], ['2160-0', 'Creatinine', 'mg/dL', 1.1, 0.2, '0.6–1.2'],
  ['8480-6', 'Systolic blood pressure', 'mm[Hg]', 138, 14, '90–129'], ['8462-4', 'Diastolic blood pressure', 'mm[Hg]', 84, 9, '60–84'],
  ['29463-7', 'Body weight', 'kg', 78, 3, ''], ['2093-3', 'Cholesterol, total', 'mg/dL', 212, 24, '< 200'],
  ['8867-4', 'Heart rate', '/min', 76, 8, '51–90'],
]; // prettier-ignore

const row = (id: string, date: string | null, title: string, rest: Partial<ChartRow> = {}): ChartRow => ({
  id, date, date_iso: date, title, code: null, system: null, status: null, qualifier: null, negative: false, detail: null, active: true, ...rest,
}); // prettier-ignore

const labelled = (label: string, value: string | null) => ({ label, value: value ?? '', iso: null });

export function makeChart(
  person: PreviewPatient,
  studies: StudyRow[],
  sections: boolean,
  practice: boolean,
): Chart {
  const { hit, form } = person;
  const random = new Random(Number(hit.patient_id.replace(/\D/g, '')) * 7919);
  const fresh = person.version === 0;
  const day = () =>
    `20${random.between(19, 25)}-${String(random.between(1, 12)).padStart(2, '0')}-${String(random.between(1, 28)).padStart(2, '0')}`;
  const held = sections && !fresh;
  const list = <Item>(make: () => Item[]): Item[] => (held ? make() : []);
  const allergic = random.next() < 0.35;
  const results: ResultRow[] = list(() =>
    tests.map(([code, title, unit, mean, spread, reference]) => {
      const decimals = mean < 20 ? 1 : 0;
      const points = Array.from({ length: 7 }, (_, index) => ({
        date: `${2020 + index}-0${1 + (index % 8)}-12`,
        value: Number((mean + (random.next() - 0.5) * 2 * spread).toFixed(decimals)),
      }));
      const last = points.at(-1) ?? { date: '2026-01-12', value: mean };
      const high = Number(reference.split('–')[1] ?? reference.replace(/\D/g, ''));
      return {
        code, system: 'http://loinc.org', title, value: last.value.toFixed(decimals), unit, date: last.date, date_iso: last.date,
        abnormal: reference && last.value > high ? 'high' : null, reference: reference || null, flags: [], status: null, points,
      } satisfies ResultRow; // prettier-ignore
    }),
  );
  const chart: Chart = {
    banner: {
      patient_id: hit.patient_id, mrn: hit.mrn, family_name: hit.family_name, given_name: hit.given_name,
      preferred_name: hit.preferred_name, date_of_birth: hit.date_of_birth, age: hit.age,
      birth: hit.birth, age_today: hit.age_today, sex: hit.sex,
      allergies_state: !sections ? 'not_permitted' : fresh ? 'not_asked' : allergic ? 'listed' : 'none_known',
      allergies: held && allergic ? ['Penicillin (rash)'] : [], deceased: hit.deceased,
      unknown_person: form.unknown_person, practice, photo_id: null,
    },
    demographics: [
      labelled('phone', form.phone), labelled('email', form.email),
      labelled('address', [form.address_line, [form.postal_code, form.city].filter(Boolean).join(' ')].filter(Boolean).join(', ')),
      labelled('language', form.language),
      labelled('contact_name', [form.contact_name, form.contact_phone].filter(Boolean).join(', ')),
    ],
    demographics_notes: [],
    sections_permitted: sections,
    problems: list(() => problems.slice(0, random.between(2, 5)).map(([code, title], index) => row(`pr-${index}`, day(), title, { code, system: 'ICD-10-CM', status: 'active' }))),
    allergies: list(() => (allergic ? [row('al-1', '2019-05-02', 'Penicillin', { status: 'active', detail: 'Rash, moderate' })] : [])),
    medicines: list(() => medicines.slice(0, random.between(1, 4)).map((title, index) => row(`me-${index}`, day(), title, { status: 'active' }))),
    immunisations: list(() => [row('im-1', '2025-10-03', 'Influenza, seasonal', { status: 'completed' }), row('im-2', '2021-06-11', 'Tetanus and diphtheria', { status: 'completed' })]),
    results,
    encounters: list(() => Array.from({ length: random.between(5, 26) }, (_, index) => row(`en-${index}`, day(), random.pick(['Office visit', 'Telephone call', 'Emergency visit', 'Check-up']), { status: 'finished', detail: random.pick(['Dr. Lena Berg', 'Nora Weber']) }))),
    procedures: list(() => [row('pc-1', '2023-02-14', 'Colonoscopy', { status: 'completed' })]),
    documents: list(() => [row('do-1', '2025-03-09', 'Discharge letter', { detail: 'Harbour Hospital, PDF' }), row('do-2', '2024-11-20', 'Referral to cardiology')]),
    given_medicines: [],
    care_plans: [],
    devices: [],
    coverages: [],
    studies: held ? studies.filter((study) => study.patient_id === hit.patient_id) : [],
    added_documents: [],
    timeline: [],
    merged_records: [],
    alike_records: 0,
    secrets: {
      ssn: person.ssn ? `•••-••-${person.ssn.slice(-4)}` : null,
      insurance_number: person.insurance_number ? `•••••••${person.insurance_number.slice(-4)}` : null,
    },
  }; // prettier-ignore
  const timeline: Chart['timeline'] = [
    ...chart.encounters.map((entry) => ({
      date: entry.date ?? '',
      date_iso: entry.date ?? '',
      kind: 'encounter' as const,
      title: entry.title,
      qualifier: null,
    })),
    ...chart.problems.map((entry) => ({
      date: entry.date ?? '',
      date_iso: entry.date ?? '',
      kind: 'condition' as const,
      title: entry.title,
      qualifier: null,
    })),
    ...chart.medicines.map((entry) => ({
      date: entry.date ?? '',
      date_iso: entry.date ?? '',
      kind: 'medication_request' as const,
      title: entry.title,
      qualifier: null,
    })),
    ...chart.documents.map((entry) => ({
      date: entry.date ?? '',
      date_iso: entry.date ?? '',
      kind: 'document_reference' as const,
      title: entry.title,
      qualifier: null,
    })),
  ];
  chart.timeline = timeline.sort((a, b) => b.date.localeCompare(a.date));
  return chart;
}
