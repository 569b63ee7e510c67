// Connections to databases, and a run on one: invented numbers, a password that is checked for being there and kept nowhere.
import { problem } from '../backend';
import { reasonSentences } from '../generated/core_words';
import type {
  CheckDatabaseForm,
  CohortComparison,
  CountPair,
  DatabaseConnectionList,
  DatabaseConnectionView,
  DatabaseForm,
  FieldNote,
  OneDatabaseConnection,
  Reason,
  RunCohortElsewhere,
  SaveDatabaseConnection,
  StaffMember,
} from '../generated/index';
import type { PreviewJobs } from './jobs';

const pair = (here: number, there: number): CountPair => ({ here, there, difference: there - here });

function note(field: string, reason: Reason): FieldNote {
  return { field, code: 'invalid', severity: 'error', reason, values: {}, message: reasonSentences[reason] };
}

function notesOf(form: DatabaseForm): FieldNote[] {
  const notes: FieldNote[] = [];
  if (form.name.trim() === '') notes.push(note('name', 'value_length'));
  if (!/^[a-zA-Z0-9./:-]+$/.test(form.host)) notes.push(note('host', 'database_host_form'));
  if (form.port < 1 || form.port > 65_535) notes.push(note('port', 'database_port_form'));
  if (form.database === '') notes.push(note('database', 'database_name_missing'));
  if (!/^[a-zA-Z_]\w*$/.test(form.schema)) notes.push(note('schema', 'database_schema_form'));
  if (form.username === '') notes.push(note('username', 'database_name_missing'));
  if (!form.is_encrypted && form.host !== '' && form.host !== 'localhost')
    notes.push(note('is_encrypted', 'database_plain_far_away'));
  return notes;
}

/** The preview's answers about databases elsewhere. */
export function elsewhereHandlers(jobs: PreviewJobs) {
  const kept = new Map<string, DatabaseConnectionView>();
  let next = 1;
  const known = (connection_id: string): DatabaseConnectionView => {
    const view = kept.get(connection_id);
    if (!view) throw problem('not_found', 'database_connection_unknown');
    return view;
  };
  const list = (who: StaffMember): DatabaseConnectionList => ({
    connections: [...kept.values()].map(({ connection_id, form, has_password }) => ({
      connection_id, name: form.name, host: form.host, database: form.database, schema: form.schema,
      asks_password: !has_password || !who.custodian,
    })),
    may_keep_passwords: who.custodian,
  }); // prettier-ignore
  return {
    list_database_connections: (_: unknown, who: StaffMember) => list(who),
    open_database_connection: ({ connection_id }: OneDatabaseConnection) => known(connection_id),
    check_database_form: ({ form }: CheckDatabaseForm) => ({ notes: notesOf(form) }),
    save_database_connection: (input: SaveDatabaseConnection, who: StaffMember) => {
      const fields = notesOf(input.form);
      if (fields.length > 0) throw problem('invalid_input', 'fields_wrong', { fields });
      const before = input.connection_id === null ? null : known(input.connection_id);
      const stays = input.password.kind === 'as_before' && before?.form.host === input.form.host;
      const connection_id = input.connection_id ?? String(next++);
      kept.set(connection_id, {
        connection_id, form: input.form, saved_at: '2026-11-24T09:00:00Z', saved_by: who.person,
        has_password: input.password.kind === 'keep' || (stays && before.has_password),
      }); // prettier-ignore
      return list(who);
    },
    remove_database_connection: ({ connection_id }: OneDatabaseConnection, who: StaffMember) => {
      kept.delete(known(connection_id).connection_id);
      return list(who);
    },
    run_cohort_elsewhere: ({ connection_id, password }: RunCohortElsewhere, who: StaffMember) => {
      const view = known(connection_id);
      const asks = !view.has_password || !who.custodian;
      if (asks && !password)
        throw problem('invalid_input', 'database_password_needed', { field: 'password' });
      return { job_id: jobs.start('run_elsewhere', `Cohort on ${view.form.name}`, who.person, 0.3, 12, 0) };
    },
    cohort_elsewhere: (): CohortComparison => ({
      connection_name: 'Hospital', population: pair(2000, 41_200), entered: pair(371, 371),
      rules: [{ name: 'Metformin', met: pair(240, 238), remaining: pair(222, 220), without_it: pair(74, 75) }],
      patients: pair(222, 220), gaps: [], smallest_shown: 1, definition_hash: '0'.repeat(64),
    }), // prettier-ignore
  };
}
