// Short words about what succeeded. Failures stay where they happened and never come here.
export interface Toast {
  id: number;
  text: string;
  action?: { label: string; run: () => void };
}

const shownMilliseconds = 6000;
let last = 0;
const state = $state<{ list: Toast[] }>({ list: [] });

export function toasts(): readonly Toast[] {
  return state.list;
}

export function toast(text: string, action?: Toast['action']): void {
  last += 1;
  const id = last;
  state.list = [...state.list.slice(-2), { id, text, action }];
  setTimeout(() => dismissToast(id), shownMilliseconds);
}

export function dismissToast(id: number): void {
  state.list = state.list.filter((entry) => entry.id !== id);
}
