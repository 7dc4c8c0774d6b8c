// What the entries of the package give, and what goes wrong around them, each with one clear error.
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import esbuild from 'esbuild';
import { expect, test } from '../e2e/support/fixtures.ts';
import { outcome } from '../e2e/support/sdk.ts';
import { Project, pack } from './project.ts';

const run = promisify(execFile);
const quick = { tag: '@quick' };
const noise = /status of 404|Failed to find a valid digest|SRI's integrity checks failed/;

let project: Project;
let site: string;
test.beforeAll(async () => {
  const packed = await pack();
  project = await Project.make({ name: 'bare', packages: {}, files: ['bare'], folder: '.' }, packed.tarball, '');
  await packed.remove();
  site = await project.production();
});
test.afterAll(() => project.remove());

const dist = (...names: string[]) => join(project.folder, 'node_modules', 'parley-chat', 'dist', ...names);
const core = async () => (await readdir(dist())).find((name) => name.endsWith('.wasm'))!;
const imported = (expression: string) => `import('parley-chat').then((parley) => ${expression})`;
const begun = (server: string, more = '') =>
  imported(`parley.init({ appId: 'demo', server: '${server}' ${more}}).then(() => parley.ICF.isInit)`);

test('an import has no global; parley-chat/icf sets it, to the same object', quick, async ({ page }) => {
  await page.goto(site);
  expect(await outcome(page, imported("['ICF' in window, parley.ICF.Lobby === parley.Lobby]"))).toEqual({ value: [false, true] });
  await page.evaluate('window.icfAsyncInit = () => { window.called = true; }');
  const icf = `import('./node_modules/parley-chat/dist/esm/icf.js')`;
  expect(await outcome(page, imported(`${icf}.then(() => [window.ICF === parley.ICF, window.called])`))).toEqual({ value: [true, true] });
});

test('options of the wrong type are refused by name', quick, async ({ page, server }) => {
  await page.goto(site);
  for (const [options, says] of [
    ['undefined', /options/],
    ['{}', /options\.appId/],
    ["{ appId: 'demo' }", /options\.server is needed/],
    [`{ appId: 'demo', server: 5 }`, /options\.server/],
    [`{ appId: 'demo', server: '${server.url}', baseURL: 5 }`, /options\.baseURL/],
    [`{ appId: 'demo', server: '${server.url}', baseURL: 'http://[' }`, /options\.baseURL must be a URL, got 'http:\/\/\['/],
  ] as const) {
    const refused = { code: 400, isError: true, message: expect.stringMatching(says) };
    expect(await outcome(page, imported(`parley.init(${options})`)), options).toMatchObject(refused);
  }
  expect(await outcome(page, imported("parley.Parley.preload({ baseURL: 5, server: 'x' })"))).toMatchObject({ code: 400 });
});

test('the core is found in the folder of baseURL', quick, async ({ page, server }) => {
  await mkdir(join(project.folder, 'assets'));
  await rename(dist(await core()), join(project.folder, 'assets', await core()));
  try {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(site);
    expect(await outcome(page, begun(server.url, ", baseURL: 'assets' "))).toEqual({ value: true });
    expect(asked.filter((path) => path.endsWith('.wasm'))).toEqual([expect.stringMatching(/^\/assets\/parley\.\w+\.wasm$/)]);
  } finally {
    const [name] = await readdir(join(project.folder, 'assets'));
    await rename(join(project.folder, 'assets', name!), dist(name!));
  }
});

test('a core that the bundler dropped, and HTML in its place: the chat server has it', quick, async ({ page, server, guard }) => {
  guard.allow(noise);
  await page.route(`${site}**/*.wasm`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
  await page.goto(site);
  expect(await outcome(page, begun(server.url))).toEqual({ value: true });
});

test(
  'where the server has it neither, one error names both addresses, what each gave, and what to do',
  quick,
  async ({ page, server, guard }) => {
    guard.allow(noise);
    await page.route(`${site}**/*.wasm`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
    await page.route(`${server.url}/**/*.wasm`, (route) => route.fulfill({ status: 404, headers: { 'access-control-allow-origin': '*' } }));
    await page.goto(site);
    const name = await core();
    const failed = await outcome(page, begun(server.url));
    expect(failed).toMatchObject({ code: 502, isError: true });
    const { message } = failed as { message: string };
    expect(message).toContain(`${site}node_modules/parley-chat/dist/${name} is not this script's chat core`);
    expect(message).toContain('(text/html)');
    expect(message).toContain(`${server.url}/sdk/1.0.0/${name} answered 404`);
    expect(message).toContain('options.baseURL');
    await page.unroute(`${site}**/*.wasm`);
    expect(await outcome(page, begun(server.url)), 'the next try starts over').toEqual({ value: true });
  },
);

test('an old engine that a cache has kept is refused beside a new core', quick, async ({ page, server }) => {
  await page.route(/engine\.\w+\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace(/sha384-[\w+/=]+/g, 'sha384-old') });
  });
  await page.goto(site);
  expect(await outcome(page, begun(server.url))).toMatchObject({
    code: 502,
    message: expect.stringMatching(/engine of the chat core is of another build .* a cache has kept an old file/),
  });
});

test('an engine that is not there is a clear error', quick, async ({ page, server, guard }) => {
  guard.allow(noise);
  await page.route(/engine\.\w+\.js$/, (route) => route.fulfill({ status: 404 }));
  await page.goto(site);
  expect(await outcome(page, begun(server.url))).toMatchObject({
    code: 503,
    message: expect.stringMatching(/its engine.*engine\.\w+\.js/),
  });
});

test('two versions in one page share the core of the first, and say so once', quick, async ({ page, server }) => {
  const warnings: string[] = [];
  page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text()));
  const script = (await readFile(dist('icf.sdk.js'), 'utf8')).replaceAll('1.0.0', '9.8.7');
  await page.route('**/other.js', (route) => route.fulfill({ contentType: 'text/javascript', body: script }));
  const other = () => page.addScriptTag({ url: `${site}other.js` });

  await page.goto(site);
  await other();
  expect(await outcome(page, imported('[ICF === parley.ICF, parley.Parley.version]'))).toEqual({ value: [true, '9.8.7'] });
  expect(warnings).toEqual(['Parley 9.8.7 is already on this page; 1.0.0 is not used']);

  warnings.length = 0;
  await page.goto(site);
  expect(await outcome(page, begun(server.url))).toEqual({ value: true });
  await other();
  expect(await outcome(page, imported('[ICF === parley.ICF, ICF.isInit]'))).toEqual({ value: [true, true] });
  expect(warnings).toEqual(['Parley 1.0.0 is already on this page; 9.8.7 is not used']);
});

test('in a Worker init says that there is no page', quick, async ({ page }) => {
  await page.goto(site);
  const code = `import { init } from '${site}node_modules/parley-chat/dist/esm/index.js';
    init({ appId: 'demo' }).catch(({ code, message }) => postMessage([code, message]));`;
  const said = page.evaluate(
    (code) =>
      new Promise((resolve) => {
        const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
        new Worker(url, { type: 'module' }).onmessage = ({ data }) => resolve(data);
      }),
    code,
  );
  expect(await said).toEqual([500, expect.stringMatching(/^ICF\.init needs a page, and this is a Worker/)]);
});

test('Node imports and requires it, and init says that there is no page', quick, async () => {
  const check = `const before = Object.getOwnPropertySymbols(globalThis).length + Object.getOwnPropertyNames(globalThis).length;
    const { init, Lobby, ICF } = await import('parley-chat');
    await import('parley-chat/icf');
    const after = Object.getOwnPropertySymbols(globalThis).length + Object.getOwnPropertyNames(globalThis).length;
    Lobby.on('system:info', () => {});
    const said = [after - before, Lobby.logged, ICF.Parley.pending().length];
    await init({ appId: 'demo' }).catch(({ code, message }) => said.push(code, message));
    console.log(JSON.stringify(said));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', check], { cwd: project.folder });
  expect(JSON.parse(stdout)).toEqual([0, false, 0, 500, expect.stringMatching(/^ICF\.init needs a page, and this is a server/)]);
});

test('types come without the global, which parley-chat/icf declares', quick, async () => {
  const tsc = join(process.cwd(), 'node_modules', '.bin', 'tsc');
  const check = async (code: string, ...more: string[]) => {
    const file = join(project.folder, 'check.mts');
    await writeFile(file, code);
    const flags = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom', '--types', '', ...more];
    return run(tsc, [...flags, 'check.mts'], { cwd: project.folder }).then(
      () => '',
      ({ stdout }) => stdout,
    );
  };
  const named = `import type { Chat as OneChat } from 'parley-chat';
    import { Chat, init, Lobby } from 'parley-chat';
    export const begin = async (): Promise<OneChat> => {
      await init({ appId: 'demo', server: 'https://chat.example' });
      Lobby.on('system:info', ({ chatId }) => chatId.length);
      return Chat.init({ room: '1' });
    };`;
  for (const module of [
    ['--module', 'nodenext'],
    ['--module', 'esnext', '--moduleResolution', 'bundler'],
  ]) {
    expect(await check(named, ...module)).toBe('');
    expect(await check(`${named} ICF.isInit;`, ...module)).toMatch(/Cannot find name 'ICF'/);
    expect(await check(`import 'parley-chat/icf'; ICF.isInit; window.ICF.init({ appId: 'demo' });`, ...module)).toBe('');
  }
});

test('what is imported for its types, or not used, brings nothing of the core into a page', quick, async () => {
  const bundled = async (code: string) => {
    const { outputFiles } = await esbuild.build({
      stdin: { contents: code, resolveDir: project.folder, loader: 'ts' },
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
    });
    return outputFiles[0]!.text;
  };
  expect(await bundled("import type { Chat } from 'parley-chat'; export type One = Chat;")).toBe('');
  expect(await bundled("import { type Chat, init } from 'parley-chat'; export type One = Chat;")).toBe('');
  const core = 'call ICF.init first';
  expect(await bundled("import { init } from 'parley-chat'; init({ appId: 'demo' });")).toContain(core);
  const testkit = await bundled("import * as testkit from 'parley-chat/testkit'; console.log(testkit);");
  expect(testkit.length).toBeGreaterThan(10_000);
  expect(testkit).not.toContain(core);
});

test(
  'the tarball has one copy of the core, a licence, the notices of others, and nothing that is compressed or ours alone',
  quick,
  async () => {
    const files = (await readdir(join(project.folder, 'node_modules', 'parley-chat'), { recursive: true })).sort();
    expect(files.filter((name) => name.endsWith('.wasm'))).toHaveLength(1);
    expect(files).toContain('LICENSE');
    for (const name of ['github.com/hack-pad/safejs', 'dompurify', 'lit-html'])
      expect(await readFile(dist('NOTICES.txt'), 'utf8')).toMatch(new RegExp(`^${name} [\\w.]+: `, 'm'));
    expect(files.filter((name) => /\.(br|gz|go|mjs|ts)$/.test(name) && !name.endsWith('.d.ts'))).toEqual([]);
    await rm(join(project.folder, 'check.mts'), { force: true });
  },
);
