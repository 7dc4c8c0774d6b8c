// ICF.Helper, part a.9 of the interface notes: typing that is told, files and
// conversations that are saved.

import { readFile } from 'node:fs/promises';
import type { Download, Page } from '@playwright/test';
import { expect, test } from './support/fixtures.ts';
import { attended, enter, openChat, outcome } from './support/sdk.ts';

const refused = (code: number, message: RegExp) => ({ code, isError: true, message: expect.stringMatching(message), error: { code } });

/** Puts an input on the page, and records what the chat learns of it. */
function withInput(page: Page, tag = 'textarea'): Promise<void> {
  return page.evaluate((tag) => {
    const input = document.createElement(tag);
    input.id = 'input';
    if (tag === 'div') input.contentEditable = 'true';
    document.body.append(input);
    const told: string[] = ((window as any).told = []);
    const send = window.chat.sendUserActivity;
    window.chat.sendUserActivity = (type) => (told.push(type), send.call(window.chat, type));
  }, tag);
}

const told = (page: Page) => page.evaluate(() => (window as any).told as string[]);

for (const tag of ['textarea', 'div']) {
  test(`monitorUserActivity: what happens in a ${tag} is told once each`, async ({ sdk, wire }) => {
    const agent = await wire.agent('agent1');
    const page = await sdk();
    await enter(page);
    const chatId = await openChat(page);
    await attended(page, agent, chatId);
    await withInput(page, tag);
    const monitor = (most: number) =>
      page.evaluate((most) => ICF.Helper.monitorUserActivity(document.querySelector('#input')!, window.chat, 20, most), most);
    await monitor(10);
    await page.locator('#input').fill('hello');
    await agent.next('users:activity', (data) => data.type === 'writing');
    await agent.next('users:activity', (data) => data.type === 'stop-writing');
    await monitor(10_000); // else a slow machine stops writing in between
    await page.locator('#input').press('!');
    await agent.next('users:activity', (data) => data.type === 'writing');
    await page.locator('#input').fill('');
    await agent.next('users:activity', (data) => data.type === 'not-writing');
    expect(await told(page)).toEqual(['writing', 'stop-writing', 'writing', 'not-writing']);
  });
}

test('monitorUserActivity: ends with the input, the chat and the lobby; a second call replaces the first', async ({ sdk }) => {
  const page = await sdk();
  await enter(page);
  await openChat(page);
  await withInput(page);
  await page.evaluate(() => {
    const running = ((window as any).running = new Set());
    const { setInterval: set, clearInterval: clear } = window;
    window.setInterval = ((run: TimerHandler, ms: number) => {
      const id = set(run, ms);
      running.add(id);
      return id;
    }) as any;
    window.clearInterval = (id) => (running.delete(id), clear(id));
  });
  const running = () => page.evaluate(() => (window as any).running.size);
  const monitor = () => page.evaluate(() => ICF.Helper.monitorUserActivity(document.querySelector('#input')!, window.chat, 20, 3));
  await monitor();
  await monitor();
  expect(await running(), 'one for each input').toBe(1);
  await page.locator('#input').fill('x');
  await expect.poll(() => told(page)).toEqual(['writing', 'stop-writing']);

  await page.evaluate(() => document.querySelector('#input')!.remove());
  await expect.poll(running, 'the input is gone').toBe(0);
  await page.evaluate(() => document.body.append(Object.assign(document.createElement('input'), { id: 'input' })));
  await monitor();
  expect(await running()).toBe(1);
  await page.evaluate(() => window.chat.close());
  await expect.poll(running, 'the chat is closed').toBe(0);
  await openChat(page);
  await monitor();
  expect(await page.evaluate(() => (ICF.Lobby.close(), (window as any).running.size)), 'the lobby is closed').toBe(0);
});

test('monitorUserActivity: without a chat, and with a chat that fails', async ({ sdk }) => {
  const page = await sdk();
  await enter(page);
  expect(
    await page.evaluate(() => [undefined, null, {}].map((chat) => ICF.Helper.monitorUserActivity(document.body, chat as any, 200, 10))),
  ).toEqual([undefined, undefined, undefined]);
  const calls = await page.evaluate(async () => {
    const input = document.body.appendChild(document.createElement('input'));
    let calls = 0;
    const chat = { closed: false, sendUserActivity: () => (calls++, Promise.reject(new Error('no'))) };
    ICF.Helper.monitorUserActivity(input, chat as any, 20, 2);
    for (const text of ['a', '']) {
      const before = calls;
      input.value = text;
      while (calls === before) await new Promise((next) => setTimeout(next, 10));
    }
    chat.closed = true;
    return calls;
  });
  expect(calls).toBeGreaterThanOrEqual(2);
  expect(await outcome(page, `ICF.Helper.monitorUserActivity("#input", {sendUserActivity() {}}, 200, 10)`)).toMatchObject(
    refused(400, /inputElement must be an element/),
  );
  expect(await outcome(page, `ICF.Helper.monitorUserActivity(document.body, {sendUserActivity() {}}, "often", 10)`)).toMatchObject(
    refused(400, /intervalTime/),
  );
});

async function saved(page: Page, expression: string): Promise<{ file: Download; value: any; text: string }> {
  const [file, result] = await Promise.all([page.waitForEvent('download'), outcome(page, expression)]);
  return { file, value: (result as any).value, text: await readFile(await file.path(), 'utf8') };
}

test('downloadMedia: the bytes that were sent, saved under their name', async ({ sdk, guard }) => {
  guard.allow(/status of 40[34]/);
  const page = await sdk();
  await enter(page);
  await openChat(page);
  await page.evaluate(async () => {
    await window.chat.sendMedia(new File(['hello, 1 < 2 & so on\n'], 'näme of it.txt'));
    (window as any).file = window.chat.history.at(-1)!.message;
  });
  const { file, value, text } = await saved(page, `ICF.Helper.downloadMedia(file).then((blob) => [blob.size, blob.type])`);
  expect([file.suggestedFilename(), text, value]).toEqual(['näme of it.txt', 'hello, 1 < 2 & so on\n', [21, 'text/plain']]);
  const bare = await saved(page, `ICF.Helper.downloadMedia({url: file.url.slice(1)}).then(() => file.id)`);
  expect(bare.file.suggestedFilename()).toMatch(new RegExp(`^${bare.value}`));

  for (const [call, code, message] of [
    [`ICF.Helper.downloadMedia()`, 400, /file must be an object/],
    [`ICF.Helper.downloadMedia({})`, 400, /file\.url/],
    [`ICF.Helper.downloadMedia({url: "https://elsewhere.example/media/1"})`, 400, /file\.url must be "\/media\/<id>"/],
    [`ICF.Helper.downloadMedia({url: "/media/../users"})`, 400, /file\.url/],
    [`ICF.Helper.downloadMedia({url: "/media/" + chat.id + "-none"})`, 404, /unknown file/],
    [`ICF.Lobby.close().then(() => ICF.Helper.downloadMedia(file))`, 401, /log/],
  ] as const) {
    expect(await outcome(page, call), call).toMatchObject(refused(code, message));
  }
});

test('downloadConversation: text, CSV and JSON, also with the token of a session that is over', async ({ sdk, guard }) => {
  guard.allow(/status of 40[134]/);
  const page = await sdk();
  const { token } = await enter(page);
  const chatId = await openChat(page);
  await page.evaluate(() => window.chat.sendMessage('to be remembered'));
  const text = await saved(page, `ICF.Helper.downloadConversation(chat.id, {download: true, ticketId: "T-1"}, {})`);
  expect([text.file.suggestedFilename(), text.value]).toEqual(['conversation-T-1.txt', text.text]);
  expect(text.text).toContain('Visitor: to be remembered');
  const csv = await saved(page, `ICF.Helper.downloadConversation(chat.id, {format: "csv"})`);
  expect([csv.file.suggestedFilename(), csv.text.split('\n')[0]!.trim()]).toEqual([
    `conversation-${chatId}.csv`,
    '"created","sender","role","name","type","message","origin"',
  ]);
  const json = await saved(page, `ICF.Helper.downloadConversation(chat.id, {format: "json"})`);
  expect(json.value).toMatchObject({ chatId, history: [{ message: 'to be remembered' }] });
  expect(JSON.parse(json.text)).toEqual(json.value);

  let downloads = 0;
  page.on('download', () => downloads++);
  await page.evaluate(() => window.chat.close().then(() => ICF.Lobby.close()));
  expect(await outcome(page, `ICF.Helper.downloadConversation("${chatId}", {download: false}, {token: "${token}"})`)).toMatchObject({
    value: expect.stringContaining('to be remembered'),
  });
  expect(downloads).toBe(0);
  for (const [call, code, message] of [
    [`ICF.Helper.downloadConversation()`, 400, /chatId/],
    [`ICF.Helper.downloadConversation("${chatId}", {format: "pdf"})`, 400, /props\.format/],
    [`ICF.Helper.downloadConversation("${chatId}", {download: "yes"})`, 400, /props\.download/],
    [`ICF.Helper.downloadConversation("${chatId}", {}, {token: 5})`, 400, /requestData\.token/],
    [`ICF.Helper.downloadConversation("${chatId}")`, 401, /log/],
    [`ICF.Helper.downloadConversation("${chatId}", {}, {token: "wrong"})`, 401, /token/],
    [`ICF.Helper.downloadConversation("nochat", {}, {token: "${token}"})`, 404, /chat/],
  ] as const) {
    expect(await outcome(page, call), call).toMatchObject(refused(code, message));
  }
});
