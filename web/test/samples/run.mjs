// Runs the samples of docs/testkit.md for Vitest and Storybook as they are: in a project of their own,
// with the packed package. Those for Playwright run with the end-to-end tests.

import { execFileSync, spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'parley-samples-'));
const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
try {
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: join(here, '..', '..'), encoding: 'utf8' });
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('[')));
  const manifest = JSON.parse(await readFile(join(here, 'manifest.json'), 'utf8'));
  manifest.dependencies = { 'parley-chat': `file:${join(folder, filename)}` };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  for (const part of ['unit', 'storybook', 'vitest.config.ts']) await cp(join(here, part), join(folder, part), { recursive: true });
  execFileSync('npm', ['install', '--prefer-offline', ...quiet], { cwd: folder, stdio: 'inherit' });
  const { status } = spawnSync('npx', ['vitest', 'run'], { cwd: folder, stdio: 'inherit', timeout: 300_000 });
  process.exitCode = status ?? 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
