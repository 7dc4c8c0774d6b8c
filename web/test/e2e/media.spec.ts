// Files: chat.sendMedia of the documented interface, part a.2, from a page of
// another origin to the real server.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { needs } from './support/engine.ts';
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { attended, count, enter, event, openChat, outcome } from './support/sdk.ts';

declare global {
  interface Window {
    /** Makes a file of a kind that the server takes. */
    png(size?: number, name?: string): File;
    progress: number[];
    sent: Promise<any>;
  }
}

const refused = (code: number, message: RegExp) => ({ code, isError: true, message: expect.stringMatching(message), error: { code } });

/** Gives the page files to send, and a record of the progress. */
function withFiles(page: Page): Promise<void> {
  return page.evaluate(() => {
    window.png = (size = 1000, name = 'cat.png') => {
      const bytes = new Uint8Array(size);
      bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52].slice(0, size));
      return new File([bytes], name, { type: 'image/png' });
    };
    window.progress = [];
  });
}

const media = (page: Page) =>
  page.evaluate(() => window.chat.history.filter(({ type }) => type === 'media').map(({ message }: any) => message.name));
const rises = (numbers: number[]) => numbers.every((n, i) => Number.isInteger(n) && (i === 0 || n > numbers[i - 1]!));

async function begin(page: Page): Promise<string> {
  await enter(page);
  const chatId = await openChat(page);
  await withFiles(page);
  return chatId;
}

test('sendMedia: progress rises to 100, the others and the other tabs get the message, this tab does not', async ({
  sdk,
  wire,
  context,
}) => {
  const agent = await wire.agent('agent1');
  const page = await sdk();
  const chatId = await begin(page);
  await attended(page, agent, chatId);
  const tab = await sdk({ page: await context.newPage() });
  await tab.evaluate(async (id) => {
    await ICF.init({ appId: 'demo' });
    window.seen = [];
    window.chat = ICF.Lobby.chats[id]!.on('message:received', (data) => window.seen.push(['message:received', data]));
  }, chatId);

  const sent = await page.evaluate(async () => {
    const answer = await window.chat.sendMedia(window.png(3_000_000), (progress) => window.progress.push(progress));
    return { answer, me: ICF.Connection.me()!.id, last: window.chat.history.at(-1)! };
  });
  expect(sent.answer).toEqual({ media: { id: expect.any(String), name: 'cat.png', size: 3_000_000, senderId: sent.me } });
  expect(sent.last).toMatchObject({
    type: 'media',
    sender: sent.me,
    message: { id: sent.answer.media.id, url: `/media/${sent.answer.media.id}`, type: 'image/png', name: 'cat.png', size: 3_000_000 },
  });
  const progress = await page.evaluate(() => window.progress);
  expect([progress[0], progress.at(-1), rises(progress)]).toEqual([0, 100, true]);

  expect((await agent.next('messages:new', (data) => data.message.type === 'media')).data).toMatchObject({ chatId, message: sent.last });
  expect(await event(tab, 'message:received')).toMatchObject({ message: sent.last });
  await page.evaluate(() => window.chat.sendMessage('after it'));
  await agent.request('messages:new', { chatId, message: 'seen' });
  await event(page, 'message:received');
  expect([await count(page, 'message:received'), await media(page), await media(tab)]).toEqual([1, ['cat.png'], ['cat.png']]);
});

test('sendMedia: what the server does not take is refused, here or there, and the chat goes on', async ({ sdk, guard, server }) => {
  guard.allow(/status of 403/); // the browser's own line about what the server refused
  const page = await sdk();
  await begin(page);
  const uploads: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && request.url().endsWith('/media') && uploads.push(request.url()));
  for (const [file, code, message] of [
    [`new File(["MZ"], "run.exe", {type: "image/png"})`, 403, /^File type is not allowed$/],
    [`new File([], "empty.png")`, 400, /empty/],
    [`new File([new Blob(Array(8).fill(new Uint8Array(25 << 20)))], "long.png")`, 413, /26214400 bytes/],
    [`new Blob(["x"], {type: "image/png"})`, 400, /media must be a File/],
    [`"cat.png"`, 400, /media must be a File/],
    [`{name: "cat.png", size: 3, [Symbol.toStringTag]: "File"}`, 400, /media must be a File/],
    [`undefined`, 400, /media must be a File/],
    [`png(), 5`, 400, /onProgress/],
  ] as const) {
    expect(await outcome(page, `chat.sendMedia(${file})`), file).toMatchObject(refused(code, message));
  }
  expect(uploads, 'none of these was sent').toEqual([]);
  for (const file of [
    `new File(["<!doctype html><script>alert(1)</script>"], "cat.png", {type: "image/png"})`,
    `new File(["plain"], "cat.png", {type: "image/png"})`,
  ]) {
    expect(await outcome(page, `progress.length = 0, chat.sendMedia(${file}, (n) => progress.push(n))`), file).toMatchObject(
      refused(403, /^File type is not allowed$/),
    );
    expect(await page.evaluate(() => window.progress)).not.toContain(100);
  }
  expect(uploads).toHaveLength(2);
  expect(new URL(uploads[0]!).origin).toBe(server.url);
  expect(await outcome(page, `chat.sendMedia(png()).then(({media}) => media.size)`)).toEqual({ value: 1000 });
  expect(await outcome(page, `chat.sendMedia(new File(["x"], "note")).then(({media}) => media.name)`)).toEqual({ value: 'note.txt' });
  expect(await media(page)).toEqual(['cat.png', 'note.txt']);
});

test('sendMedia: an upload that has succeeded ends as a finished request', async ({ sdk }) => {
  const page = await sdk();
  await begin(page);
  const failed: string[] = [];
  page.on('requestfailed', (request) => failed.push(`${request.url()} ${request.failure()?.errorText}`));
  for (let i = 0; i < 3; i++) {
    const finished = page.waitForEvent('requestfinished', (request) => request.url().endsWith('/media') && request.method() === 'POST');
    await page.evaluate(() => window.chat.sendMedia(window.png()));
    expect((await (await finished).response())!.status()).toBe(200);
  }
  expect(failed).toEqual([]);
});

test('sendMedia: an onProgress that throws stops nothing', async ({ sdk, guard }) => {
  guard.allow(/thrown on purpose/);
  const page = await sdk();
  await begin(page);
  expect(
    await outcome(page, `chat.sendMedia(png(), () => { throw new Error("thrown on purpose") }).then(({media}) => media.name)`),
  ).toEqual({ value: 'cat.png' });
});

test('sendMedia: many at once, a bounded number of them on their way', async ({ sdk }) => {
  const page = await sdk();
  await begin(page);
  await page.evaluate(() => {
    const { send } = XMLHttpRequest.prototype;
    let moving = 0;
    (window as any).most = 0;
    XMLHttpRequest.prototype.send = function (body) {
      (window as any).most = Math.max((window as any).most, ++moving);
      this.addEventListener('loadend', () => moving--);
      send.call(this, body);
    };
  });
  const outcomes = await page.evaluate(() =>
    Promise.all(
      Array.from({ length: 34 }, (_, i) =>
        window.chat.sendMedia(window.png(5000, `${i}.png`)).then(
          ({ media }) => media.name,
          ({ code }) => code,
        ),
      ),
    ),
  );
  expect(outcomes).toEqual([...Array.from({ length: 32 }, (_, i) => `${i}.png`), 429, 429]);
  expect(await page.evaluate(() => (window as any).most)).toBe(3);
  expect((await media(page)).sort()).toEqual((outcomes.slice(0, 32) as string[]).sort());
});

test('sendMedia: a lost connection is healed, and the file is there once', async ({ sdk, link, wire, guard }) => {
  guard.allow(connectionErrors);
  const agent = await wire.agent('agent1');
  const page = await sdk({ server: link.url });
  const chatId = await begin(page);
  await attended(page, agent, chatId);
  link.delay(20); // so that there is something to cut
  await page.evaluate(() => {
    window.sent = window.chat.sendMedia(window.png(8_000_000), (n) => window.progress.push(n));
  });
  await page.waitForFunction(() => window.progress.length > 1);
  link.cut();
  link.delay(0);
  expect(await page.evaluate(() => window.sent)).toMatchObject({ media: { size: 8_000_000 } });
  const progress = await page.evaluate(() => window.progress);
  expect([progress.at(-1), rises(progress)]).toEqual([100, true]);
  await agent.next('messages:new', (data) => data.message.type === 'media');
  await page.evaluate(() => window.chat.sendMessage('after it'));
  expect(agent.pushes.filter(({ event, data }) => event === 'messages:new' && data.message.type === 'media')).toHaveLength(1);
  expect([await media(page), await count(page, 'message:received')]).toEqual([['cat.png'], 0]);
});

test('sendMedia: an answer that is lost is not needed', async ({ sdk, guard }) => {
  needs('postData');
  guard.allow(connectionErrors); // the answer is cut off on purpose
  const page = await sdk();
  await begin(page);
  let posts = 0;
  await page.route('**/v1/media', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    posts++;
    await route.fetch(); // the server has it
    await route.abort('connectionreset'); // the page is not told
  });
  expect(await outcome(page, `chat.sendMedia(png(), (n) => progress.push(n)).then(({media}) => media.name)`)).toEqual({ value: 'cat.png' });
  expect([posts, await media(page), await page.evaluate(() => window.progress.at(-1))]).toEqual([1, ['cat.png'], 100]);
});

test('sendMedia: a page without a network is told so in bounded time', async ({ sdk, link, guard }) => {
  test.setTimeout(90_000);
  guard.allow(connectionErrors);
  const page = await sdk({ server: link.url });
  await begin(page);
  await link.refuse(true);
  link.cut();
  expect(await outcome(page, `chat.sendMedia(png(), (n) => progress.push(n))`)).toMatchObject(refused(503, /cannot be reached/));
  expect(await page.evaluate(() => window.progress)).not.toContain(100);
  await link.refuse(false);
  expect(await outcome(page, `chat.sendMedia(png()).then(({media}) => media.size)`)).toEqual({ value: 1000 });
});

for (const [name, how, code, message] of [
  ['the chat closes', (page: Page) => page.evaluate(() => window.chat.close().then(() => {})), 410, /closed/],
  ['the lobby closes', (page: Page) => page.evaluate(() => ICF.Lobby.close()), 401, /Lobby\.close/],
] as const) {
  test(`sendMedia: ${name} while the file moves`, async ({ sdk, guard }) => {
    needs('givenUp');
    guard.allow(/ERR_ABORTED/);
    const page = await sdk();
    await begin(page);
    const failed = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/media'));
    await page.route('**/v1/media', (route) => (route.request().method() === 'POST' ? undefined : route.continue())); // it hangs
    const begun = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/media'));
    const sent = outcome(page, `chat.sendMedia(png(), (n) => progress.push(n))`);
    await begun;
    await how(page);
    expect(await sent).toMatchObject(refused(code, message));
    await failed;
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });
}

test('sendMedia: a signal gives a file up, on its way and waiting, and nothing of it arrives', async ({ sdk, guard }) => {
  needs('givenUp');
  guard.allow(/ERR_ABORTED/);
  const page = await sdk();
  await begin(page);
  const failed = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/media'));
  let go = () => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  await page.route('**/v1/media', async (route) => {
    await held;
    await route.continue().catch(() => {}); // one of them is given up
  });
  const begun = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/media'));
  const rest = page.evaluate(async () => {
    const giveUp = [new AbortController(), new AbortController()];
    Object.assign(window, { giveUp });
    const signals = [giveUp[0], undefined, undefined, giveUp[1], undefined]; // three move at a time
    const sent = signals.map((one, i) => window.chat.sendMedia(window.png(1000, `${i}.png`), undefined, one?.signal));
    return (await Promise.allSettled(sent)).map((one) =>
      one.status === 'fulfilled' ? one.value.media.name : [one.reason.code, one.reason.reason],
    );
  });
  await begun;
  await page.evaluate(() => {
    for (const one of (window as any).giveUp) one.abort();
  });
  await failed;
  go();
  const discarded = [499, 'discarded'];
  expect(await rest).toEqual([discarded, '1.png', '2.png', discarded, '4.png']);
  expect((await media(page)).sort()).toEqual(['1.png', '2.png', '4.png']);
  expect(await outcome(page, 'chat.sendMedia(png(), undefined, AbortSignal.abort())')).toMatchObject(refused(499, /given the file up/));
  expect(await outcome(page, 'chat.sendMedia(png(), undefined, {})')).toMatchObject(refused(400, /signal must be an AbortSignal/));
  expect(
    await outcome(
      page,
      `chat.sendMedia(png(1000, 'kept.png'), undefined, (window.late = new AbortController()).signal).then(() => late.abort())`,
    ),
  ).toEqual({});
  expect(await media(page)).toContain('kept.png');
});

test('sendMedia: a file that was changed or removed after it was chosen', async ({ sdk, guard }) => {
  guard.allow(/net::ERR_(UPLOAD_FILE_CHANGED|FILE_NOT_FOUND)/);
  const page = await sdk();
  await begin(page);
  const folder = await mkdtemp(join(tmpdir(), 'parley-file-'));
  try {
    const path = join(folder, 'notes.txt');
    await writeFile(path, 'as it was');
    await page.evaluate(() => document.body.append(Object.assign(document.createElement('input'), { type: 'file', id: 'file' })));
    await page.setInputFiles('#file', path);
    expect(await page.evaluate(() => document.querySelector<HTMLInputElement>('#file')!.files![0]!.size)).toBe(9);
    await rm(path);
    expect(await outcome(page, `chat.sendMedia(document.querySelector("#file").files[0])`)).toMatchObject(
      // For WebKit a file that was removed is one without a byte.
      refused(400, test.info().project.name === 'webkit' ? /media: the file is empty/ : /media: the file can no longer be read/),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
