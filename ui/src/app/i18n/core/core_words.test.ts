import { afterEach, describe, expect, it } from 'vitest';
import {
  matchFindings,
  matchParts,
  reasonSentences,
  riskFactorTitles,
  useCases,
  type Reason,
} from '../../../bridge/index';
import { showAgeValue, showKnownDate } from '../../format';
import { noteText, readingText } from '../../../patients/field_words';
import { problemSentence } from '../../problems';
import { problem } from '../../../bridge/index';
import { setLanguage } from '../index.svelte';
import { coreWord, coreWordFallbacks, coreWords, reasonText, type CoreWords } from './index';

const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
const reasons = Object.keys(reasonSentences) as Reason[];
/** Figures and names; everything else that is filled in by the core is technical English and stays in the details. */
const notInSpanish = ['{what}', '{cause}'];
const parts = Object.keys(coreWords.en) as (keyof CoreWords)[];

afterEach(() => setLanguage('en'));

describe('the words that the core names', () => {
  it.each(['en', 'es', 'mirrored'] as const)('are all said in %s without falling back', (language) => {
    setLanguage(language);
    const before = coreWordFallbacks();
    for (const reason of reasons) {
      const said = reasonText({ reason, values: {}, message: 'the core’s own sentence' });
      expect(said).not.toBe('the core’s own sentence');
      noteText({ field: 'given_name', code: 'x', severity: 'error', reason, values: {}, message: 'own' });
      problemSentence(problem('invalid_input', reason));
    }
    for (const key of Object.keys(riskFactorTitles)) coreWord('risk_factors', key, 'own');
    for (const name of Object.keys(matchParts)) coreWord('match_parts', name, 'own');
    for (const name of Object.keys(matchFindings)) coreWord('match_findings', name, 'own');
    for (const name of Object.keys(useCases)) coreWord('use_cases', name, 'own');
    expect(coreWordFallbacks() - before).toBe(0);
  });

  it('call a field of a message by what it holds, and one without a word by its name', () => {
    const said = (field: string) => reasonText({ reason: 'hl7_no_date', values: { field }, message: '' });
    expect(said('PID-7')).toBe('the date of birth (PID-7) holds no date');
    expect(said('ZZZ-1')).toBe('ZZZ-1 holds no date');
    setLanguage('es');
    expect(said('PID-7')).toBe('la fecha de nacimiento (PID-7) no contiene una fecha');
  });

  it('count a fallback when a name is not known', () => {
    const before = coreWordFallbacks();
    expect(coreWord('reasons', 'of_a_newer_core', 'own')).toBe('own');
    expect(coreWordFallbacks() - before).toBe(1);
  });

  it('have the same names in each language, and no empty text', () => {
    for (const part of parts) {
      expect(Object.keys(coreWords.es[part]).sort()).toEqual(Object.keys(coreWords.en[part]).sort());
      expect(Object.values(coreWords.es[part]).filter((text) => text.trim() === '')).toEqual([]);
    }
  });

  it('fill in the same places, but for what is technical', () => {
    const differing = reasons.filter((reason) => {
      const english = places(coreWords.en.reasons[reason]).filter((place) => !notInSpanish.includes(place));
      return english.join() !== places(coreWords.es.reasons[reason]).join();
    });
    expect(differing).toEqual([]);
  });

  it('differ from English wherever they are words', () => {
    for (const part of [
      'reasons',
      'risk_factors',
      'breakdown_rules',
      'trail_findings',
      'suggestions',
      'use_cases',
    ] as const) {
      const english = coreWords.en[part] as Record<string, string>;
      const spanish = coreWords.es[part] as Record<string, string>;
      expect(Object.keys(english).filter((key) => english[key] === spanish[key])).toEqual([]);
    }
  });
});

describe('dates and ages of the core', () => {
  it('are shown in the language of the screen', () => {
    const birth = { iso: '1984-03-03', precision: 'day', about: false } as const;
    const age = { count: 7, unit: 'weeks', about: false } as const;
    expect(showKnownDate(birth)).toBe('03 Mar 1984');
    expect(showAgeValue(age)).toBe('7 wk');
    setLanguage('es');
    expect(showKnownDate(birth)).toBe('03 mar 1984');
    expect(showKnownDate({ iso: '1984-03', precision: 'month', about: false })).toBe('mar 1984');
    expect(showKnownDate({ iso: '1984', precision: 'year', about: true })).toBe('hacia 1984');
    expect(showAgeValue(age)).toBe('7 sem');
    expect(showAgeValue({ count: 40, unit: 'years', about: true })).toBe('~40 a');
  });

  it('are read back in the language of the screen while they are typed', () => {
    const reading = {
      field: 'date_of_birth', text: 'Monday 2 March 1987, 39 y', kind: 'date', date: '1987-03-02',
      age: { count: 39, unit: 'years', about: false },
    } as const; // prettier-ignore
    expect(readingText(reading)).toBe('Monday 2 March 1987, 39 y');
    setLanguage('es');
    expect(readingText(reading)).toBe('lunes, 2 de marzo de 1987, 39 a');
  });
});
