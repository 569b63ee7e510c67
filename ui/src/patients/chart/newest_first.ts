/** The rows that count now first, each group from the newest: by the date itself, for as it is shown 02 Mar comes before 28 Feb. */
export function newestFirst<R extends { active: boolean; date_iso: string | null }>(rows: readonly R[]): R[] {
  return [...rows].sort(
    (a, b) => Number(b.active) - Number(a.active) || (b.date_iso ?? '').localeCompare(a.date_iso ?? ''),
  );
}
