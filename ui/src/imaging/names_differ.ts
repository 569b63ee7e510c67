import type { PatientBanner } from '../bridge/index';

function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/**
 * True where the name in the image file holds neither the family nor the given name of the patient
 * it is linked to. A name that is missing on either side tells nothing.
 */
export function namesDiffer(onFile: string, banner: PatientBanner): boolean {
  const file = fold(onFile);
  const names = [banner.family_name, banner.given_name].map(fold).filter((name) => name !== '');
  if (file === '' || names.length === 0) return false;
  const words = file.split(' ');
  return !names.some((name) => name.split(' ').some((word) => words.includes(word)));
}
