// The samples of docs/start.md, docs/element.md and docs/recipes.md do what these pages say. frameworks.md, security-headers.md, protocol, known-users and
// connector have tests of their own.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rest } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { enter } from './support/sdk.ts';

/** The samples of a page in a language, in their order. */
async function samples(page: string, language: string): Promise<string[]> {
  const text = await readFile(new URL(`../../../docs/${page}.md`, import.meta.url), 'utf8');
  return Array.from(text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm')), ([, code]) => code!);
}

test('the page of start.md holds a conversation', async ({ page, server, wire }) => {
  const [sample] = await samples('start', 'html');
  const site = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(sample!.replace('http://127.0.0.1:8000', server.url));
  });
  await new Promise<void>((listens) => site.listen(0, '127.0.0.1', listens));
  try {
    const agent = await wire.agent('agent1');
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/page.html`);
    const { chatId } = (await agent.next('invitations:new')).data;
    await agent.request('invitations:accept', { chatId });
    await expect(page.getByRole('listitem')).toHaveText(['Agent 1: is here']);
    await page.getByRole('textbox').fill('Is it open today?');
    await page.keyboard.press('Enter');
    expect((await agent.next('messages:new')).data.message.message).toBe('Is it open today?');
    await agent.request('messages:new', { chatId, message: 'Until six' });
    await expect(page.getByRole('listitem')).toHaveText(['Agent 1: is here', 'You: Is it open today?', 'Agent: Until six']);
  } finally {
    site.closeAllConnections();
    site.close();
  }
});

test('the lines of element.md are a chat window', async ({ page, server, site }) => {
  const [lines, , consent, inside] = await samples('element', 'html');
  const [, fields, listens, texts] = await samples('element', 'js');
  const [css] = await samples('element', 'css');
  const tag = lines!.replace('https://chat.example.com', server.url);
  const before = `<style>${css}</style>${tag.split('\n')[0]}`;
  const element = consent!.replace(/(?=<\/parley-chat>)/, /<p>.*<\/p>/.exec(inside!)![0]);
  await page.goto(site.page('', { before: before + element }));
  await page.addScriptTag({ content: [fields, listens, texts].join('\n') });
  const said = page.waitForEvent('console', { predicate: (message) => /^[\w-]{8,}$/.test(message.text()) });
  await page.getByRole('button', { name: 'Help' }).click();
  await expect(page.getByText('Ask us anything about your order.')).toBeVisible();
  const start = page.getByTestId('chat-start');
  await page.getByLabel('Email').fill('ada@example.com');
  await page.getByLabel('Shop').selectOption('York');
  await page.getByLabel('What happened').fill('It came in two pieces.');
  await page.getByRole('checkbox', { name: 'I have read' }).check();
  await start.hover();
  expect(await start.evaluate((button) => getComputedStyle(button).backgroundColor)).toBe('rgb(90, 20, 67)');
  await start.click();
  expect((await said).text()).toBe(await page.evaluate(() => document.querySelector<any>('parley-chat').chat.id));
  const [settings] = await samples('element', 'json');
  const { settings: set } = await rest(server.url, '', 'PUT', '/settings', JSON.parse(settings!), true);
  expect(set).toMatchObject(JSON.parse(settings!));
});

test('the recipes do what they say', async ({ sdk, wire, guard }) => {
  guard.allow(/chat-identity/);
  const [handOver, identity, showQueue, anybodyThere, leave] = await samples('recipes', 'js');
  const page = await sdk();
  await page.route('**/chat-identity', (route) => route.fulfill({ status: 401 }));
  await page.evaluate(identity!); // a page whose customer has not logged in
  await page.addScriptTag({ content: [handOver, showQueue, anybodyThere, leave].join('\n') });
  const run = (code: string) => page.evaluate(code);
  await enter(page);
  expect(await run(`anybodyThere('1')`)).toBe(false);
  const agent = await wire.agent('agent1');
  await expect.poll(() => run(`anybodyThere('1')`)).toBe(true);

  const handed = page.evaluate(`
    document.body.append(document.createElement('p'));
    handOver([{ bot: true, text: 'Hello', at: Date.now() - 2000 }, { bot: false, text: 'A person, please', at: Date.now() - 1000 }])
      .then(({ chat, agent }) => {
        window.chat = chat;
        showQueue(chat, document.querySelector('p'));
        return { name: agent?.nickname, history: chat.history.map(({ sender, message }) => [sender === ICF.Connection.me().id ? 'me' : sender, message]) };
      })
  `);
  expect(await handed).toEqual({
    name: 'Agent 1',
    history: [
      ['assistant', 'Hello'],
      ['me', 'A person, please'],
    ],
  });
  const { chatId } = (await agent.next('invitations:new')).data;
  await agent.request('invitations:accept', { chatId });
  await expect.poll(() => run('chat.users.length')).toBe(2);
  await run('leave(chat)');
  expect(await run('ICF.Lobby.logged')).toBe(false);
  await agent.next('chats:close');
});
