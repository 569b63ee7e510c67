// A patient in a list: "FAMILY, Given" with the matched parts told apart.
import type { PatientHit } from '../bridge/index';
import { bannerName } from './format';
import { t } from './i18n/index.svelte';

export interface NamePart {
  text: string;
  bold: boolean;
}

/**
 * The name in parts, those matched in bold. The core's ranges count UTF-16 units of
 * "Family, Given"; where it sent none, the words typed are looked for, accents folded.
 */
export function marked(hit: PatientHit, typed: string): NamePart[] {
  const name = bannerName(hit) || t('banner.unnamed');
  const ranges = hit.matched.length > 0 ? hit.matched : rangesOf(name, typed);
  const parts: NamePart[] = [];
  let at = 0;
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (start < at || end <= start || end > name.length) continue;
    if (start > at) parts.push({ text: name.slice(at, start), bold: false });
    parts.push({ text: name.slice(start, end), bold: true });
    at = end;
  }
  if (at < name.length) parts.push({ text: name.slice(at), bold: false });
  return parts;
}

function fold(text: string): string {
  // One unit per unit of the original, so that the ranges fit: each character keeps its base letter.
  return [...text]
    .map((character) => (character.normalize('NFD')[0] ?? character).padEnd(character.length))
    .join('');
}

function rangesOf(name: string, typed: string): [number, number][] {
  const folded = fold(name).toLowerCase();
  const ranges: [number, number][] = [];
  for (const word of typed.split(/[\s,]+/).filter((part) => part.length > 0)) {
    const found = folded.indexOf(fold(word).toLowerCase());
    if (found >= 0) ranges.push([found, found + word.length]);
  }
  return ranges;
}

/** "amina yusuf" → given Amina's part first, family last; "Yusuf, Amina" → the comma decides. */
export function splitTypedName(typed: string): { given_name: string; family_name: string } {
  const text = typed.trim().replace(/\s+/g, ' ');
  if (/\d/.test(text)) return { given_name: '', family_name: '' };
  const comma = text.indexOf(',');
  if (comma >= 0)
    return {
      family_name: capital(text.slice(0, comma).trim()),
      given_name: capital(text.slice(comma + 1).trim()),
    };
  const space = text.lastIndexOf(' ');
  if (space < 0) return { given_name: capital(text), family_name: '' };
  return { given_name: capital(text.slice(0, space)), family_name: capital(text.slice(space + 1)) };
}

/** Typed all in small letters: first letters become capitals; any other writing is kept. */
function capital(name: string): string {
  if (name !== name.toLocaleLowerCase()) return name;
  return name.replace(
    /(^|[\s'’-])(\p{L})/gu,
    (_, before: string, letter: string) => before + letter.toLocaleUpperCase(),
  );
}
