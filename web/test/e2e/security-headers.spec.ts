// docs/security-headers.md: each of its blocks is a page that chats, and does not without any single thing that the block adds.
import { readFileSync } from 'node:fs';
import type { Browser, Frame, Page } from '@playwright/test';
import { needs } from './support/engine.ts';
import { test as base, expect } from './support/fixtures.ts';
import { byTheWay } from './support/guard.ts';
import { partitioned } from './support/partitioned.ts';
import { type Answer, cases, type Lack, lacks, source } from './support/security-headers.ts';

type Result =
  | { absent: true }
  | { failed: string; code: number; errors: string[] }
  | { said: unknown[]; transport: string; errors: string[] };

// The cases' frames need a browser that gives them storage, as Firefox and WebKit do.
const test = base.extend<object, { peoples: Browser }>({
  peoples: [
    async ({ browser }, use, { project }) => {
      if (browser.browserType().name() !== 'chromium') return await use(browser);
      const peoples = await partitioned(project.use.launchOptions!);
      await use(peoples);
      await peoples.close();
    },
    { scope: 'worker' },
  ],
});

/** A chat in the page, as far as it comes. */
function chat(frame: Frame, options: object): Promise<Result> {
  return frame.evaluate(async (options) => {
    if (!('ICF' in window)) return { absent: true as const };
    const errors: string[] = [];
    const refused = new Promise<never>((_, reject) => {
      ICF.Parley.on('error', (error) => {
        errors.push(error.message);
        if (error.message.includes('policy lacks')) reject(error); // the chat may go on without it
      });
    });
    const begin = async () => {
      await ICF.init({ appId: 'demo', ...options });
      const { data } = await ICF.Api.request('/users', 'POST', { name: 'V' });
      await ICF.Lobby.init({ id: data.user.id, token: data.session.token });
      window.chat = await ICF.Chat.init({ room: '1', lang: 'en', source: '3' });
      await window.chat.sendMessage('Hello');
      return { said: window.chat.history.map(({ message }) => message), transport: ICF.Parley.connection.transport!, errors };
    };
    try {
      return await Promise.race([begin(), refused]);
    } catch (thrown: any) {
      return { failed: thrown.message, code: thrown.code, errors };
    }
  }, options);
}

const unstored = expect.stringMatching(/cannot be stored/);
const works = (mode: string) => ({
  said: ['Hello'],
  transport: 'websocket',
  errors: ['forgets', 'saves'].includes(mode) ? [unstored, unstored] : denied(mode) ? [unstored] : [],
});

// WebKit gives the frame of another site no cookie, also none of its own for each page around it (CHIPS).
const denied = (mode: string) => mode === 'keeps' && inWebKit();

/** What the page can do beside the chat. */
const further: Record<string, (page: Page, frame: Frame, server: string) => Promise<boolean>> = {
  keeps: async (page) => {
    await page.reload();
    return lastFrame(page).evaluate(async () => {
      await ICF.init({ appId: 'demo' });
      return ICF.Lobby.logged && Object.keys(ICF.Lobby.getUserChats()).length === 1;
    });
  },
  saves: async (page, frame) => {
    const saved = page.waitForEvent('download');
    const refused = page.waitForEvent('console', { predicate: (message) => message.text().includes('allow-downloads') });
    saved.catch(() => {});
    refused.catch(() => {});
    await frame.evaluate(() => ICF.Helper.downloadConversation(window.chat.id));
    // Firefox tells nobody that it refused one. So a later one, which the page around may have, must not be the first.
    if (inFirefox()) await page.evaluate(() => Object.assign(document.createElement('a'), { href: 'data:,', download: 'later' }).click());
    return Promise.race([saved.then((download) => download.suggestedFilename().startsWith('conversation')), refused.then(() => false)]);
  },
  shows: async (page, _, server) => {
    await page.evaluate(
      (src) =>
        new Promise((onload) => {
          document.addEventListener('securitypolicyviolation', onload); // Firefox has no `load` for a frame that is refused
          document.body.append(Object.assign(document.createElement('iframe'), { src, onload }));
        }),
      `${server}/survey/`,
    );
    return lastFrame(page).url() === `${server}/survey/`;
  },
};

// WebKit takes ws://host in a policy for http://host too.
const implied = ({ what, where }: Lack) => inWebKit() && where === 'connect-src' && what.startsWith('http');

// Firefox says nothing of what a sandbox refuses, and WebKit, at times, of a script that it cannot check.
const silent = (what: string) =>
  (inFirefox() && /^allow-(scripts|downloads)$/.test(what)) || (inWebKit() && /^(integrity|crossorigin)/.test(what));

const inWebKit = () => test.info().project.name === 'webkit';
const inFirefox = () => test.info().project.name === 'firefox';
const lastFrame = (page: Page) => page.frames().at(-1)!;

const all = cases();
for (const title of new Set(all.map((one) => one.title))) {
  test(title, async ({ peoples, server, reverseProxy }) => {
    const { version, files } = await (await fetch(`${server.url}/sdk/integrity.json`)).json();
    const pages: Record<string, { headers: [string, string][]; body: string }> = { '/favicon.ico': { headers: [], body: '' } };
    const { origin } = await reverseProxy({ prefix: '', strips: false, headers: {}, pages });
    const context = await peoples.newContext();
    const local = (address: string) => address.replace('127.0.0.1', 'localhost');
    const words = {
      'https://chat.example.com': server.url,
      'wss://chat.example.com': server.url.replace('http', 'ws'),
      'https://cdn.example.com': local(server.url),
      'https://widget.example.com/': `${local(origin)}/frame`,
      'https://widget.example.com': local(origin),
      'https://shop.example.com': origin,
      VERSION: version,
      'sha384-HASH': files.find(({ path }: { path: string }) => path === `/sdk/${version}/icf.sdk.js`).integrity,
    };

    const attempt = async ({ headers, tag, frame }: Answer, mode: string) => {
      await context.clearCookies();
      const page = await context.newPage();
      const told: string[] = [];
      const tell = (text: string) => byTheWay.test(text) || told.push(text);
      page.on('console', (message) => tell(message.text()));
      // Where Firefox tells what a policy refused.
      page.on('pageerror', ({ name, message }) => tell(`${name}: ${message}`));
      page.on('requestfailed', (request) => told.push(request.failure()!.errorText));
      const response = (part: Omit<Answer, 'frame'>) => ({
        headers: [...part.headers, ['content-type', 'text/html; charset=utf-8'] as [string, string]],
        body: `<!doctype html><html lang="en"><head><title>A page</title></head><body>${part.tag}</body></html>`,
      });
      pages['/page'] = response({ headers, tag });
      if (frame) pages['/frame'] = response(frame);
      await page.goto(`${origin}/page`);
      const at = lastFrame(page);
      const options = tag.includes(local(server.url)) ? { server: server.url } : {};
      // Again where Firefox puts a page of its own in place of a frame that it refused.
      const result = await chat(at, options).catch(() => chat(at, options));
      const more = 'said' in result ? ((await further[mode]?.(page, at, server.url)) ?? true) : false;
      return { result, more, told, page };
    };
    const missing = async ({ what, where, answer }: Lack, mode: string) => {
      const { result, more, told, page } = await attempt(answer, mode);
      const name = `without ${what} of ${where}`;
      expect({ result, more }, name).not.toEqual({ result: works(mode), more: true });
      if (/^(script-src|connect-src|trusted-types)$/.test(where) && !('absent' in result)) {
        const says = [('failed' in result && result.failed) || '', ...result.errors].join('\n');
        expect(says, name).toContain(`the page's policy lacks ${what}`);
        expect(says, name).toContain(` in ${where}`);
      } else if (silent(what)) {
        expect(
          told.filter((text) => !/script-src|integrity/.test(text)),
          name,
        ).toEqual([]);
      } else if (where === 'tag' && what === 'allow-same-origin') {
        expect(result, name).toMatchObject({ errors: [unstored, unstored] });
      } else {
        const word = where !== 'tag' ? where : /^allow/.test(what) ? what : 'integrity|script-src';
        await expect.poll(() => told.join('\n'), name).toMatch(new RegExp(`${word}|ERR_BLOCKED|NS_ERROR_DOM_CO[ER]P_FAILED`));
      }
      await page.close();
    };

    const own = cases(words).filter((one) => one.title === title);
    if (JSON.stringify(own).includes('Cross-Origin-Opener-Policy')) needs('isolation');
    if (own.some(({ mode }) => mode === 'saves')) needs('download');
    for (const one of own) {
      // Again where the machine is so busy that the browser's store does not answer within the second that it gets.
      await expect(async () => {
        const { result, more, page, told } = await attempt(one.with, one.mode);
        expect({ result, more, told }).toEqual({ result: works(one.mode), more: !denied(one.mode), told: [] });
        await page.close();
      }).toPass({ timeout: 30_000 });
      const needed = lacks(one).filter((lack) => !implied(lack));
      if (needed.length > 0) {
        const { result, more } = await attempt(one.without, one.mode);
        expect({ result, more }, 'without Parley').not.toEqual({ result: works(one.mode), more: true });
      }
      for (const lack of needed) await missing(lack, one.mode);
    }
    await context.close();
  });
}

test('every header that the page shows is in a block that is tested', () => {
  const text = readFileSync(source, 'utf8');
  expect(text.match(/^```.+$/gm)).toHaveLength(all.length);
  expect(text.replace(/^```diff[\s\S]*?^```$/gm, '')).not.toMatch(/^[-+ ]?[A-Z][\w-]+: /m);
});
