import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { Tab } from '../../src/engine/tabs';
import { newPage, tasks } from './page';

// The requests for the page's lock, in their order; the test grants them and takes them away.
interface Request {
  grant(): Promise<void>;
  take(): void;
  released: boolean;
}
let page: ReturnType<typeof newPage>;
let requests: Request[];
let waits: boolean;
let tab: Tab;

beforeEach(() => {
  page = newPage();
  requests = [];
  waits = true;
  const request = (_name: string, _options: object, holder: () => Promise<void>) =>
    new Promise<void>((done, failed) => {
      const one: Request = {
        released: false,
        async grant() {
          void holder().then(() => {
            one.released = true;
            done();
          });
          await tasks();
        },
        take: () => failed(new DOMException('taken', 'AbortError')),
      };
      requests.push(one);
    });
  Object.defineProperty(globalThis, 'navigator', { value: { locks: { request } }, configurable: true });
  tab = new Tab(() => waits);
});

const move = async (name: 'pagehide' | 'pageshow', persisted: boolean) => {
  page.window.dispatchEvent(Object.assign(new Event(name), { persisted }));
  await tasks();
};
const taken = async (one: Request) => {
  one.take();
  await tasks();
};

test('a page that ends, from which WebKit takes the lock, does not ask for it again', async () => {
  await requests[0]!.grant();
  await move('pagehide', false);
  await taken(requests[0]!);
  assert.equal(requests.length, 1);
});

for (const late of [false, true])
  test(`a page with records that comes back asks again, once, for a lock that was taken ${late ? 'after' : 'before'} it is shown`, async () => {
    await requests[0]!.grant();
    await move('pagehide', true);
    if (!late) await taken(requests[0]!);
    await move('pageshow', true);
    if (late) await taken(requests[0]!);
    assert.equal(requests.length, 2);
    await requests[1]!.grant();
    tab.end();
    await tasks();
    assert.equal(requests[1]!.released, true);
  });

test('a page without records lets go of its lock when it is kept, and a late word of that changes nothing', async () => {
  waits = false;
  await move('pagehide', true);
  await move('pageshow', true);
  assert.equal(requests.length, 2);
  await requests[1]!.grant();
  await taken(requests[0]!);
  assert.equal(requests.length, 2);
  tab.end();
  await tasks();
  assert.equal(requests[1]!.released, true);
});
