// What a new cohort, event or rule begins with, and how a window of days is said.
import type {
  CohortSketch,
  EventKind,
  EventSketch,
  PersonTest,
  RuleItem,
  RuleSketch,
} from '../../bridge/index';
import { t, tn } from '../../app/i18n/index.svelte';

export const eventKinds: readonly EventKind[] = [
  'condition',
  'drug',
  'measurement',
  'procedure',
  'observation',
  'visit',
  'death',
];

export const anyone = (): PersonTest => ({ age_min: null, age_max: null, sex: null });

export function newEvent(kind: EventKind = 'condition'): EventSketch {
  return {
    kind,
    concepts: [],
    is_any_code: false,
    is_first: false,
    person: anyone(),
    from: null,
    to: null,
    number: null,
  };
}

export function newItem(): RuleItem {
  return { event: newEvent(), occurs: 'at_least', times: 1, from_day: null, to_day: 0 };
}

export function newRule(): RuleSketch {
  return { name: '', is_any: false, items: [newItem()], person: anyone() };
}

export function newSketch(): CohortSketch {
  const entry = newEvent();
  entry.person.age_min = 18;
  return {
    entry: [entry],
    days_before: 0,
    days_after: 0,
    which: 'earliest',
    rules: [],
    stay: { kind: 'observed' },
  };
}

/** The number that is typed, with either sign of decimals; none of what is no number, or lies beyond the bounds. */
export function readNumber(typed: string, least: number, most: number, decimals: boolean): number | null {
  const text = typed
    .trim()
    .replace('−', '-')
    .replace(',', '.')
    .replace(/(?<=\d)\s(?=\d{3}(\D|$))/g, '');
  if (!(decimals ? /^-?(\d+\.?\d*|\.\d+)$/ : /^-?\d+$/).test(text)) return null;
  const number = Number(text);
  return number < least || number > most ? null : number;
}

/** Whether an event says what is meant: one that was left empty by mistake would let everybody in. */
export function saysSomething(event: EventSketch): boolean {
  return (
    event.concepts.some((concept) => !concept.is_excluded) ||
    (event.concepts.length === 0 && (event.is_any_code || event.kind === 'death'))
  );
}

/** The numbers, from 1, of the rules that do not say yet what is meant. */
export function unfinishedRules(sketch: CohortSketch): number[] {
  return sketch.rules.flatMap((rule, at) =>
    rule.items.every((item) => saysSomething(item.event)) ? [] : [at + 1],
  );
}

/** The codes of an event in a few words. */
export function codesOf(event: EventSketch): string {
  const titles = event.concepts.filter((concept) => !concept.is_excluded).map((concept) => concept.title);
  if (titles.length === 0) return t(`builder.any_${event.kind}`);
  return titles.length === 1
    ? (titles[0] ?? '')
    : tn('builder.and_more', titles.length - 1, { title: titles[0] ?? '' });
}

/** What a rule is called: as somebody named it, or what it asks for. */
export function nameOf(rule: RuleSketch, at: number): string {
  if (rule.name.trim() !== '') return rule.name;
  const item = rule.items[0];
  return item ? codesOf(item.event) : t('builder.rule_number', { number: String(at + 1) });
}
