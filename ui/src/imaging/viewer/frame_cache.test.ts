import { beforeEach, describe, expect, it } from 'vitest';
import { useBackend } from '../../bridge/index';
import { phantomFrame } from '../../bridge/preview/phantoms';
import { FrameCache } from './frame_cache';

let asked: string[] = [];

beforeEach(() => {
  asked = [];
  useBackend({
    invoke: async (_, __, input) => {
      const { image_id } = input as { image_id: string };
      asked.push(image_id);
      if (image_id === 'broken') throw { code: 'unreadable_file', message: 'cut off' };
      return phantomFrame(1, 4, 32, 'MR');
    },
  });
});

const size = phantomFrame(1, 4, 32, 'MR').byteLength;
const slice = (image_id: string) => ({ image_id, frame: 0 });

describe('the frame cache', () => {
  it('asks the core once for a frame, also when asked twice at a time', async () => {
    const cache = new FrameCache();
    await Promise.all([cache.fetch(slice('a')), cache.fetch(slice('a'))]);
    await cache.fetch(slice('a'));
    expect(asked).toEqual(['a']);
  });

  it('stays within its bytes and lets the longest unused go', async () => {
    const cache = new FrameCache(size * 2);
    for (const id of ['a', 'b']) await cache.fetch(slice(id));
    cache.held(slice('a'));
    await cache.fetch(slice('c'));
    expect(cache.bytes).toBeLessThanOrEqual(size * 2);
    expect([cache.held(slice('a')), cache.held(slice('b')), cache.held(slice('c'))].map(Boolean)).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('keeps nothing of a frame that was refused', async () => {
    const cache = new FrameCache();
    await expect(cache.fetch(slice('broken'))).rejects.toThrow();
    await expect(cache.fetch(slice('broken'))).rejects.toThrow();
    expect(asked).toEqual(['broken', 'broken']);
    expect(cache.bytes).toBe(0);
  });
});
