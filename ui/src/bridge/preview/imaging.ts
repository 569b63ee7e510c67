// Studies of the preview: listed, opened, drawn, linked to patients.
import { makeChart } from './charts';
import type { Handlers, PreviewClinic } from './handlers';
import { fold } from './people';
import { makeStudy, phantomFrame, thumbnail } from './phantoms';

export function imagingHandlers(
  clinic: PreviewClinic,
): Pick<
  Handlers,
  | 'list_studies'
  | 'open_study'
  | 'image_frame'
  | 'series_thumbnail'
  | 'suggest_patients'
  | 'link_study'
  | 'unlink_study'
> {
  const { people, studies, person, refuse } = clinic;
  return {
    list_studies: ({ patient_id, state, text }) => ({
      studies: studies.filter(
        (study) =>
          (patient_id === null || study.patient_id === patient_id) &&
          (state === null || study.state === state) &&
          fold(`${study.patient_on_file} ${study.patient_name ?? ''} ${study.description} ${study.modality} ${study.mrn ?? ''}`).includes(fold(text)),
      ),
    }), // prettier-ignore
    open_study: ({ study_id }) => {
      const row =
        studies.find((study) => study.study_id === study_id) ?? refuse('not_found', 'study_unknown');
      const study = makeStudy(row);
      if (row.patient_id) study.banner = makeChart(person(row.patient_id), [], true, clinic.practice).banner;
      return study;
    },
    image_frame: ({ image_id }) => {
      const [, , place = '0', of = '1', side = '256', modality = 'MR'] = image_id.split(':');
      return phantomFrame(
        Number(of) === 1 ? 20 : Number(place),
        Number(of) === 1 ? 40 : Number(of),
        Number(side),
        modality,
      );
    },
    series_thumbnail: ({ series_id }) => thumbnail(series_id),
    suggest_patients: () => ({
      patients: people.slice(6, 9).map((entry, index) => ({
        patient: entry.hit,
        reason: index === 0 ? 'same name and date of birth' : 'same name',
        reasons: [index === 0 ? ('same_name_and_birth' as const) : ('same_name' as const)],
      })),
    }),
    link_study: ({ study_id, patient_id }) => {
      const study = studies.find((entry) => entry.study_id === study_id);
      const { hit } = person(patient_id);
      if (study) Object.assign(study, { patient_id, mrn: hit.mrn, state: 'linked', patient_name: `${hit.family_name}, ${hit.given_name}` });
      return {};
    }, // prettier-ignore
    unlink_study: ({ study_id }) => {
      const study = studies.find((entry) => entry.study_id === study_id);
      if (study)
        Object.assign(study, { patient_id: null, mrn: null, state: 'unmatched', patient_name: null });
      return {};
    },
  };
}
