import { beforeEach, describe, expect, it, vi } from 'vitest';
import { call, onSessionEnded, onStale, problem, Refused, setSessionToken, useBackend } from './index';

const seen: [string, string | null, unknown][] = [];
let answer: () => unknown = () => ({});

beforeEach(() => {
  seen.length = 0;
  answer = () => ({});
  setSessionToken(null);
  useBackend({
    invoke: async (name, token, input) => {
      seen.push([name, token, input]);
      return answer();
    },
  });
});

describe('call', () => {
  it('sends the session token beside the input', async () => {
    await call('workstation_status', {});
    setSessionToken('t-1');
    await call('find_patients', { text: 'a', limit: 1, offset: 0 });
    expect(seen).toEqual([
      ['workstation_status', null, {}],
      ['find_patients', 't-1', { text: 'a', limit: 1, offset: 0 }],
    ]);
  });

  it('rejects with the problem of the core', async () => {
    answer = () => {
      throw problem('not_permitted', 'role_forbids');
    };
    await expect(call('list_staff', {})).rejects.toBeInstanceOf(Refused);
    await expect(call('list_staff', {})).rejects.toMatchObject({ problem: { code: 'not_permitted' } });
  });

  it('turns what the core did not phrase into an internal problem', async () => {
    answer = () => {
      throw 'command list_staff not found';
    };
    await expect(call('list_staff', {})).rejects.toMatchObject({
      problem: { code: 'internal', reason: 'program_fault', details: ['command list_staff not found'] },
    });
  });

  it('ends the window’s session once the core has ended it, and not before sign-in', async () => {
    const ended = vi.fn();
    onSessionEnded(ended);
    answer = () => {
      throw problem('session_expired', 'signed_out_idle');
    };
    await expect(call('list_jobs', {})).rejects.toThrow();
    expect(ended).not.toHaveBeenCalled();
    setSessionToken('t-2');
    await expect(call('list_jobs', {})).rejects.toThrow();
    expect(ended).toHaveBeenCalledTimes(1);
  });

  it('tells what a success made stale, a refusal tells nothing', async () => {
    const heard = vi.fn();
    const stop = onStale(heard);
    await call('link_study', { study_id: 's', patient_id: 'p' });
    expect(heard).toHaveBeenCalledWith(['studies', 'chart']);
    answer = () => {
      throw problem('conflict', 'record_changed');
    };
    await expect(call('unlink_study', { study_id: 's' })).rejects.toThrow();
    expect(heard).toHaveBeenCalledTimes(1);
    stop();
  });
});
