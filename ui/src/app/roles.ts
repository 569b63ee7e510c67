import type { Role } from '../bridge/index';
import { t } from './i18n/index.svelte';

export const allRoles: readonly Role[] = [
  'front_desk',
  'nurse',
  'clinician',
  'radiographer',
  'analyst',
  'administrator',
];

export function roleWords(roles: readonly Role[]): string {
  return allRoles
    .filter((role) => roles.includes(role))
    .map((role) => t(`role.${role}`))
    .join(', ');
}
