// Programs of ours: of this checkout, and of the commit or program that BASE names.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Builds parleyd with what `make build` left in web/dist. */
export async function build(folder) {
  const program = join(folder, 'parleyd');
  await run('go', ['build', '-o', program, './server/parleyd'], { cwd: root });
  return program;
}

/** The program of `base`: a parleyd, or a commit, which is checked out and built once. */
export async function buildBase(base) {
  if (existsSync(base)) return resolve(base);
  const commit = await commitOf(base);
  const folder = join(root, 'web/node_modules', `.bench-parleyd-${commit}`);
  const program = join(folder, 'parleyd');
  if (existsSync(program)) return program;
  console.log(`building ${base}, which takes minutes`);
  const checkout = join(folder, 'checkout');
  await rm(folder, { recursive: true, force: true });
  await run('git', ['worktree', 'prune'], { cwd: root });
  await run('git', ['worktree', 'add', '--detach', checkout, commit], { cwd: root });
  try {
    await run('make', ['build'], { cwd: checkout, maxBuffer: 1 << 26 });
    await run('go', ['build', '-o', program, './server/parleyd'], { cwd: checkout });
  } finally {
    await run('git', ['worktree', 'remove', '--force', checkout], { cwd: root });
  }
  return program;
}

/** The short name of the last commit that changed what is measured here: not only pages about it, or its tests. */
export async function commit() {
  const rest = [':!docs', ':!*.md', ':!web/test'];
  return (await run('git', ['log', '-1', '--format=%h', '--', ':/', ...rest], { cwd: root })).stdout.trim();
}

async function commitOf(name) {
  return (await run('git', ['rev-parse', '--short', `${name}^{commit}`], { cwd: root })).stdout.trim();
}

const rate = 1_000_000;

/** Starts a parleyd with demo data. Gives its address, and what ends it. */
export async function start(program, data) {
  const args = ['-demo', '-log-level', 'error', '-addr', '127.0.0.1:0', '-data', data, '-messages-per-second', String(rate)];
  // By variables, which older programs ignore: one chat, and one address, may send all that is sent.
  const limits = { PARLEY_CHAT_MESSAGES: '1000000000', PARLEY_CHAT_BYTES: '1000000000000', PARLEY_RATES: `frames/address=${rate}:${rate}` };
  const env = { ...process.env, ...limits };
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const over = once(child, 'exit');
  for await (const line of createInterface(child.stdout)) {
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (!address) continue;
    child.stdout.resume();
    const end = async () => {
      child.kill();
      await over;
    };
    return { address, end };
  }
  throw new Error(`${program} ended before it was ready`);
}
