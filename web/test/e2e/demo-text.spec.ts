// What was written arrives: text as it was typed, links, HTML of programs, in the demo's chat window and the saved conversation.
import type { Locator, Page } from '@playwright/test';
import { rest } from './support/chats.ts';
import { needs } from './support/engine.ts';
import { expect, test } from './support/fixtures.ts';

const chatId = (page: Page) => page.evaluate(() => Object.keys(ICF.Lobby.chats)[0]!);

test('an angle bracket begins no tag in what an agent types, and no character is lost', async ({ people, server }) => {
  const typed = [
    'Write to Anna Ops <anna@example.test> today',
    'x<y and y>z',
    'Set <your name> in the form',
    'See <https://example.test/x>',
    'use &lt; for less, &nbsp; for blanks',
    '<b>not bold</b> <!-- nor hidden -->',
  ];
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Ada');
  await agent.accept();
  for (const text of typed) await agent.say(text);
  const shown = visitor.messages.and(visitor.page.locator('[data-own="false"]')).locator('.bubble');
  await expect.poll(async () => (await shown.allInnerTexts()).slice(-typed.length)).toEqual(typed);
  const id = await chatId(visitor.page);
  const headers = { 'x-hyper-appId': 'demo', 'x-hyper-secret': 'demo-secret' };
  for (const format of ['txt', 'csv']) {
    const saved = await (await fetch(`${server.url}/v1/chats/${id}/history.${format}`, { headers })).text();
    for (const text of typed) expect(saved).toContain(text);
  }
  await agent.close();
});

test('addresses are links that tell nobody where they were clicked', async ({ people }) => {
  const visitor = await people.visitor();
  await visitor.start('Ada');
  for (const [text, links] of [
    ['See https://example.test/a?b=1&c=2#d.', ['https://example.test/a?b=1&c=2#d']],
    ['(at http://example.test/a_(b)) or <https://example.test/x>', ['http://example.test/a_(b)', 'https://example.test/x']],
    ['"https://example.test/", "https://example.test/y"!', ['https://example.test/', 'https://example.test/y']],
    ['看https://example.test/路径。谢谢', ['https://example.test/路径']],
    ['詳しくはhttps://example.test/helpをご覧ください', ['https://example.test/help']],
    ['https://日本.test/案内?q=東京で https://example.test를 보세요', ['https://日本.test/案内?q=東京で', 'https://example.test']],
    ['送信先はdesk@example.testへ', ['mailto:desk@example.test']],
    [
      'Mail anna.ops+x@example.test, or mailto:desk@example.test?subject=Hi',
      ['mailto:anna.ops+x@example.test', 'mailto:desk@example.test?subject=Hi'],
    ],
    ['no links: javascript:alert(1), http://, a@b, mailto:x, example.test, ftp://example.test', []],
  ] as const) {
    await visitor.say(text);
    const bubble = visitor.message(text).locator('.bubble');
    expect(await bubble.innerText()).toBe(text);
    expect(await bubble.locator('a').evaluateAll((all) => all.map((a) => a.getAttribute('href')))).toEqual(links);
  }
  const link = visitor.log.locator('a').first();
  await expect(link).toHaveAttribute('rel', 'noopener noreferrer nofollow');
  await expect(link).toHaveAttribute('target', '_blank');
});

test('HTML of a program is shown with its tags, harmless, and what is no tag stays', async ({ people, server }) => {
  const visitor = await people.visitor();
  await visitor.start('Ada');
  const id = await chatId(visitor.page);
  const say = (message: string) => rest(server.url, '', 'POST', `/chats/${id}/messages`, { message, format: 'html' }, true);
  await say('<p>Hello <b>Ada</b>, write to <desk@example.test></p><ul><li>one</li></ul>');
  const first = visitor.message('Hello Ada').locator('.bubble');
  await expect(first).toContainText('write to <desk@example.test>');
  await expect(first.locator('b')).toHaveText('Ada');
  await expect(first.locator('a')).toHaveAttribute('href', 'mailto:desk@example.test');
  await say(
    `<a href="javascript:alert(1)" onclick="document.title='owned'">bad</a> <a href="https://example.test/">good</a> ` +
      `<img src="https://example.test/cat.png" alt="A cat"><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>` +
      `<b id="chat" style="position:fixed" class="launcher">plain</b>`,
  );
  const second = visitor.message('bad good').locator('.bubble');
  await expect(second).toContainText(`<script>document.title='owned'</script>`);
  await expect(second.locator('img, script, [onclick], [onerror], [style], [id], [class]')).toHaveCount(0);
  expect(await second.locator('a').evaluateAll((all) => all.map((a) => [a.textContent, a.getAttribute('href')]))).toEqual([
    ['bad', null],
    ['good', 'https://example.test/'],
    ['A cat', 'https://example.test/cat.png'],
  ]);
  expect(await visitor.page.title()).not.toBe('owned');
});

const direction = (of: Locator) => of.evaluate((element) => getComputedStyle(element).direction);

test('text has its own direction, and does not turn our sentences around', async ({ people, server }) => {
  const arabic = 'مرحبا، كيف حالك؟ 😀';
  const hebrew = 'שלום! (12)';
  const visitor = await people.visitor();
  await visitor.start('محمد');
  expect(await direction(visitor.page.getByTestId('chat-name'))).toBe('rtl');
  await visitor.say(arabic);
  await visitor.say('Order 12');
  const id = await chatId(visitor.page);
  await rest(server.url, '', 'POST', `/chats/${id}/messages`, { message: `<b>${hebrew}</b>`, format: 'html' }, true);
  await visitor.say(`${hebrew} https://example.test/a.`);
  const bubble = (text: string) => visitor.message(text).locator('.bubble');
  expect(await direction(bubble(arabic))).toBe('rtl');
  expect(await direction(bubble('Order 12'))).toBe('ltr');
  for (const one of await bubble(hebrew).all()) expect(await direction(one)).toBe('rtl');
  expect(await direction(bubble(hebrew).locator('a'))).toBe('ltr');
  const input = visitor.page.getByTestId('chat-input');
  await input.fill(arabic);
  expect(await direction(input)).toBe('rtl');
  await input.fill('Hello');
  expect(await direction(input)).toBe('ltr');
  await visitor.give('drop', { name: `${hebrew}.exe`, type: 'application/octet-stream', text: 'x' });
  await expect(visitor.page.getByTestId('chat-problem')).toContainText(`“\u2068${hebrew}.exe\u2069” cannot be sent`);
});

test('days stand above their messages, and each time has its day', async ({ people, server }) => {
  // Where it is about noon now: midnight does not come while the test runs.
  const west = new Date().getUTCHours() - 12;
  const visitor = await people.visitor({ timezoneId: west === 0 ? 'UTC' : `Etc/GMT${west < 0 ? west : `+${west}`}` });
  await visitor.start('Ada');
  await visitor.say('today');
  const now = Math.floor(Date.now() / 1000);
  const daysAgo = (days: number) => now - days * 86_400;
  const history = [
    { sender: 'assistant', message: 'two days ago', created: daysAgo(2) },
    { sender: 'assistant', message: 'later that day', created: daysAgo(2) + 60 },
    { sender: 'assistant', message: 'a day ago', created: daysAgo(1) },
  ];
  const days = visitor.log.getByTestId('chat-day');
  await expect(days).toHaveCount(0);
  await rest(server.url, '', 'POST', `/chats/${await chatId(visitor.page)}/history`, { history }, true);
  await visitor.page.reload();
  await visitor.sees('two days ago');
  await expect(days).toHaveCount(3);
  const date = await visitor.page.evaluate(
    (time) => new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' }).format(time),
    daysAgo(2) * 1000,
  );
  expect((await days.allInnerTexts())[0]).toContain(date.split(' ')[0]!.replace(',', ''));
  expect((await days.allInnerTexts()).slice(1)).toEqual(['Yesterday', 'Today']);
  const order = visitor.log.locator('.lines > *').filter({ hasText: /two days|later|a day ago|Yesterday|Today|today/ });
  expect((await order.allInnerTexts()).map((text) => /two days|later|a day ago|Yesterday|Today|today/.exec(text)![0])).toEqual([
    'two days',
    'later',
    'Yesterday',
    'a day ago',
    'Today',
    'today',
  ]);
  const time = visitor.message('two days ago').locator('time');
  await expect(time).toHaveAttribute('datetime', new Date(daysAgo(2) * 1000).toISOString());
  await expect(time).toHaveAttribute('title', new RegExp(String(new Date(daysAgo(2) * 1000).getFullYear())));
});

test('the field sends what shows something, of a length that the server takes, and no Enter of an input method', async ({ people }) => {
  const visitor = await people.visitor();
  await visitor.start('Ada');
  const input = visitor.page.getByTestId('chat-input');
  const own = visitor.messages.and(visitor.page.locator('[data-own="true"]'));
  await input.fill('にほん');
  for (const init of [{ keyCode: 229 }, { isComposing: true }]) {
    await input.dispatchEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init });
  }
  await expect(input).toHaveValue('にほん');
  for (const blank of [' \n ', '\u200b', '\u2800\u00a0', '\u202e']) {
    await input.fill(blank);
    await visitor.page.getByTestId('chat-send').click();
  }
  const left = visitor.page.getByTestId('chat-left');
  await input.fill('x'.repeat(9_799));
  await expect(left).toBeEmpty();
  await input.fill('😀'.repeat(9_999));
  await expect(left).toHaveText('1 character left');
  await input.fill('x'.repeat(10_012));
  await expect(left).toHaveText('12 characters too many');
  await expect(input).toHaveAttribute('aria-invalid', 'true');
  await input.press('Enter');
  await expect(visitor.page.getByTestId('chat-problem')).toHaveText('The message is too long: 12 characters too many.');
  await expect(input).toHaveValue('x'.repeat(10_012));
  await expect(own).toHaveCount(0);
  await input.fill('  if x:\n\tshort enough\n');
  await input.press('Enter');
  await visitor.sees('short enough');
  const logged = () => visitor.page.evaluate(() => Object.values(ICF.Lobby.chats)[0]!.history.map(({ message }) => message));
  await expect.poll(logged).toContain('  if x:\n\tshort enough\n');
  await expect(visitor.page.getByTestId('chat-problem')).toBeEmpty();
  const refused = await visitor.page.evaluate(() =>
    Promise.all(
      [' ', '\u200b', '\ufeff\u2800'].map((text) =>
        Object.values(ICF.Lobby.chats)[0]!
          .sendMessage(text)
          .catch(({ code }) => code),
      ),
    ),
  );
  expect(refused).toEqual([400, 400, 400]);
  await expect(own).toHaveCount(1);
});

// Settings that allow more than the server does.
const generous = { settings: { media: { active: true, maxBytes: 1e9, types: ['txt'] }, limits: { message: 1e6 } } };

test('a message that the server refuses goes back to the field', async ({ people }) => {
  const visitor = await people.visitor();
  await visitor.page.route('**/v1/settings', (route) => route.fulfill({ json: generous }));
  await visitor.start('Ada');
  const input = visitor.page.getByTestId('chat-input');
  const text = 'x'.repeat(10_001);
  await input.fill(text);
  await input.press('Enter');
  await input.fill('more');
  const failure = visitor.log.locator('.failure');
  await expect(failure).toContainText('Not sent. Message is 10001 characters long; the limit is 10000');
  await failure.getByTestId('chat-edit').click();
  await expect(input).toHaveValue(`${text}\nmore`);
  await expect(failure).toHaveCount(0);
});

test('a file that a proxy refuses has words', async ({ people, guard }) => {
  needs('blobs');
  guard.allow(/status of 413/);
  const visitor = await people.visitor();
  await visitor.page.route('**/v1/settings', (route) => route.fulfill({ json: generous }));
  await visitor.page.route('**/v1/media', (route) =>
    route.fulfill({ status: 413, contentType: 'text/html', body: '<h1>413 Request Entity Too Large</h1>' }),
  );
  await visitor.start('Ada');
  await visitor.attach({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('text') });
  await expect(visitor.log.locator('.failure')).toContainText('this is larger than a proxy on the way to it allows');
});
