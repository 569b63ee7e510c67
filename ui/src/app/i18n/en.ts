// English, the reference: every other catalogue has exactly these keys (the compiler and a test say so).
import { access } from './en/access';
import { admin } from './en/admin';
import { builder } from './en/builder';
import { data_sets } from './en/data_sets';
import { review } from './en/review';
import { chart } from './en/chart';
import { cohorts } from './en/cohorts';
import { duplicates } from './en/duplicates';
import { elsewhere } from './en/elsewhere';
import { exchange } from './en/exchange';
import { frame } from './en/frame';
import { hand_out } from './en/hand_out';
import { imaging } from './en/imaging';
import { messages } from './en/messages';
import { documents } from './en/documents';
import { paper } from './en/paper';
import { patients } from './en/patients';

export const en = {
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
