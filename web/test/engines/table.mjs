// Writes the table of docs/browsers.md from the JSON results of the end-to-end tests in web/runs: chromium*.json,
// firefox*.json, webkit*.json; of a test that is in several files the latest counts. An engine without results keeps
// the column that the page has. `--print` only prints the sums.
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
  return [`${passed}`, failed && `**${failed} failed**`, lacks && `${lacks} n/a`].filter(Boolean).join(', ');
}

function table() {
  const specs = [
    ...new Set(engines.flatMap((engine) => [...results[engine].values()].map(({ spec }) => spec).concat([...before[engine].keys()]))),
  ];
  const rows = specs.filter((spec) => spec !== 'all').sort();
  const cell = (engine, spec) => {
    const tests = [...results[engine].values()].filter((test) => spec === 'all' || test.spec === spec);
    return tests.length ? words(sum(tests)) : (before[engine].get(spec) ?? '');
  };
  return [
    '| spec | Chromium | Firefox | WebKitGTK |',
    '|---|---|---|---|',
    ...[...rows, 'all'].map((spec) => `| ${spec} | ${engines.map((engine) => cell(engine, spec)).join(' | ')} |`),
  ];
}

// Why tests are not applicable, each reason once for an engine.
function reasons() {
  return engines.flatMap((engine) => {
    const lacking = [...results[engine].values()].filter(({ outcome }) => outcome === 'lacks');
    if (!results[engine].size) return previousReasons(engine);
    const by = Map.groupBy ? Map.groupBy(lacking, ({ reason }) => reason) : grouped(lacking);
    return [...by].map(
      ([reason, tests]) => `- ${engine}, not applicable: ${reason}: ${tests.map(({ spec, title }) => `${spec} (${title})`).join('; ')}`,
    );
  });
}

function grouped(tests) {
  const by = new Map();
  for (const test of tests) by.set(test.reason, [...(by.get(test.reason) ?? []), test]);
  return by;
}

function previousReasons(engine) {
  return text.split('\n').filter((line) => line.startsWith(`- ${engine}, not applicable: `));
}

function column(i) {
  const lines = text
    .slice(text.indexOf(begin), text.indexOf(end))
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1);
  return new Map(lines.map((line) => line.split('|').map((cell) => cell.trim())).map((cells) => [cells[1], cells[2 + i]]));
}
