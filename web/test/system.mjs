// Finds programs on this machine, and installs system packages where this user may.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** The absolute path of a program that can be run, or undefined. */
export function which(name) {
  const places = isAbsolute(name) ? [name] : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return places.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  });
}

/** Runs a command without standard input; never throws. `answer` is its standard output, `output` everything it wrote. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
  return {
    ok: done.status === 0,
    answer: (done.stdout ?? '').trim(),
    output: `${done.stdout ?? ''}${done.stderr ?? ''}${done.error ? done.error.message : ''}`.trim(),
  };
}

// The commands of each package manager, the first of which refreshes its lists.
const managers = [
  {
    name: 'apt-get',
    root: true,
    commands: (names) => [
      ['update', '-q'],
      ['install', '-qy', '--no-install-recommends', ...names],
    ],
  },
  { name: 'dnf', root: true, commands: (names) => [['install', '-qy', ...names]] },
  { name: 'apk', root: true, commands: (names) => [['add', '--quiet', ...names]] },
  { name: 'brew', root: false, commands: (names) => [['install', '--quiet', ...names]] },
];

/** The prefix that makes a command run as root: empty, `sudo -n`, or undefined when it may not. */
export function asRoot() {
  if (process.getuid?.() === 0) return [];
  return run('sudo', ['-n', 'true']).ok ? ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive'] : undefined;
}

/**
 * Installs packages with the system's package manager. `packages` gives their
 * names by manager, for instance `{ 'apt-get': ['chromium'] }`. Returns '' when
 * installed, else why not.
 */
export function installPackages(packages) {
  const manager = managers.find(({ name }) => packages[name] && which(name));
  if (!manager) return `no package manager known here (${managers.map(({ name }) => name).join(', ')})`;
  const prefix = manager.root ? asRoot() : [];
  if (!prefix) return `${manager.name} needs root, or sudo without a password`;
  for (const args of manager.commands(packages[manager.name])) {
    const [command, ...rest] = [...prefix, manager.name, ...args];
    console.log(`set-up: ${[command, ...rest].join(' ')}`);
    const { ok, output } = run(command, rest, {
      timeout: 10 * 60_000,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (!ok && args[0] !== 'update') return `${manager.name} ${args.join(' ')}: ${output.split('\n').slice(-3).join(' | ')}`;
  }
  return '';
}
