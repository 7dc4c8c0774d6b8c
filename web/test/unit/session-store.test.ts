import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { SessionStore } from '../../src/engine/session-store';
import type { CoreOptions } from '../../src/shared/contract';
import { coreOptions as options } from './core-options';
import { newPage } from './page';

const session = { appId: 'demo', id: 'ö', token: 'one' };

let cookies: Map<string, string>;
let set: string[];
let problems: string[];
let page: ReturnType<typeof newPage>;

const store = (more: Partial<CoreOptions> = {}) => new SessionStore({ ...options, ...more }, (message) => problems.push(message));

// A browser's cookies of this host, and those attributes that it has taken.
function keepCookies(takes: (attributes: string) => boolean = () => true): void {
  Object.defineProperty(page.document, 'cookie', {
    configurable: true,
    get: () => [...cookies].map((pair) => pair.join('=')).join('; '),
    set(text: string) {
      set.push(text);
      const [, name, value, attributes] = /^([^=]+)=([^;]*)(.*)/.exec(text)!;
      if (/Max-Age=0/.test(attributes!)) cookies.delete(name!);
      else if (takes(attributes!)) cookies.set(name!, value!);
    },
  });
}

beforeEach(() => {
  page = newPage();
  cookies = new Map([['other', '1']]);
  set = [];
  problems = [];
  keepCookies();
});

test('a session is kept in the documented cookie, and deleted', () => {
  assert.equal(store().load(), null);
  store().save(session);
  assert.deepEqual(set, [`i.cc=${encodeURIComponent(JSON.stringify(session))}; Path=/; SameSite=Lax`]);
  assert.deepEqual(store().load(), session);
  store().clear(session);
  assert.equal(store().load(), null);
});

test('on a page by https the cookie is for https alone, and for the whole domain where the page wants that', () => {
  page.location.protocol = 'https:';
  page.location.hostname = 'www.shop.example';
  keepCookies((attributes) => !/Domain=example/.test(attributes));
  store({ cookieOnDomain: true }).save(session);
  assert.match(set.at(-1)!, /; Path=\/; SameSite=Lax; Domain=shop\.example; Secure$/);
});

test('the session of a later page stays', () => {
  store().save({ ...session, token: 'two' });
  store().clear(session);
  assert.equal(store().load()?.token, 'two');
});

test('text that is no session is an empty one', () => {
  for (const text of ['%', 'x', '{"appId":1,"id":"a","token":"t"}', '%7B%22id%22%3A%22a%22%7D', 'null', '[]']) {
    cookies.set('i.cc', text);
    assert.deepEqual(store().load(), { appId: '', id: '', token: '' }, text);
  }
});

test('in a frame of another site the cookie is one that the browser keeps apart', () => {
  keepCookies((attributes) => attributes.includes('Partitioned'));
  store().save(session);
  assert.deepEqual(store().load(), session);
  assert.deepEqual(problems, []);
});

test('a browser that keeps no cookies is told once; one that throws too', () => {
  keepCookies(() => false);
  const blocked = store();
  blocked.save(session);
  blocked.save(session);
  assert.deepEqual(problems, ['the session cannot be stored for the next page: the browser blocks cookies on this page']);
  Object.defineProperty(page.document, 'cookie', {
    get() {
      throw new Error('sandboxed');
    },
    set() {
      throw new Error('sandboxed');
    },
  });
  const sandboxed = store();
  assert.equal(sandboxed.load(), null);
  sandboxed.save(session);
  assert.equal(problems.at(-1), 'the session cannot be stored for the next page: sandboxed');
});

test('a session of the tab is in its sessionStorage, and one of the page nowhere', () => {
  const kept = new Map<string, string>();
  const sessionStorage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
    removeItem: (key: string) => void kept.delete(key),
  };
  Object.assign(globalThis, { sessionStorage });
  store({ session: 'tab' }).save(session);
  assert.deepEqual(store({ session: 'tab' }).load(), session);
  assert.deepEqual([...kept.keys(), ...set], ['parley.session']);
  store({ session: 'tab' }).clear(session);
  cookies.set('i.cc', encodeURIComponent(JSON.stringify(session)));
  store({ session: 'none' }).save(session);
  store({ session: 'none' }).clear(session);
  assert.deepEqual([kept.size, set.length, store({ session: 'none' }).load()], [0, 0, null]);
});
