// A small register as the core would look at it: an open order of dates, a bad row, and somebody twice.
import { reasonSentences } from '../generated/core_words';
import type {
  Reason,
  TableChoice,
  TableField,
  TableFinding,
  TableLook,
  TableProfile,
} from '../generated/index';

function because(reason: Reason, values: Record<string, string> = {}) {
  const message = reasonSentences[reason].replace(/\{(\w+)\}/g, (_, place: string) => values[place] ?? '');
  return { why: { reason, values }, message };
}

const columns: [string, TableField, string[]][] = [
  ['NHC', 'source_id', ['1', '2', '3']],
  ['Nombre', 'given_name', ['Ana', 'José', 'Luz']],
  ['Apellidos', 'family_name', ['Ruiz', 'Muñoz', 'Gil']],
  ['Fecha de nacimiento', 'date_of_birth', ['02/03/1987', '05/06/1990']],
  ['Sexo', 'sex', ['M', 'H']],
  ['Notas', 'leave_out', ['alergia?']],
];

const few: TableFinding = {
  line: 7, column: null, severity: 'error', ...because('table_values_few', { found: '3', expected: '6' }), text: '6;Bo;Paz',
}; // prettier-ignore

export function lookAtTable(choice: TableChoice): TableLook {
  const decided = choice.date_order !== null;
  return {
    file: 'register.csv',
    system: choice.system ?? 'register',
    dialect: {
      encoding: choice.dialect.encoding ?? 'windows-1252',
      delimiter: choice.dialect.delimiter ?? 'semicolon',
      quote: choice.dialect.quote ?? 'double',
      backslash: choice.dialect.backslash ?? false,
      record_end: choice.dialect.record_end ?? 'cr_lf',
      preamble_rows: choice.dialect.preamble_rows ?? 0,
      header_rows: choice.dialect.header_rows ?? 1,
    },
    preamble: [],
    columns: columns.map(([name, suggested, samples]) => ({
      name,
      field: choice.columns[name] ?? suggested,
      suggested,
      samples,
      date_order:
        suggested !== 'date_of_birth'
          ? null
          : choice.date_order
            ? { kind: 'decided', order: choice.date_order }
            : { kind: 'open', day_first: 4, month_first: 4, year_first: 0 },
    })),
    questions: decided
      ? []
      : [
          {
            column: 'Fecha de nacimiento',
            ...because('table_date_order', { day_first: '4', month_first: '4', year_first: '0' }),
          },
        ],
    counts: { rows: 5, new: decided ? 4 : 0, already_there: 0, changed: 0, refused: 1, open: decided ? 0 : 4, blank: 0 },
    findings: [few],
    more_findings: 0,
    twins: decided ? [{ line: 6, earlier_line: 2, mrn: null }] : [],
  }; // prettier-ignore
}

/** Decisions that are remembered, in memory. */
export function tableProfileHandlers() {
  let profiles: TableProfile[] = [];
  return {
    list_table_profiles: () => ({ profiles }),
    keep_table_profile: (input: TableProfile) => {
      profiles = [...profiles.filter((one) => one.name !== input.name), input];
      return {};
    },
    drop_table_profile: ({ name }: { name: string }) => {
      profiles = profiles.filter((one) => one.name !== name);
      return {};
    },
  };
}
