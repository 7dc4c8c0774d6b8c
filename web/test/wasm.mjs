// Runs the Go tests of the given packages as js/wasm in headless Chromium, with
// wasmbrowsertest: node web/test/wasm.mjs ./core/... ./jsbridge/...
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { flags, requireShell } from './chromium.mjs';
import { run } from './system.mjs';

// The protocol library of wasmbrowsertest is older than Chromium and logs each event that
// it does not know. They do not matter here.
const noise = /ERROR: could not unmarshal event: /;

const packages = process.argv.slice(2);
if (packages.length === 0) fail('name the packages to test');

// `go tool` builds for GOOS, so the runner's path is asked for with the host's. It reports downloads on stderr.
const runner = run('go', ['tool', '-n', 'wasmbrowsertest']);
if (!runner.ok) fail(`wasmbrowsertest does not build: ${runner.output}`);

const folder = mkdtempSync(join(tmpdir(), 'parley-wasm-'));
process.on('exit', () => {
  endBrowsers();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
const script = (name, line) => {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${line}\n`);
  chmodSync(path, 0o755);
  return path;
};

// wasmbrowsertest looks for this name first and gives no other way to choose the
// browser or its flags.
script('headless_shell', `exec ${[requireShell(), ...flags].map(quote).join(' ')} "$@"`);
// The environment is passed to the wasm program, which has little room for it: keep it short. wasmbrowsertest leaves the
// profiles of its browsers behind, so they go with the folder.
const environment = [`PATH=${folder}${delimiter}${process.env.PATH}`, `HOME=${process.env.HOME ?? folder}`, `TMPDIR=${folder}`];
const clean = script('clean', `exec env -i ${environment.map(quote).join(' ')} ${quote(runner.answer)} "$@"`);

// Lint vets them.
const tests = spawn('go', ['test', '-vet=off', '-exec', quote(clean), ...packages], {
  detached: true, // a group of its own
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, GOOS: 'js', GOARCH: 'wasm' },
});
console.log(`GOOS=js GOARCH=wasm go test -exec wasmbrowsertest ${packages.join(' ')}`);
createInterface({ input: tests.stdout }).on('line', (line) => noise.test(line) || console.log(line));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
tests.on('error', (error) => fail(`go: ${error.message}`));
tests.on('close', (code) => {
  process.exitCode = code ?? 1;
});

// wasmbrowsertest leaves browsers running that it has told to end.
function endBrowsers() {
  try {
    process.kill(-tests.pid, 'SIGKILL');
  } catch {
    // None is left.
  }
}

function fail(reason) {
  console.error(`wasm tests: ${reason}`);
  process.exit(1);
}
