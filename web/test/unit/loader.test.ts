import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { newGo } from '../../src/engine/go';
import { Loader } from '../../src/sdk/loader';

const emptyModule = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const wasm = (type: string) => new Response(emptyModule, { headers: { 'content-type': type } });

// Answers fetches one after the other, and records them.
function serve(...answers: (Response | Error)[]) {
  const asked: [string, RequestInit & { bounded: boolean }][] = [];
  Object.assign(globalThis, {
    fetch: async (url: string, { signal, ...rest }: RequestInit) => {
      asked.push([url, { ...rest, bounded: signal instanceof AbortSignal }]);
      const answer = answers.shift()!;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return asked;
}

const integrity = `sha384-${createHash('sha384').update(emptyModule).digest('base64')}`;
const built = { name: 'parley.1.wasm', integrity };
const newLoader = (address = 'http://chat.example/sdk/1/icf.sdk.js') => new Loader(address, '', built, built);

test('the core stands beside the script and is fetched once', async () => {
  const asked = serve(wasm('application/wasm'));
  const loader = newLoader();
  const [first, second] = await Promise.all([loader.compiled(), loader.compiled()]);
  assert.equal(first, second);
  assert.equal(await loader.compiled(), first);
  assert.deepEqual(asked, [['http://chat.example/sdk/1/parley.1.wasm', { integrity: '', bounded: true }]]);
});

test('what is compiled is what the hash is of', async () => {
  const other = new Uint8Array([...emptyModule, 0, 2, 1, 65]); // with a section of its own
  const answer = () => new Response(other, { headers: { 'content-type': 'application/wasm' } });
  serve(answer(), answer(), answer());
  await assert.rejects(newLoader().compiled(), { code: 502, message: /its hash differs/ });
});

test('where the page cannot take a hash, the browser does', async (t) => {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'crypto')!;
  t.after(() => Object.defineProperty(globalThis, 'crypto', own));
  Object.defineProperty(globalThis, 'crypto', { value: {}, configurable: true });
  const asked = serve(wasm('application/wasm'));
  await newLoader().compiled();
  assert.equal(asked[0]![1].integrity, integrity);
});

test('each failure says what came, and the next try starts over', async () => {
  const failed = new TypeError('Failed to fetch');
  const asked = serve(
    failed,
    failed,
    failed,
    failed,
    failed,
    new Response(null),
    failed,
    new Response(null, { status: 404 }),
    failed,
    new Response(null),
    failed,
    new Response('<p>Hello', { headers: { 'content-type': 'text/html' } }),
    new Response(null, { headers: { 'content-type': 'text/html' } }),
    new Response('<p>Hello', { headers: { 'content-type': 'text/html' } }),
    wasm('application/octet-stream'),
  );
  const loader = newLoader();
  await assert.rejects(loader.compiled(), { code: 503, message: /parley\.1\.wasm: Failed to fetch \(network, / });
  await assert.rejects(loader.compiled(), { code: 503, message: /parley\.1\.wasm: it is there, but without CORS headers/ });
  await assert.rejects(loader.compiled(), { code: 503, message: /answered 404/ });
  await assert.rejects(loader.compiled(), { code: 502, message: /parley\.1\.wasm is not this script's chat core .*: its hash differs/ });
  await assert.rejects(loader.compiled(), { code: 502, message: /its hash differs/ });
  await loader.compiled();
  assert.equal(asked.length, 15, 'a server that does not know the type will do');
});

test('a copy that the browser keeps and that cannot be used is replaced', async () => {
  const asked = serve(new TypeError('Failed to fetch'), new Response(emptyModule), wasm('application/wasm'));
  await newLoader().compiled();
  assert.deepEqual(
    asked.map(([, { cache = 'default' }]) => cache),
    ['default', 'reload', 'default'],
  );
});

test('a script without an address cannot find its core', async () => {
  await assert.rejects(newLoader('about:blank').compiled(), { code: 503, message: /parley\.1\.wasm/ });
});

test('the Go runtime leaves the global object alone', () => {
  const before = Object.getOwnPropertyNames(globalThis);
  const go = newGo({ parley: {} });
  assert.ok('gojs' in go.importObject);
  assert.deepEqual(Object.getOwnPropertyNames(globalThis), before);
});
