// Table a.9: ICF.Helper.
import { readFile } from 'node:fs/promises';
import { expect, test } from './support.ts';

test('a.9 monitorUserActivity: writing once, stop-writing after unchanged polls, not-writing when emptied; what is no chat does not throw', async ({
  talk,
}) => {
  await talk.page.evaluate(() => {
    const input = document.body.appendChild(document.createElement('input'));
    const Helper = (ICF as any).Helper;
    Helper.monitorUserActivity(input, undefined, 200, 10);
    Helper.monitorUserActivity(input, {}, 200, 10);
    Helper.monitorUserActivity(input, window.chat, 40, 3);
  });
  const input = talk.page.locator('input');
  const next = async () => (await talk.agent.next('users:activity')).data.type;
  await input.fill('hello');
  expect([await next(), await next()]).toEqual(['writing', 'stop-writing']);
  await input.fill('hello again');
  expect([await next(), await next()]).toEqual(['writing', 'stop-writing']);
  await input.fill('');
  expect(await next()).toBe('not-writing');
});

test("a.9 downloadMedia: fetches with the session's right and saves under the file's name", async ({ talk }) => {
  const sent: any = await talk.page.evaluate(() =>
    (window.chat as any).sendMedia(new File(['kept words'], 'words.txt', { type: 'text/plain' })),
  );
  for (const url of [`/media/${sent.media.id}`, `media/${sent.media.id}`]) {
    const saved = talk.page.waitForEvent('download');
    await talk.page.evaluate((url) => (ICF as any).Helper.downloadMedia({ url, name: 'words.txt', type: 'text/plain' }), url);
    const download = await saved;
    expect(download.suggestedFilename()).toMatch(/^words(\(1\))?\.txt$/); // Firefox counts files of one name
    expect(await readFile(await download.path(), 'utf8')).toBe('kept words');
  }
});

test('a.9 downloadConversation: saves the conversation, also after the logout with the old token', async ({ talk }) => {
  await talk.page.evaluate(() => window.chat.sendMessage('to be remembered'));
  const { ticketId, token } = await talk.page.evaluate(async () => {
    const told = new Promise<any>((resolve) => ICF.Lobby.addEventListener('system:info', resolve));
    await window.chat.close();
    return { ticketId: (await told).data.ticketId, token: ICF.Connection.getToken() };
  });
  let saved = talk.page.waitForEvent('download');
  await talk.page.evaluate(([id, ticketId]) => (ICF as any).Helper.downloadConversation(id, { download: true, ticketId }, {}), [
    talk.chatId,
    ticketId,
  ] as const);
  expect(await readFile(await (await saved).path(), 'utf8')).toContain('to be remembered');
  await talk.page.evaluate(() => ICF.Lobby.close());
  saved = talk.page.waitForEvent('download');
  await talk.page.evaluate(
    ([id, ticketId, token]) => (ICF as any).Helper.downloadConversation(id, { download: true, ticketId }, { token }),
    [talk.chatId, ticketId, token] as const,
  );
  expect(await readFile(await (await saved).path(), 'utf8')).toContain('to be remembered');
});
