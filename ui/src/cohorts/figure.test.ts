import { afterEach, describe, expect, it } from 'vitest';
import { setLanguage } from '../app/i18n/index.svelte';
import { makeBreakdown } from '../bridge/preview/breakdown';
import { drawFigure, figureHeight, type Pen } from './figure';

const breakdown = makeBreakdown({
  age_min: 18, age_max: null, sex: [], from: null, to: null, alive_only: false, as_of: null, group_by: 'code',
}); // prettier-ignore

function draw(of = breakdown): { texts: string[]; bars: number[] } {
  const texts: string[] = [];
  const bars: number[] = [];
  const pen: Pen = {
    font: '', fillStyle: '', textAlign: 'start', scale: () => {},
    fillText: (text: string) => void texts.push(text),
    fillRect: (x: number, _y: number, length: number) => void (x > 0 && bars.push(length)),
  }; // prettier-ignore
  drawFigure(pen, of);
  return { texts, bars };
}

afterEach(() => setLanguage('en'));

describe('the picture of a breakdown', () => {
  it('has a bar for each group, as long as its count', () => {
    const { bars } = draw();
    expect(bars).toHaveLength(breakdown.groups.length);
    const [first, second] = breakdown.groups;
    expect((bars[0] ?? 0) / (bars[1] ?? 1)).toBeCloseTo((first?.count ?? 0) / (second?.count ?? 1));
  });

  it('says what it shows in the language of the screen', () => {
    expect(draw().texts.join(' | ')).toContain('No diagnosis recorded');
    setLanguage('es');
    const spanish = draw().texts.join(' | ');
    expect(spanish).toContain('Sin diagnóstico registrado');
    expect(spanish).toContain('24 nov 2026');
  });

  it('draws thirty groups at most and says how many there are further', () => {
    const [group] = breakdown.groups;
    if (!group) throw new Error('no group');
    const many = { ...breakdown, groups: Array.from({ length: 42 }, () => group) };
    expect(draw(many).bars).toHaveLength(30);
    expect(draw(many).texts.at(-1)).toBe('and 12 further diagnoses');
    expect(figureHeight(many)).toBe(92 + 30 * 26);
  });
});
