import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { strip } from '../../build/strip.mjs';
import { symbols } from '../../build/symbols.mjs';

// Each build has other code: calls are there, or are inlined and have to be found in the tables.
const builds = { 'without inlining': ['-gcflags=all=-l'], 'with inlining': [] };

const folder = mkdtempSync(join(tmpdir(), 'parley-strip-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'traces.wasm');
const go = (...args: string[]) =>
  execFileSync('go', args, { encoding: 'utf8', env: { ...process.env, GOOS: 'js', GOARCH: 'wasm', GOEXPERIMENT: 'nogreenteagc' } });
const exec = join(go('env', 'GOROOT').trim(), 'lib', 'wasm', 'wasm_exec_node.js');

const run = (mode: string, ...flags: string[]) =>
  spawnSync(process.execPath, [...flags, exec, file, mode], { encoding: 'utf8', env: { GOTRACEBACK: 'system' } }).stderr;

for (const [build, flags] of Object.entries(builds)) {
  void describe(build, () => {
    let linked: Buffer;
    before(() => {
      go('build', '-trimpath', '-ldflags=-s -w', ...flags, '-o', file, './test/unit/testdata/traces');
      linked = readFileSync(file);
      writeFileSync(file, strip(linked));
    });
    // What traces are to name: function, file and line.
    const source = readFileSync('./test/unit/testdata/traces/main.go', 'utf8').split('\n');
    const at = (name: string, text: string) =>
      `main.${name}  parley/web/test/unit/testdata/traces/main.go:${source.findIndex((line) => line.includes(text)) + 1}`;
    const named = (trace: string) => trace.split('\n').flatMap((line) => line.match(/^ {4}(main\..*)$/)?.[1] ?? []);

    test('a program without names is valid, and does what it did', () => {
      assert.ok(WebAssembly.validate(readFileSync(file)));
      for (const gone of ['traces/main.go', 'main.inner', 'runtime.gcStart']) {
        assert.ok(linked.includes(gone));
        assert.ok(!readFileSync(file).includes(gone), gone);
      }
      const done = run('work', '--stack-size=8192');
      assert.match(done, /^deep 20000 kept 100 words 10\nrecovered value method \?\.\?\.\? called using nil \*\? pointer\n/);
      assert.match(done, /^fatal error: .* deadlock!$/m);
    });

    test('the trace of a panic has numbers, which become functions and lines again', () => {
      const trace = run('panic');
      assert.match(trace, /^panic: runtime error: invalid memory address or nil pointer dereference/);
      assert.match(trace, /\n\(.*\)\n\t\?:0 .* pc=0x[0-9a-f]+\n/, 'functions have no names');
      assert.deepEqual(named(trace), []);
      const found = symbols(linked)(trace);
      assert.deepEqual(named(found), [at('inner', '*p = 1'), at('outer', 'func outer'), at('main', 'outer(nil)')]);
      assert.match(found, /\n {4}runtime\.gopanic {2}runtime\/panic\.go:\d+\n/);
    });

    test('the trace of the JavaScript engine has indexes, which become functions again', () => {
      const trace = run('overflow');
      assert.match(trace, /RangeError: Maximum call stack size exceeded/);
      assert.match(trace, /wasm-function\[\d+\]/);
      assert.equal(named(symbols(linked)(trace))[0], `${at('deep', 'func deep')}, where it begins`);
    });

    test('numbers of another program are said to be that', () => {
      assert.match(symbols(linked)('at wasm-function[999999]'), /\n {4}no function of this core has the index 999999$/);
      assert.match(symbols(linked)('pc=0x10'), /\n {4}no function of this core is at 16$/);
    });
  });
}
