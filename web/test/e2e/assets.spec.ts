// How the files that pages load are served: types, compression, caching, policy.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from './support/fixtures.ts';
import { decoded, get } from './support/http.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const wasm = readdirSync(dist).find((name) => /^parley\.\w+\.wasm$/.test(name)) ?? 'missing';
const engine = readdirSync(dist).find((name) => /^engine\.\w+\.js$/.test(name)) ?? 'missing';
const scripts = ['/icf.sdk.js', '/sdk/1/icf.sdk.js', '/sdk/1.0/icf.sdk.js', '/sdk/1.0.0/icf.sdk.js'];
const year = 31_536_000;

for (const path of scripts) {
  test(`${path} is the SDK`, async ({ server }) => {
    const answer = await get(server.url + path);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^text\/javascript(; charset=utf-8)?$/);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.body.toString()).toContain('ICF');
    expect(answer.body).toEqual((await get(`${server.url}/icf.sdk.js`)).body);
  });
}

for (const path of ['/parley', '/sdk/1/parley', '/sdk/1.0/parley', '/sdk/1.0.0/parley']) {
  test(`${path}.<hash>.wasm is the core, beside the script`, async ({ server }) => {
    const answer = await get(server.url + path.replace('parley', wasm));
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/wasm');
    // The page that fetches it is a customer's, on an origin of its own.
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.body.subarray(0, 4).toString('latin1')).toBe('\0asm');
  });
}

for (const file of ['icf.sdk.js', engine, wasm]) {
  test(`${file.replace(/\.\w{16}\./, '.<hash>.')} comes compressed to who can read it`, async ({ server }) => {
    const url = `${server.url}/sdk/1/${file}`;
    const plain = await get(url, { 'accept-encoding': 'identity' });
    expect(plain.headers['content-encoding']).toBeUndefined();
    for (const [accept, encoding] of [
      ['br', 'br'],
      ['gzip', 'gzip'],
      ['gzip, deflate, br, zstd', 'br'],
      ['br;q=0, gzip', 'gzip'],
    ] as const) {
      const answer = await get(url, { 'accept-encoding': accept });
      expect(answer.headers['content-encoding'], `for ${accept}`).toBe(encoding);
      expect(answer.headers.vary).toMatch(/accept-encoding/i);
      expect(answer.body.length).toBeLessThan(plain.body.length);
      expect(decoded(answer).equals(plain.body), `${encoding} decodes to the file`).toBe(true);
    }
  });
}

test('what has a hash in its name is kept for a year, and nothing else is', async ({ server }) => {
  const kept = [`/sdk/1/${wasm}`, `/sdk/1/${engine}`];
  for (const page of ['/console/', '/survey/', '/demo/']) {
    const answer = await get(server.url + page);
    expect(answer.headers['cache-control']).toBe('no-cache');
    for (const [, name] of answer.body.toString().matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)) {
      if (name && !name.includes('/sdk/')) kept.push(new URL(name, server.url + page).pathname);
    }
  }
  expect(kept).toHaveLength(8);
  kept.push('/sdk/1.0.0/icf.sdk.js'); // what a full version holds is hashed by pages, so it stays as it is
  for (const path of kept) {
    const { status, headers } = await get(server.url + path);
    expect(status, path).toBe(200);
    expect(headers['cache-control'], path).toMatch(new RegExp(`\\bmax-age=${year}\\b.*\\bimmutable\\b`));
  }
  for (const path of scripts.slice(0, -1)) {
    const { headers } = await get(server.url + path);
    const age = Number(/max-age=(\d+)/.exec(headers['cache-control'] ?? '')?.[1] ?? 0);
    expect(age, path).toBeLessThanOrEqual(3600);
  }
});

test('a script that did not change is not sent again', async ({ server }) => {
  const url = `${server.url}/sdk/1/icf.sdk.js`;
  const first = await get(url, { 'accept-encoding': 'br' });
  expect(first.headers.etag).toBeTruthy();
  const second = await get(url, { 'accept-encoding': 'br', 'if-none-match': first.headers.etag! });
  expect(second.status).toBe(304);
  expect(second.body).toHaveLength(0);
});

for (const path of ['/console/', '/demo/']) {
  test(`${path} allows no inline script or style, and no other origin`, async ({ server }) => {
    const { status, headers, body } = await get(server.url + path);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    const policy = new Map(
      (headers['content-security-policy'] as string).split(';').map((rule) => {
        const [name, ...values] = rule.trim().split(/\s+/);
        return [name, values.join(' ')];
      }),
    );
    expect(Object.fromEntries(policy)).toMatchObject({
      'default-src': "'none'",
      'script-src': "'self' 'wasm-unsafe-eval'",
      'style-src': "'self'",
      'connect-src': "'self'",
      'frame-ancestors': "'none'",
    });
    expect(body.toString()).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/i);
  });
}

test('a folder without its slash leads to the page', async ({ server }) => {
  for (const path of ['/console', '/demo', '/survey', '/sdk']) {
    const { status, headers } = await get(server.url + path);
    expect([301, 302, 307, 308]).toContain(status);
    expect(new URL(headers.location ?? '', server.url).pathname).toBe(`${path}/`);
  }
});

test('what does not exist, or is not for pages, is not found', async ({ server }) => {
  for (const path of ['/sdk/2/icf.sdk.js', '/sdk/1/nothing.js', '/icf.sdk.js.br', '/.gitkeep', '/console/..%2f..%2fgo.mod', '/sdk/1/']) {
    expect((await get(server.url + path)).status, path).toBe(404);
  }
});
