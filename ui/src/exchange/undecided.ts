import type { TableChoice } from '../bridge/index';

/** Nothing is decided: all of it is detected or suggested. */
export function undecided(): TableChoice {
  return {
    system: null,
    date_order: null,
    name_order: null,
    dialect: {
      encoding: null,
      delimiter: null,
      quote: null,
      backslash: null,
      record_end: null,
      preamble_rows: null,
      header_rows: null,
    },
    columns: {},
  };
}
