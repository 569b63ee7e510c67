import { breakdownRule, riskFactorTitles } from '../generated/core_words';
import type { Breakdown, BreakdownFilter, RiskFactorCount } from '../generated/index';
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

function makeFactor(key: (typeof risks)[number], of: number, rest: number, random: Random): RiskFactorCount {
  const count = Math.round(of * random.next() * 0.5);
  const share = 0.1 + random.next() * 0.2;
  const ratio = count / of / share;
  const is_unique = ratio > 1.5;
  return {
    key, title: riskFactorTitles[key], count, percent: (100 * count) / of, rest_count: Math.round(rest * share),
    rest_percent: 100 * share, p_value: is_unique ? 0.0004 : 0.31, q_value: is_unique ? 0.003 : 0.52, test: 'chi_square',
    prevalence_ratio: count === 0 ? null : { estimate: ratio, lower: ratio * 0.8, upper: ratio * 1.25 },
    standardised_difference: (count / of - share) / 0.4, is_own_diagnosis: false, is_unique,
  }; // prettier-ignore
}

/** `smallest`: smaller groups are not shown. */
export function makeBreakdown(filter: BreakdownFilter, smallest = 1): Breakdown {
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
    const sd = 8 + random.next() * 9;
    const median = mean + (random.next() - 0.5) * 4;
    const percent = 30 + random.next() * 40;
    const female = Math.round((count * percent) / 100);
    const shown = count >= smallest;
    const own = <Value>(value: Value) => (shown ? value : null);
    return {
      code, system: code ? 'ICD-10-CM' : null, title, count: own(count), share_percent: own((100 * count) / patients),
      age_mean: own(mean), age_sd: own(sd), age_median: own(median), age_lower_quartile: own(median - 0.7 * sd),
      age_upper_quartile: own(median + 0.7 * sd), female_percent: own(percent),
      sex: { female: own(female), male: own(count - female), other: own(0), unknown: own(0) },
      risk_factors: shown ? risks.map((key) => makeFactor(key, count, patients - count, random)) : [],
    };
  }; // prettier-ignore
  return {
    as_of: filter.as_of ?? '2026-11-24',
    rule: breakdownRule, rule_name: 'latest_encounter',
    group_by: filter.group_by, smallest_shown: smallest, patients, total_patients: 2214, without_diagnosis: without,
    groups: [...counted.map((group) => make(group.code, group.title, group.count)), make(null, 'No diagnosis recorded', without)],
    took_microseconds: 5400, risk_factors_version: 1, data_version: 41,
  }; // prettier-ignore
}
