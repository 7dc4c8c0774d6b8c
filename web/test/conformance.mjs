// Writes docs/conformance.md from the names of the conformance tests, those of the page
// (Playwright) and those of REST and webhooks (Go):
//   node web/test/conformance.mjs           writes it
//   node web/test/conformance.mjs --check   fails when it is not what would be written
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './system.mjs';

const web = fileURLToPath(new URL('..', import.meta.url));
const specs = 'test/e2e/conformance';
const page = join(web, '..', 'docs', 'conformance.md');

const text = [
  '# Conformance',
  '',
  'Every row of the documented ICF interface has tests of its own, named after the row. Those of the page run in Chromium against the',
  'real server with `make test-web`, those of REST and webhooks against the real server with `make test-go`. This page is made from their',
  'names by `make docs`; `make lint` fails when it is out of date.',
  '',
  ...[...ofThePage(), ...ofTheServer()].flatMap(({ file, title, rows }) => [
    `## ${title}`,
    '',
    `Tests: [\`${basename(file)}\`](../${file})`,
    '',
    '| row | what the tests show |',
    '|---|---|',
    ...[...rows].map(([row, shown]) => `| \`${row}\` | ${shown.join('; ')} |`),
    '',
  ]),
].join('\n');

if (!process.argv.includes('--check')) {
  writeFileSync(page, text);
} else if (!existsSync(page) || readFileSync(page, 'utf8') !== text) {
  fail("docs/conformance.md is not what the tests' names say; run `make docs`");
}

// The tests as Playwright lists them, so that those which a loop makes are there too.
function ofThePage() {
  // No browser starts for a list, so none is looked for.
  process.env.PARLEY_TEST_CHROMIUM ||= 'none';
  const { ok, answer, output } = run('npx', ['playwright', 'test', '--project=chromium', '--list', '--reporter=json', specs], { cwd: web });
  if (!ok) fail(`Playwright cannot list the tests: ${output}`);
  return JSON.parse(answer).suites.map(({ file, specs }) => ({
    file: `web/${file}`,
    title: heading(join(web, file)),
    rows: rowsOf(
      file,
      specs.map(({ title }) => title),
    ),
  }));
}

// The subtests of the Go tests that are named TestConformance..., as their source has them: Go
// lists no subtests. The comment of such a test names its table.
function ofTheServer() {
  return readdirSync(join(web, '..', 'server'))
    .filter((name) => /^conformance_.+_test\.go$/.test(name))
    .sort()
    .flatMap((name) => {
      const file = `server/${name}`;
      const parts = readFileSync(join(web, '..', file), 'utf8').split(/^\/\/ (.+)\nfunc TestConformance/m);
      if (parts.length === 1) fail(`${file} has no test whose name begins with TestConformance`);
      const tables = [];
      for (let i = 1; i < parts.length; i += 2) {
        const titles = [...parts[i + 1].matchAll(/\bt\.Run\((?:"([^"\\]+)"|[^,]*),/g)].map(
          ([call, title]) => title ?? fail(`${file}: ${call} must be given a name in quotes`),
        );
        tables.push({ file, title: parts[i].replace(/\.$/, ''), rows: rowsOf(file, titles) });
      }
      return tables;
    });
}

// What the tests of a file show, by row.
function rowsOf(file, titles) {
  const rows = new Map();
  for (const title of titles) {
    const [, row, shown] =
      /^([a-z](?:\.\d+)? .+?): (.+)$/.exec(title) ??
      fail(`${file}: "${title}" does not begin with a row of the interface, such as "a.2 close: "`);
    rows.set(row, [...(rows.get(row) ?? []), shown.replaceAll('|', '\\|')]);
  }
  return rows;
}

// The first line of a spec says which table of the interface it holds.
function heading(file) {
  const [, title] = /^\/\/ (.+?)\.?\n/.exec(readFileSync(file, 'utf8')) ?? fail(`${file} must begin with a comment that names its table`);
  return title;
}

function fail(reason) {
  console.error(`conformance: ${reason}`);
  process.exit(1);
}
