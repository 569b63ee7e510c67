// Three first steps after a vault was made; shown on Today until hidden or done.
const key = 'rustcare.first_steps';
const state = $state({ open: localStorage.getItem(key) === 'open' });

export function checklistOpen(): boolean {
  return state.open;
}

export function startChecklist(): void {
  localStorage.setItem(key, 'open');
  state.open = true;
}

export function hideChecklist(): void {
  localStorage.removeItem(key);
  state.open = false;
}
