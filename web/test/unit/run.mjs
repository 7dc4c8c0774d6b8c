// Bundles each unit test with the sources that it tests, since Node runs no
// TypeScript, and hands them to Node's test runner. With names, only the tests of these files: run.mjs core history

import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { scriptOptions } from '../../build/bundle.mjs';
import { wasmExec } from '../../build/wasm-exec.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const tests = (await readdir(here)).filter(
  (name) => name.endsWith('.test.ts') && (wanted.length === 0 || wanted.includes(name.split('.')[0])),
);
if (tests.length === 0) throw new Error(`no unit test is called ${wanted.join(' or ')}`);
const out = await mkdtemp(path.join(here, '..', '..', 'node_modules', '.unit-'));
try {
  await esbuild.build({
    ...scriptOptions({ PARLEY_VERSION: '1.2.3' }),
    entryPoints: tests.map((name) => path.join(here, name)),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: false,
    sourcemap: 'inline',
    external: ['esbuild', 'happy-dom', 'react', 'react-dom'],
    plugins: [wasmExec()],
  });
  const built = tests.map((name) => path.join(out, name.replace(/\.ts$/, '.mjs')));
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', '--test-reporter=spec', ...built], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
