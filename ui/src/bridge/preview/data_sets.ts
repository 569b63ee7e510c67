// Vocabularies, data sets and published phenotypes of the preview.
import { problem } from '../backend';
import type {
  BringIn,
  CountPhenotypes,
  DataSetLine,
  DataSetNames,
  DataSets,
  ImportDataSet,
  JobStarted,
  OneDataSet,
  PhenotypeLine,
  PhenotypeList,
  StaffMember,
  VocabularyView,
} from '../generated/index';
import type { PreviewJobs } from './jobs';

const line = (
  phenotype_id: number,
  name: string,
  logic: string,
  unmapped: number,
  patients: number | null,
): PhenotypeLine => ({
  phenotype_id, name, logic, is_accepted: false, unmapped, not_kept: [], patients, is_hidden: unmapped === 0 && patients === null,
}); // prettier-ignore

const phenotypes = (mapped: boolean): PhenotypeLine[] => [
  line(25, 'All cause mortality', 'Earliest observation of any death', 0, 41),
  line(5, 'Dyspnea', 'All events of dyspnea including difficulty breathing', mapped ? 0 : 2, mapped ? 118 : null),
  line(77, 'Gastrointestinal bleeding', 'Earliest event of gastrointestinal bleeding', mapped ? 0 : 7, mapped ? 23 : null),
  { ...line(33, 'Dementia', 'Persons with the diagnosis of dementia', 0, null), not_kept: ['ConditionEra'], is_hidden: false },
]; // prettier-ignore

export const phenotypeName = (phenotype_id: number): string =>
  phenotypes(true).find((one) => one.phenotype_id === phenotype_id)?.name ?? 'Phenotype';

export function dataSetHandlers(jobs: PreviewJobs) {
  let vocabulary: VocabularyView | null = null;
  let sets: DataSetLine[] = [];
  const brought = { brought_at: '2026-11-24T09:00:00Z', bytes: 48_000_000 };
  return {
    list_data_sets: (): DataSets => ({ vocabulary, data_sets: sets }),
    list_data_set_names: (): DataSetNames => ({
      data_sets: sets.map(({ data_set_id, name }) => ({ data_set_id, name })),
    }),
    import_vocabulary: (_: BringIn, who: StaffMember): JobStarted => {
      vocabulary = {
        ...brought, data_set_id: '1', name: 'vocabulary_2026', brought_by: who.person, codes: 312, mapped: 287,
        vocabularies: [{ id: 'SNOMED', name: 'Systematic Nomenclature of Medicine', version: '2026-02-01', concepts: 1_089_412 }],
      }; // prettier-ignore
      return {
        job_id: jobs.start('import_vocabulary', 'Bring in a vocabulary', who.person, 1, 1, 48_000_000),
      };
    },
    import_data_set: ({ name }: ImportDataSet, who: StaffMember): JobStarted => {
      const data_set_id = String(sets.length + 2);
      sets = [
        ...sets,
        { ...brought, data_set_id, name, brought_by: who.person, patients: 2694, events: 335_242 },
      ];
      return { job_id: jobs.start('import_data_set', 'Bring in a data set', who.person, 1, 1, 0) };
    },
    remove_data_set: ({ data_set_id }: OneDataSet) => {
      if (vocabulary?.data_set_id === data_set_id) vocabulary = null;
      else if (sets.some((one) => one.data_set_id === data_set_id))
        sets = sets.filter((one) => one.data_set_id !== data_set_id);
      else throw problem('not_found', 'record_unknown', { values: { what: 'the data set' } });
      return {};
    },
    count_phenotypes: ({ data_set }: CountPhenotypes): PhenotypeList => ({
      release: '3.37.0',
      phenotypes: phenotypes(vocabulary !== null || data_set !== null),
      has_vocabulary: vocabulary !== null || data_set !== null,
      smallest_shown: 11,
    }),
  };
}
