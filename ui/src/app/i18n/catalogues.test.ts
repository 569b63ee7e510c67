import { describe, expect, it } from 'vitest';
import { en } from './en';
import { es } from './es';
import { disguise, pseudo } from './pseudo';

const placeholders = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
const keys = Object.keys(en) as (keyof typeof en)[];

describe('catalogues', () => {
  it('hold the same keys, so that no text falls back to English', () => {
    const missing = keys.filter((key) => !(key in es));
    const extra = Object.keys(es).filter((key) => !(key in en));
    expect({ missing, extra, fallbacks: missing.length }).toEqual({ missing: [], extra: [], fallbacks: 0 });
  });

  it('hold no empty text', () => {
    expect(keys.filter((key) => en[key].trim() === '' || es[key].trim() === '')).toEqual([]);
  });

  it('name the same placeholders in both languages', () => {
    expect(keys.filter((key) => placeholders(en[key]).join() !== placeholders(es[key]).join())).toEqual([]);
  });

  it('have both forms of every plural', () => {
    // Words that only look like a form: "one to one", "other patient", "of another kind".
    const words = [
      'help.one_to_one',
      'imaging.one_to_one',
      'imaging.find_other',
      'exchange.kind_other',
      'document.kind_other',
    ];
    const lonely = keys.filter((key) => {
      if (words.includes(key)) return false;
      if (key.endsWith('_one')) return !(key.replace(/_one$/, '_other') in en);
      return key.endsWith('_other') && !(key.replace(/_other$/, '_one') in en);
    });
    expect(lonely).toEqual([]);
  });

  it('translate all but the words that are the same in Spanish', () => {
    const same = keys.filter(
      (key) => en[key] === es[key] && /[a-z]{4,}/i.test(en[key].replace(/\{\w+\}/g, '')),
    );
    expect(same.length).toBeLessThan(keys.length * 0.03);
  });

  it('keep placeholders in the mirrored test language', () => {
    expect(disguise('Step {step} of 6')).toContain('{step}');
    expect(keys.every((key) => placeholders(pseudo[key]).join() === placeholders(en[key]).join())).toBe(true);
  });
});
