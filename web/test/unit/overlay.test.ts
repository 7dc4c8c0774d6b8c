import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { goEnv, overlayFlag } from '../../build/overlay.mjs';

const go = (args: string[]) =>
  execFileSync('go', args, { encoding: 'utf8', env: { ...process.env, GOOS: 'js', GOARCH: 'wasm', GOEXPERIMENT: 'nogreenteagc' } });

test('the core has none of the packages that ours keep out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-overlay-'));
  try {
    const packages = go(['list', '-deps', await overlayFlag(resolve('..'), folder), '../wasm']).split('\n');
    assert.ok(packages.includes('fmt'));
    for (const name of ['os', 'reflect', 'internal/poll', 'internal/bisect', 'internal/fmtsort', 'encoding/binary'])
      assert.ok(!packages.includes(name), name);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("our fmt writes what Go's does", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-overlay-'));
  try {
    const run = (flags: string[]) => {
      const file = join(folder, 'words.wasm');
      go(['build', '-gcflags=all=-l', '-trimpath', ...flags, '-o', file, './test/unit/testdata/words']);
      const exec = join(goEnv('GOROOT'), 'lib', 'wasm', 'wasm_exec_node.js');
      return execFileSync(process.execPath, [exec, file], { encoding: 'utf8', env: {} });
    };
    const [own, ours] = [run([]), run([await overlayFlag(resolve('..'), folder)])];
    assert.match(own, /JavaScript error: no such thing/);
    assert.equal(ours, own);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
