import { t } from './i18n/index.svelte';

export function sexWord(sex: string | null): string {
  switch (sex) {
    case 'female':
    case 'male':
    case 'other':
    case 'unknown':
      return t(`sex.${sex}`);
    default:
      return t('sex.not_recorded');
  }
}
