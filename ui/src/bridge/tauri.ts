import { invoke, isTauri } from '@tauri-apps/api/core';
import type { Backend } from './backend';

/** The core behind Tauri's `invoke`; each use case is a command of the same name. */
export const tauriBackend: Backend = {
  invoke: (name, token, input) => invoke(name, { token, input }),
};

export function insideTauri(): boolean {
  return isTauri();
}
