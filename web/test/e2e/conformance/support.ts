// What the conformance specs share: a visitor's page with a chat and an agent in it.
// Each test of these specs is named after a row of the documented interface: its
// table, the name, and what the row says.
import type { Page } from '@playwright/test';
import { test as base, expect, type Talk } from '../support/fixtures.ts';
import { enter, openChat } from '../support/sdk.ts';

export * from '../support/sdk.ts';
export { expect };

interface Fixtures {
  /** A page whose visitor is logged in and has opened a chat, as window.chat. */
  opened: { page: Page; me: string; token: string; chatId: string };
  /** The same, with an agent in the chat. */
  talk: Talk;
  /** What the app's own server may ask, with its secret. */
  rest: (method: string, path: string, body?: object) => Promise<any>;
}

export const test = base.extend<Fixtures>({
  opened: async ({ sdk }, use) => {
    const page = await sdk();
    const { id, token } = await enter(page);
    await use({ page, me: id, token, chatId: await openChat(page) });
  },

  talk: async ({ attendedPage }, use) => use(await attendedPage()),

  rest: async ({ server }, use) =>
    use(async (method, path, body) => {
      const answer = await fetch(`${server.url}/v1${path}`, {
        method,
        headers: { 'x-hyper-appId': 'demo', 'x-hyper-secret': 'demo-secret', 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
      });
      const json: any = await answer.json();
      if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(json)}`);
      return json;
    }),
});

/** A picture of one pixel, whose type is what it says. */
export const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Source of an expression that makes a File of the given base64 content. */
export const fileOf = (base64: string, name: string, type: string) =>
  `new File([Uint8Array.from(atob("${base64}"), (c) => c.charCodeAt(0))], "${name}", { type: "${type}" })`;

export const wait = (page: Page, condition: string) => page.waitForFunction(condition);
