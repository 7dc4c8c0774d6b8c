// Builds parleyd once for all tests, with what `make build` left in web/dist, and
// makes the demo data that each test's server begins with.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Server } from './server.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

export default async function build(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-e2e-'));
  const program = join(folder, 'parleyd');
  await promisify(execFile)('go', ['build', '-o', program, './server/parleyd'], { cwd: root });
  process.env.PARLEYD = program; // test workers inherit both
  const first = new Server();
  await first.start();
  await first.stop();
  process.env.PARLEYD_DATA = first.data;
  return async () => {
    await first.dispose();
    await rm(folder, { recursive: true, force: true });
  };
}
