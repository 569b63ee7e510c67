// Reads a date typed in any usual way, by the clinic's order where figures alone are ambiguous.
import type { ClinicSettings } from '../bridge/index';

const monthStems = {
  en: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  es: ['ene', 'feb', 'mar', 'abr', 'may', 'jun', 'jul', 'ago', 'sep', 'oct', 'nov', 'dic'],
};

function monthOf(word: string): number | null {
  const stem = word.slice(0, 3).toLowerCase();
  for (const names of Object.values(monthStems)) {
    const at = names.indexOf(stem);
    if (at >= 0) return at + 1;
  }
  return null;
}

function iso(year: number, month: number, day: number): string | null {
  const date = new Date(Date.UTC(year, month - 1, day));
  const real =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return real ? date.toISOString().slice(0, 10) : null;
}

/** The ISO date, or null where the text is not one day. Years have four figures. */
export function readTypedDate(typed: string, order: ClinicSettings['date_order']): string | null {
  const parts = typed
    .trim()
    .split(/[\s./,-]+/)
    .filter(Boolean);
  if (parts.length !== 3) return null;
  const [a = '', b = '', c = ''] = parts;
  const wordAt = parts.findIndex((part) => /\p{L}/u.test(part));
  if (wordAt >= 0) {
    const month = monthOf(parts[wordAt] ?? '');
    const figures = parts.filter((_, place) => place !== wordAt);
    const year = figures.find((figure) => /^\d{4}$/.test(figure));
    const day = figures.find((figure) => /^\d{1,2}$/.test(figure));
    return month && year && day ? iso(Number(year), month, Number(day)) : null;
  }
  if (parts.some((part) => !/^\d+$/.test(part))) return null;
  if (a.length === 4) return iso(Number(a), Number(b), Number(c));
  if (c.length !== 4 || order === 'year_month_day') return null;
  return order === 'month_day_year'
    ? iso(Number(c), Number(a), Number(b))
    : iso(Number(c), Number(b), Number(a));
}
