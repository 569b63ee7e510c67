// Administration of the preview: staff, settings, backup, trail, health.
import { matrix } from './access';
import type { Handlers, PreviewClinic } from './handlers';

export function adminHandlers(
  clinic: PreviewClinic,
): Pick<
  Handlers,
  | 'list_staff'
  | 'add_staff'
  | 'disable_staff'
  | 'set_staff_roles'
  | 'permission_matrix'
  | 'clinic_settings'
  | 'update_clinic_settings'
  | 'back_up'
  | 'verify_audit'
  | 'list_audit'
  | 'export_audit'
  | 'vault_health'
> {
  const { people, staff, studies, jobs, backup, refuse } = clinic;
  return {
    list_staff: () => ({ staff: staff.map((member) => ({ ...member })) }),
    add_staff: (input) => {
      if (staff.some((member) => member.person === input.person)) return refuse('already_exists', 'name_taken', { field: 'person' });
      staff.push({ ...input, active: true, custodian: false, last_signed_in: null });
      return {};
    }, // prettier-ignore
    disable_staff: ({ person: name }) => {
      const member = staff.find((entry) => entry.person === name);
      const admins = staff.filter((entry) => entry.active && entry.roles.includes('administrator'));
      if (member && admins.length === 1 && admins[0] === member) return refuse('last_of_kind', 'last_administrator');
      if (member) member.active = false;
      return {};
    }, // prettier-ignore
    set_staff_roles: ({ person: name, roles }) => {
      const member = staff.find((entry) => entry.person === name);
      if (member) member.roles = roles;
      return {};
    },
    permission_matrix: matrix,
    clinic_settings: () => ({ settings: clinic.settings }),
    update_clinic_settings: (input) => {
      clinic.settings = input.settings;
      return {};
    },
    back_up: (_, who) => ({
      job_id: jobs.start('backup', 'Backup to BACKUP-2', who.display_name, 5, 1, 512_000_000),
    }),
    verify_audit: () => ({
      intact: true,
      entries: 412_306,
      first_bad: null,
      what: null,
      finding: null,
      checkpoints: 88,
      last_checkpoint_at: '2026-11-23T22:00:00Z',
      took_milliseconds: 640,
    }),
    list_audit: ({ before_sequence, limit }) => {
      const from = before_sequence ?? 412_307;
      const acts = ['open_chart', 'find_patients', 'sign_in', 'register_patient', 'reveal_secret', 'import_fhir'];
      return {
        total: 412_306,
        entries: Array.from({ length: limit }, (_, index) => {
          const sequence = from - 1 - index;
          return {
            sequence, at: new Date(Date.UTC(2026, 10, 24, 10, 12) - (412_306 - sequence) * 47_000).toISOString(),
            person: ['Amina Yusuf', 'Dr. Lena Berg', 'Ravi Patel'][sequence % 3] ?? '', role: ['front_desk', 'clinician', 'radiographer'][sequence % 3] ?? '',
            action: acts[sequence % acts.length] ?? '', subject: sequence % 3 ? `RC000${4100 + (sequence % 60)}` : null, outcome: sequence % 17 ? 'done' : 'refused',
          };
        }),
      };
    }, // prettier-ignore
    export_audit: () => ({ file: 'trail-2026-11-24.jsonl', entries: 412_306 }),
    vault_health: () => ({
      cipher_version: '4.20.0 community', sqlite_version: '3.54.1', database_bytes: 184_000_000, blob_bytes: 12_400_000_000,
      free_bytes: 211_000_000_000, backup, patients: people.length, studies: studies.length, audit_entries: 412_306, quarantined: 2,
    }), // prettier-ignore
  };
}
