// How values are shown: dates with the month's name, sizes with their unit, counts in groups.
import { groupDigits, language, locale, t, tn } from './i18n/index.svelte';
import type { Age, KnownDate } from '../bridge/index';
import { clinicTimeZone } from './clinic.svelte';
import { coreWord } from './i18n/core';

export const absent = '–';

function zone(): string | undefined {
  return clinicTimeZone() ?? undefined;
}

// Written out here: Intl's short months differ between engines ("Sept", "Sep", "mar.").
const monthNames = {
  en: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
  es: ['ene', 'feb', 'mar', 'abr', 'may', 'jun', 'jul', 'ago', 'sep', 'oct', 'nov', 'dic'],
};

function monthName(month: number): string {
  return monthNames[language() === 'es' ? 'es' : 'en'][month - 1] ?? String(month);
}

/**
 * An ISO date, whole or partial: "1987", "Mar 1987", "02 Mar 1987". What is not one, such as a date in
 * a foreign file, is shown as it came.
 */
export function showDate(value: string | null | undefined): string {
  if (!value) return absent;
  const match = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(T.*)?$/.exec(value);
  if (!match) return value;
  const [, year = '', month, day, time] = match;
  if (time && /Z|[+-]\d{2}:?\d{2}$/.test(time)) {
    const instant = new Date(value);
    if (!Number.isNaN(instant.getTime())) return showInstantDate(instant);
  }
  if (!month) return year;
  const name = monthName(Number(month));
  return day ? `${day} ${name} ${year}` : `${name} ${year}`;
}

/** A date with what is known of it: "2 Mar 1987", "Mar 1987", "about 1987"; nothing known: a dash. */
export function showKnownDate(date: KnownDate | null): string {
  if (!date) return t('state.absent');
  return date.about ? t('format.about_year', { year: date.iso.slice(0, 4) }) : showDate(date.iso);
}

/** "Monday 2 March 1987" of an ISO date. */
export function showLongDate(iso: string): string {
  const date = new Date(`${iso}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return '';
  const options = {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  } as const;
  const text = date.toLocaleDateString(locale(), options);
  return language() === 'es' ? text : text.replace(',', '');
}

/** An age with its unit in the language of the screen: "39 y", "~40 y"; of nobody known: a dash. */
export function showAgeValue(age: Age | null): string {
  if (!age) return absent;
  const unit = coreWord('age_units', age.unit, age.unit);
  return `${age.about ? '~' : ''}${age.count} ${unit}`;
}

/** The age today; of the dead at death, and nothing where nobody knows when that was. */
export function showAgeOf(person: { age_today: Age | null; deceased: boolean }): string {
  if (!person.deceased) return showAgeValue(person.age_today);
  return person.age_today ? t('banner.died_at', { age: showAgeValue(person.age_today) }) : '';
}

function partsOf(instant: Date): Record<string, string> {
  const formatter = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone(),
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return Object.fromEntries(formatter.formatToParts(instant).map((part) => [part.type, part.value]));
}

function showInstantDate(instant: Date): string {
  const parts = partsOf(instant);
  return `${parts['day']} ${monthName(Number(parts['month']))} ${parts['year']}`;
}

/** "24 Nov 2026, 10:12" in the clinic's time zone. */
export function showDateTime(value: string | null | undefined): string {
  if (!value) return absent;
  const instant = new Date(value);
  if (Number.isNaN(instant.getTime()) || !value.includes('T')) return showDate(value);
  const parts = partsOf(instant);
  return `${showInstantDate(instant)}, ${parts['hour']}:${parts['minute']}`;
}

/** "10:42" in the clinic's time zone. */
export function showTime(instant: Date): string {
  const parts = partsOf(instant);
  return `${parts['hour']}:${parts['minute']}`;
}

export function showBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = -1;
  do {
    value /= 1000;
    unit += 1;
  } while (value >= 999.5 && unit < units.length - 1);
  return `${value < 10 ? value.toFixed(1) : groupDigits(Math.round(value))} ${units[unit]}`;
}

/** "00:12", "12:40", "1:02:00". */
export function showSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const pad = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const rest = `${pad(Math.floor((whole % 3600) / 60))}:${pad(whole % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** "just now", "3 h ago", "5 days ago". */
export function showAgeHours(hours: number): string {
  if (hours < 1) return t('format.just_now');
  if (hours < 48) return t('format.hours_ago', { count: groupDigits(Math.floor(hours)) });
  return tn('format.days_ago', Math.floor(hours / 24));
}

/** How long the core took, in the unit that reads best. */
export function showMicroseconds(microseconds: number): string {
  if (microseconds < 1000) return `${groupDigits(microseconds)} µs`;
  if (microseconds < 1_000_000) return `${(microseconds / 1000).toFixed(microseconds < 10_000 ? 1 : 0)} ms`;
  return `${(microseconds / 1_000_000).toFixed(1)} s`;
}

export function showPercent(percent: number, decimals = 1): string {
  return `${percent.toFixed(decimals)} %`;
}

/** The name of a language in the language of the screen. */
export function languageName(tag: string): string {
  const name =
    new Intl.DisplayNames([language() === 'es' ? 'es' : 'en'], { type: 'language' }).of(tag) ?? tag;
  return name.charAt(0).toLocaleUpperCase(locale()) + name.slice(1);
}

export function countryName(code: string): string {
  return new Intl.DisplayNames([language() === 'es' ? 'es' : 'en'], { type: 'region' }).of(code) ?? code;
}

/** "FAMILY, Given (Preferred)"; a missing part is left out. */
export function bannerName(person: {
  family_name: string;
  given_name: string;
  preferred_name: string | null;
}): string {
  const family = person.family_name.toLocaleUpperCase();
  const name = [family, person.given_name].filter((part) => part !== '').join(', ');
  return person.preferred_name ? `${name} (${person.preferred_name})` : name;
}

/** A name as DICOM files write it, "FARIAS^MARIA L", with a comma and without the other marks. */
export function fileName(onFile: string): string {
  const [family = '', ...rest] = (onFile.split('=')[0] ?? '').split('^').map((part) => part.trim());
  const given = rest.slice(0, 2).filter(Boolean).join(' ');
  return [family, given].filter(Boolean).join(', ');
}
