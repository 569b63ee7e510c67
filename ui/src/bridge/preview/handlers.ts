// What the parts of the preview share: one answer a use case, and the invented clinic that all of them speak of.
import type { problem } from '../backend';
import type { BackupAge, ClinicSettings, StaffMember, StudyRow } from '../generated/index';
import type { UseCaseName, UseCases } from '../generated/use_cases';
import type { PreviewJobs } from './jobs';
import type { PreviewPatient } from './people';

export type Input<Name extends UseCaseName> = UseCases[Name]['input'];
export type Output<Name extends UseCaseName> = UseCases[Name]['output'];
export type Handlers = {
  [Name in UseCaseName]: (input: Input<Name>, who: StaffMember) => Output<Name> | Promise<Output<Name>>;
};

export interface PreviewClinic {
  people: PreviewPatient[];
  staff: StaffMember[];
  studies: StudyRow[];
  jobs: PreviewJobs;
  backup: BackupAge;
  settings: ClinicSettings;
  practice: boolean;
  /** The patient of this id; refuses where there is none. */
  person: (patient_id: string) => PreviewPatient;
  refuse: (...said: Parameters<typeof problem>) => never;
}
