// Español.
import type { en } from './en';
import { access } from './es/access';
import { admin } from './es/admin';
import { builder } from './es/builder';
import { data_sets } from './es/data_sets';
import { review } from './es/review';
import { chart } from './es/chart';
import { cohorts } from './es/cohorts';
import { duplicates } from './es/duplicates';
import { elsewhere } from './es/elsewhere';
import { exchange } from './es/exchange';
import { frame } from './es/frame';
import { hand_out } from './es/hand_out';
import { imaging } from './es/imaging';
import { messages } from './es/messages';
import { documents } from './es/documents';
import { paper } from './es/paper';
import { patients } from './es/patients';

export const es: Record<keyof typeof en, string> = {
  ...frame,
  ...access,
  ...patients,
  ...chart,
  ...duplicates,
  ...exchange,
  ...hand_out,
  ...messages,
  ...documents,
  ...paper,
  ...cohorts,
  ...builder,
  ...review,
  ...data_sets,
  ...elsewhere,
  ...imaging,
  ...admin,
};
