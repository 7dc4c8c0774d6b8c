// The peers: installed from their registries into a folder that later runs use again, and started.

import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import esbuild from 'esbuild';

const run = promisify(execFile);
const sources = fileURLToPath(new URL('peers', import.meta.url));

const packages = ['better-sqlite3@12.11.1', 'centrifuge@5.8.0', 'socket.io@4.8.4', 'socket.io-client@4.8.4', 'ws@8.23.0'];

/** Installs the peers. Gives their folder. */
export async function install() {
  const folder = fileURLToPath(new URL(`../../node_modules/.bench-peers-${await hashOf()}`, import.meta.url));
  if (existsSync(folder)) return folder;
  const made = `${folder}.${process.pid}`;
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { recursive: true });
  await cp(sources, made, { recursive: true });
  await writeFile(join(made, 'package.json'), '{"type":"module","private":true}');
  console.log(`installing ${packages.join(', ')} and centrifuge's server; SQLite is compiled, which takes minutes`);
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], { cwd: made });
  // Node's own headers, where they are installed, need no download.
  const prefix = dirname(dirname(process.execPath));
  const env = existsSync(join(prefix, 'include/node/node.h')) ? { ...process.env, npm_config_nodedir: prefix } : process.env;
  await run('npx', ['--yes', 'node-gyp', 'rebuild', '--release'], {
    cwd: join(made, 'node_modules/better-sqlite3'),
    env,
    maxBuffer: 1 << 26,
  });
  await run('go', ['build', '-o', join(made, 'centrifuged'), '.'], { cwd: join(made, 'centrifuge') });
  await rename(made, folder);
  return folder;
}

// Of all that an install depends on.
async function hashOf() {
  const hash = createHash('sha256').update(JSON.stringify([packages, process.version]));
  for (const name of (await readdir(sources, { recursive: true })).sort()) {
    if (/\.\w+$/.test(name)) hash.update(name).update(await readFile(join(sources, name)));
  }
  return hash.digest('hex').slice(0, 12);
}

/** Starts their servers, which keep what they store in `data`. Gives their addresses, their processes, and what ends them. */
export async function start(folder, data) {
  const servers = [];
  const firstLine = async (program, args) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    servers.push(child);
    const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit').then(() => [''])]);
    if (!line) throw new Error(`${program} ${args.join(' ')} ended before it was ready`);
    return line;
  };
  const ports = JSON.parse(await firstLine(process.execPath, [join(folder, 'servers.mjs'), data]));
  const centrifuge = await firstLine(join(folder, 'centrifuged'), []);
  return {
    addresses: {
      raw: `ws://127.0.0.1:${ports.raw}`,
      socketIO: `http://127.0.0.1:${ports.socketIO}`,
      centrifuge: `ws://127.0.0.1:${centrifuge}`,
    },
    pids: { socketIO: servers[0].pid, centrifuge: servers[1].pid },
    end: () => servers.forEach((child) => void child.kill()),
  };
}

/** The peers' clients as a script. */
export async function clients(folder) {
  const { outputFiles } = await esbuild.build({ entryPoints: [join(folder, 'clients.mjs')], bundle: true, minify: true, write: false });
  return outputFiles[0].text;
}
