// The words that the core names and the window says: reasons, risk factors, acts. English is the core's own
// (generated), other languages are here; the core's sentence itself is only for a name that is not known here.
import {
  breakdownRule,
  matchFindings,
  matchParts,
  reasonSentences,
  riskFactorTitles,
  useCases,
  type AgeUnit,
  type BreakdownRule,
  type Reason,
  type SuggestionReason,
  type TrailFinding,
  type UseCaseName,
} from '../../../bridge/index';
import { fill, language, type Language } from '../index.svelte';
import { disguise } from '../pseudo';
import { esReasons } from './es_reasons';
import { hl7FieldWord } from './hl7_fields';
import {
  esAgeUnits,
  esBreakdownRules,
  esMatchFindings,
  esMatchParts,
  esRiskFactors,
  esSuggestions,
  esTrailFindings,
  esUseCases,
} from './es_words';

export type RiskFactorKey = keyof typeof riskFactorTitles;
export type MatchPart = keyof typeof matchParts | 'start' | 'household';
export type MatchFinding = keyof typeof matchFindings;

export interface CoreWords {
  reasons: Record<Reason, string>;
  risk_factors: Record<RiskFactorKey, string>;
  breakdown_rules: Record<BreakdownRule, string>;
  trail_findings: Record<TrailFinding, string>;
  suggestions: Record<SuggestionReason, string>;
  age_units: Record<AgeUnit, string>;
  use_cases: Record<UseCaseName, string>;
  match_parts: Record<MatchPart, string>;
  match_findings: Record<MatchFinding, string>;
}

const english: CoreWords = {
  reasons: reasonSentences,
  risk_factors: riskFactorTitles,
  breakdown_rules: { latest_encounter: breakdownRule },
  trail_findings: {
    entry_missing: 'An entry is missing or was put in.',
    entry_changed: 'An entry was changed.',
    signature_wrong: 'A checkpoint’s signature does not fit.',
    end_cut_off: 'The end of the trail was cut off.',
    checkpoint_differs: 'The trail differs from a signed checkpoint.',
    otherwise_broken: 'It does not fit.',
  },
  suggestions: {
    same_identifier: 'same identifier',
    same_record_number: 'same record number',
    same_name_and_birth: 'same name and date of birth',
    same_name: 'same name',
  },
  age_units: { days: 'd', weeks: 'wk', months: 'mo', years: 'y' },
  use_cases: Object.fromEntries(
    Object.entries(useCases).map(([name, useCase]) => [name, useCase.title]),
  ) as Record<UseCaseName, string>,
  match_parts: { start: 'Before anything is compared', household: 'Perhaps one household', ...matchParts },
  match_findings: matchFindings,
};

const spanish: CoreWords = {
  reasons: esReasons,
  risk_factors: esRiskFactors,
  breakdown_rules: esBreakdownRules,
  trail_findings: esTrailFindings,
  suggestions: esSuggestions,
  age_units: esAgeUnits,
  use_cases: esUseCases,
  match_parts: esMatchParts,
  match_findings: esMatchFindings,
};

/** The mirrored test language is English disguised, as in the other catalogues. */
const mirrored = Object.fromEntries(
  Object.entries(english).map(([part, words]) => [
    part,
    Object.fromEntries(
      Object.entries(words as Record<string, string>).map(([key, text]) => [key, disguise(text)]),
    ),
  ]),
) as unknown as CoreWords;

export const coreWords: Record<Language, CoreWords> = { en: english, es: spanish, mirrored };

/** How often the core's own text had to be shown, because a name was not known here. Tests expect 0. */
let fallbacks = 0;
export const coreWordFallbacks = (): number => fallbacks;

/** The word of a part for a name that the core sent; `own` is what the core says itself. */
export function coreWord(part: keyof CoreWords, name: string, own: string): string {
  const words = coreWords[language()][part] as Record<string, string>;
  if (Object.hasOwn(words, name)) return words[name] ?? own;
  fallbacks += 1;
  return own;
}

/** Why something was refused or doubted, filled in. */
export function reasonText(why: { reason: Reason; values: Record<string, string>; message: string }): string {
  return fill(coreWord('reasons', why.reason, why.message), withFieldWord(why.values));
}

/** A field of an HL7 v2 message as a person calls it, its name in the message behind it. */
function withFieldWord(values: Record<string, string>): Record<string, string> {
  const word = values.field === undefined ? undefined : hl7FieldWord(values.field);
  return word === undefined ? values : { ...values, field: word };
}
