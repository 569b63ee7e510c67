import type { Backend } from '../backend';
import { problem } from '../backend';

export function previewBackend(_query: URLSearchParams): Backend {
  return { invoke: (name) => Promise.reject(problem('internal', name)) };
}
