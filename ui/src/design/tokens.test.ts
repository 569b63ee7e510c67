// @vitest-environment node
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

function block(start: string): Record<string, string> {
  const at = css.indexOf(start);
  const body = css.slice(css.indexOf('{', at) + 1, css.indexOf('\n}', at));
  return Object.fromEntries(
    [...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((found) => [found[1], found[2]]),
  );
}

/** Relative luminance and contrast ratio of WCAG 2.2. */
function luminance(hex: string): number {
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const light = block(':root {');
const themes = { light, dark: { ...light, ...block(":root[data-theme='dark']") } };

describe.each(Object.entries(themes))('%s theme', (_, tokens) => {
  const text = [
    ['text', 'surface'], ['text', 'bg'], ['text', 'select'], ['text', 'hover'], ['text-2', 'surface'], ['text-2', 'bg'],
    ['text-2', 'sunken'], ['text-3', 'surface'], ['text-3', 'bg'], ['text-3', 'select'], ['text-3', 'sunken'],
    ['accent', 'surface'], ['accent', 'bg'], ['on-accent', 'accent'], ['on-accent', 'accent-hover'],
    ['critical', 'critical-ground'], ['critical', 'surface'], ['warning', 'warning-ground'], ['warning', 'surface'],
    ['ok', 'ok-ground'], ['ok', 'surface'], ['info', 'info-ground'], ['info', 'surface'], ['secret', 'secret-ground'],
    ['secret', 'surface'],
  ] as const; // prettier-ignore
  it.each(text)('%s on %s reads (4.5 to 1)', (ink, ground) => {
    expect(contrast(tokens[ink] ?? '', tokens[ground] ?? '')).toBeGreaterThanOrEqual(4.5);
  });
  it.each([
    ['control', 'surface'],
    ['accent', 'bg'],
    ['series-1', 'surface'],
    ['series-6', 'surface'],
  ] as const)('%s on %s is seen (3 to 1)', (edge, ground) =>
    expect(contrast(tokens[edge] ?? '', tokens[ground] ?? '')).toBeGreaterThanOrEqual(3),
  );
});

it('corner text on the image stage reads', () => {
  expect(contrast(light['stage-text'] ?? '', light['stage'] ?? '')).toBeGreaterThan(12);
});
