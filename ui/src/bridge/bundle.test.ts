// @vitest-environment node
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { expect, it, vi } from 'vitest';

it('holds no invented patients, no inline style and no inline script', async () => {
  const outDir = mkdtempSync(join(tmpdir(), 'rustcare-ui-'));
  // A release build, whatever the tests run as: this is what the constant DEV follows.
  vi.stubEnv('NODE_ENV', 'production');
  try {
    await build({
      root: fileURLToPath(new URL('../..', import.meta.url)),
      logLevel: 'silent',
      mode: 'production',
      build: { outDir, emptyOutDir: true },
    });
    const files = readdirSync(outDir, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const text = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')).join('\n');
    expect(text.includes('register_patient')).toBe(true);
    const planted = ['Farías', 'Okafor', 'Riverside Clinic', 'anchor basil candle'];
    expect(planted.filter((name) => text.includes(name))).toEqual([]);
    const page = readFileSync(join(outDir, 'index.html'), 'utf8');
    expect(page).not.toMatch(/style=|<style|<script(?![^>]*src=)/);
    expect(/\beval\(|new Function\(/.test(text)).toBe(false);
  } finally {
    vi.unstubAllEnvs();
    rmSync(outDir, { recursive: true, force: true });
  }
});
