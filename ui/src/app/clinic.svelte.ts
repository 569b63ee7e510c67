import type { ClinicSettings } from '../bridge/index';

let settings = $state<ClinicSettings | null>(null);

/** The clinic's own choices, known while someone is signed in. */
export function clinicSettings(): ClinicSettings | null {
  return settings;
}

export function setClinicSettings(next: ClinicSettings | null): void {
  settings = next;
}

export function clinicTimeZone(): string | null {
  const zone = settings?.time_zone;
  if (!zone) return null;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone;
  } catch {
    return null;
  }
}
