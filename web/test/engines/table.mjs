// Writes the table of docs/browsers.md from the JSON results of the end-to-end tests in web/runs: chromium*.json,
// firefox*.json, webkit*.json; of a test that is in several files the latest counts. A spec that an engine did not run
// keeps what the page has of it. `--print` only prints the sums.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const engines = ['chromium', 'firefox', 'webkit'];
const runs = fileURLToPath(new URL('../../runs/', import.meta.url));
const page = fileURLToPath(new URL('../../../docs/browsers.md', import.meta.url));
const [begin, end] = ['<!-- table: written by `make test-firefox` and `make test-webkit` -->', '<!-- end of the table -->'];

const text = readFileSync(page, 'utf8');
const results = Object.fromEntries(engines.map((engine) => [engine, read(engine)]));
const before = Object.fromEntries(engines.map((engine, i) => [engine, column(i)]));
for (const engine of engines) if (results[engine].size) console.log(`${engine}: ${words(sum([...results[engine].values()]))}`);
if (!process.argv.includes('--print')) {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < 0) throw new Error(`docs/browsers.md has no place for the table, from ${begin} to ${end}`);
  writeFileSync(page, text.slice(0, from) + [begin, '', ...table(), '', ...reasons(), end].join('\n') + text.slice(to + end.length));
}

// The tests of an engine, by spec and title.
function read(engine) {
  const tests = new Map();
  const files = existsSync(runs) ? readdirSync(runs).filter((name) => name.startsWith(engine) && name.endsWith('.json')) : [];
  const paths = files.map((name) => runs + name).sort((one, other) => statSync(one).mtimeMs - statSync(other).mtimeMs);
  for (const path of paths) for (const suite of JSON.parse(readFileSync(path, 'utf8')).suites) collect(suite, [], tests);
  return tests;
}

function collect({ specs = [], suites = [], file }, titles, tests) {
  for (const { title, tests: runs } of specs) {
    const [{ status, annotations }] = runs;
    const spec = file.replace(/^.*e2e\//, '').replace(/\.spec\.ts$/, '');
    const reason = annotations.find(({ type }) => type === 'skip')?.description;
    if (status === 'skipped' && !reason) continue; // the run ended before it
    const outcome = status === 'skipped' ? 'lacks' : status === 'expected' || status === 'flaky' ? 'passed' : 'failed';
    tests.set(`${spec} ${[...titles, title].join(' ')}`, { spec, title: [...titles, title].join(': '), outcome, reason });
  }
  for (const suite of suites) collect({ ...suite, file: suite.file ?? file }, suite.line ? [...titles, suite.title] : titles, tests);
}

function sum(tests) {
  const counts = { passed: 0, failed: 0, lacks: 0 };
  for (const { outcome } of tests) counts[outcome]++;
  return counts;
}

function words({ passed, failed, lacks }) {
  if (!(passed + failed + lacks)) return '';
  return [`${passed}`, failed && `**${failed} failed**`, lacks && `${lacks} n/a`].filter(Boolean).join(', ');
}

function table() {
  const specs = engines.flatMap((engine) => [...[...results[engine].values()].map(({ spec }) => spec), ...before[engine].keys()]);
  const rows = [...new Set(specs)].filter((spec) => spec !== 'all').sort();
  const cells = (spec) => engines.map((engine) => (ran(engine, spec) ? sum(testsOf(engine, spec)) : counted(before[engine].get(spec))));
  const counts = rows.map(cells);
  const all = engines.map((_, i) => counts.map((row) => row[i]).reduce(added));
  return [
    '| spec | Chromium | Firefox | WebKitGTK |',
    '|---|---|---|---|',
    ...[...rows, 'all'].map((spec, i) => `| ${spec} | ${(counts[i] ?? all).map(words).join(' | ')} |`),
  ];
}

function testsOf(engine, spec) {
  return [...results[engine].values()].filter((test) => test.spec === spec);
}

function ran(engine, spec) {
  return testsOf(engine, spec).length > 0;
}

function added(one, other) {
  return Object.fromEntries(Object.keys(one).map((key) => [key, one[key] + other[key]]));
}

// The numbers of a cell that `words` wrote.
function counted(cell = '') {
  const number = (pattern) => Number(cell.match(pattern)?.[1] ?? 0);
  return { passed: number(/^(\d+)/), failed: number(/(\d+) failed/), lacks: number(/(\d+) n\/a/) };
}

// Why tests are not applicable, each reason once for an engine, with the specs and how many tests of each.
function reasons() {
  return engines.flatMap((engine) => {
    const by = previousReasons(engine);
    for (const { spec, reason, outcome } of results[engine].values()) {
      if (outcome !== 'lacks') continue;
      const specs = by.get(reason) ?? new Map();
      by.set(reason, specs.set(spec, (specs.get(spec) ?? 0) + 1));
    }
    const list = (specs) => [...specs].map(([spec, count]) => (count > 1 ? `${spec} (${count})` : spec)).join(', ');
    return [...by].filter(([, specs]) => specs.size).map(([reason, specs]) => `- ${engine}, not applicable: ${reason}: ${list(specs)}`);
  });
}

// What the page has, but for the specs that have run since.
function previousReasons(engine) {
  const start = `- ${engine}, not applicable: `;
  const by = new Map();
  for (const line of text.split('\n').filter((line) => line.startsWith(start))) {
    const [, reason, list] = line.slice(start.length).match(/^(.*): (.*)$/);
    const specs = list.split(', ').map((one) => one.match(/^(\S+)(?: \((\d+)\))?$/));
    by.set(reason, new Map(specs.filter(([, spec]) => !ran(engine, spec)).map(([, spec, count = '1']) => [spec, Number(count)])));
  }
  return by;
}

function column(i) {
  const lines = text
    .slice(text.indexOf(begin), text.indexOf(end))
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1);
  return new Map(lines.map((line) => line.split('|').map((cell) => cell.trim())).map((cells) => [cells[1], cells[2 + i]]));
}
