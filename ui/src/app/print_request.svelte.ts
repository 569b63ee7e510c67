// Whose papers are wanted: asked by a key or a button anywhere, answered by that patient's chart.
const state = $state<{ patient_id: string | null }>({ patient_id: null });

export function printWanted(): string | null {
  return state.patient_id;
}

export function wantPrint(patient_id: string | null): void {
  state.patient_id = patient_id;
}
