// The catalogues and the one way to words: t('key') and tn('key', count).
import { en } from './en';
import { es } from './es';
import { pseudo } from './pseudo';

export type MessageKey = keyof typeof en;
export type Catalogue = Record<MessageKey, string>;
type Stem<Key> = Key extends `${infer Base}_other` ? Base : never;
/** A message that has `_one` and `_other` forms. */
export type PluralKey = Stem<MessageKey>;
export type Params = Record<string, string | number>;

/** `mirrored` is English turned right to left, to see what a right-to-left language would break. */
export type Language = 'en' | 'es' | 'mirrored';
export const languages: readonly Language[] = ['en', 'es', 'mirrored'];

const catalogues: Record<Language, Catalogue> = { en, es, mirrored: pseudo };

let current = $state<Language>('en');

export function language(): Language {
  return current;
}

/** The language that the core is asked to write in. */
export function spokenLanguage(): 'en' | 'es' {
  return current === 'es' ? 'es' : 'en';
}

export function setLanguage(next: Language): void {
  current = next;
  document.documentElement.lang = next === 'mirrored' ? 'en' : next;
  document.documentElement.dir = next === 'mirrored' ? 'rtl' : 'ltr';
}

/** The BCP 47 tag to format dates and names of languages with. */
export function locale(): string {
  return current === 'es' ? 'es' : 'en-GB';
}

export function fill(text: string, params?: Params): string {
  if (!params) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole));
}

export function t(key: MessageKey, params?: Params): string {
  return fill(catalogues[current][key], params);
}

/** The form of a message that fits `count`; `{count}` in it is the grouped number. */
export function tn(key: PluralKey, count: number, params?: Params): string {
  const form = new Intl.PluralRules(locale()).select(count) === 'one' ? 'one' : 'other';
  return t(`${key}_${form}` as MessageKey, { count: groupDigits(count), ...params });
}

/** The message for a code that the core sent, where the catalogue has one. */
export function tIfKnown(key: string): string | null {
  return key in en ? t(key as MessageKey) : null;
}

/** Groups of three by a narrow no-break space: 184 230. The decimal sign is a point everywhere. */
export function groupDigits(value: number, decimals?: number): string {
  const text = decimals === undefined ? String(value) : value.toFixed(decimals);
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
