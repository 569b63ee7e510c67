import { breakdownRule, riskFactorTitles } from '../generated/core_words';
import type { Breakdown, BreakdownFilter } from '../generated/index';
import { Random } from './random';

const groups: [string, string, number][] = [
  ['I10', 'Essential (primary) hypertension', 412], ['E11.9', 'Type 2 diabetes mellitus without complications', 286],
  ['J06.9', 'Acute upper respiratory infection, unspecified', 241], ['M54.50', 'Low back pain, unspecified', 198],
  ['F41.1', 'Generalized anxiety disorder', 133], ['J45.909', 'Unspecified asthma, uncomplicated', 121],
  ['E78.5', 'Hyperlipidemia, unspecified', 118], ['N39.0', 'Urinary tract infection, site not specified', 96],
  ['K21.9', 'Gastro-esophageal reflux disease without esophagitis', 88], ['F32.A', 'Depression, unspecified', 84],
  ['M17.0', 'Bilateral primary osteoarthritis of knee', 71], ['N18.31', 'Chronic kidney disease, stage 3a', 43],
  ['I50.9', 'Heart failure, unspecified', 38], ['C50.911', 'Malignant neoplasm of unspecified site of right female breast', 17],
]; // prettier-ignore
const risks = ['smoker', 'bmi_30', 'systolic_140', 'hba1c_6_5'] as const;

export function makeBreakdown(filter: BreakdownFilter): Breakdown {
  const random = new Random(11);
  const share =
    (filter.sex.length === 0 ? 1 : filter.sex.length / 4) *
    (filter.age_min && filter.age_min >= 65 ? 0.4 : 1);
  const counted = groups.map(([code, title, count]) => ({
    code,
    title,
    count: Math.max(1, Math.round(count * share)),
  }));
  const without = Math.round(154 * share);
  const patients = counted.reduce((sum, group) => sum + group.count, without);
  const make = (code: string | null, title: string, count: number) => {
    const mean = 34 + random.next() * 34;
    return {
      code, system: code ? 'ICD-10-CM' : null, title, count, share_percent: (100 * count) / patients, age_mean: mean,
      age_sd: 8 + random.next() * 9, age_median: mean + (random.next() - 0.5) * 4, female_percent: 30 + random.next() * 40,
      risk_factors: risks.map((key) => {
        const held = Math.round(count * random.next() * 0.5);
        return { key, title: riskFactorTitles[key], count: held, percent: (100 * held) / count };
      }),
    };
  }; // prettier-ignore
  return {
    as_of: filter.as_of ?? '2026-11-24',
    rule: breakdownRule, rule_name: 'latest_encounter',
    patients, total_patients: 2214, without_diagnosis: without,
    groups: [...counted.map((group) => make(group.code, group.title, group.count)), make(null, 'No diagnosis recorded', without)],
    took_microseconds: 5400, risk_factors_version: 1, data_version: 41,
  }; // prettier-ignore
}
