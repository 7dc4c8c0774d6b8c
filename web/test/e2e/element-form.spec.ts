// The form before a chat: fields that the page names, the visitor's consent, and where the answers go.
import { rest } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { usable } from './support/usable.ts';

const element = `<parley-chat app-id="demo" room="1" fields="name email* topic">
  <p>Ask us.</p><span slot="consent">I have read <a href="/privacy">what becomes of my data</a>.</span></parley-chat>`;

test('what is missing is said at its field, and the answers reach the agent', async ({ page, server, site, people }) => {
  const agent = await people.agent('agent1');
  await page.goto(site.page(`${server.url}/sdk/1/parley-chat.js`, { before: element }));
  await page.getByTestId('chat-open').click();
  await expect(page.getByTestId('chat-name')).toBeFocused();
  await page.getByTestId('chat-start').click();
  const email = page.getByRole('textbox', { name: 'Your email address' });
  await expect(email).toBeFocused();
  await expect(email).toHaveAccessibleDescription('Please answer this.');
  const consent = page.getByRole('checkbox', { name: /I have read what becomes of my data/ });
  await expect(consent).toHaveAccessibleDescription('Please agree before the chat begins.');
  await usable(page);
  await page.keyboard.type('ada at home');
  await expect(email).not.toHaveAttribute('aria-invalid');
  await page.keyboard.press('Enter');
  await expect(email).toHaveAccessibleDescription(/has an @/);
  await email.fill('ada@example.com');
  await page.keyboard.press('Enter');
  await expect(consent).toBeFocused();
  await page.keyboard.press('Space');
  await page.getByRole('textbox', { name: 'Your name' }).fill('  Ada ');
  await page.getByRole('textbox', { name: 'What is it about?' }).fill('A pot');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('chat-input')).toBeFocused();
  await agent.accept('Ada');
  await agent.page.getByTestId('details-toggle').click();
  const details = agent.page.getByTestId('details');
  for (const [name, value] of [
    ['Name', 'Ada'],
    ['Contact', 'ada@example.com'],
    ['topic', 'A pot'],
    ['consent', 'true'],
  ])
    await expect(details.locator('div').filter({ has: agent.page.locator('dt', { hasText: name! }) })).toContainText(value!);
});

test("a supervisor's form holds for pages that say nothing else, and outside of the hours it takes a message", async ({
  page,
  server,
  site,
  people,
}) => {
  const tomorrow = ['Su', 'Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa'][new Date(Date.now() + 86_400_000).getUTCDay()];
  const window = {
    fields: [
      { name: 'email', required: true },
      { name: 'shop', label: 'Shop', options: ['Leeds', 'York'] },
    ],
    consent: { text: 'I have read what becomes of my data.', url: 'https://shop.example/privacy' },
    hours: `${tomorrow} 09:00-17:00`,
    away: 'message',
    words: [
      { lang: 'fr', heading: 'Une question ?' },
      { lang: '', heading: 'Ask the shop', greeting: 'Welcome to the shop!' },
    ],
  };
  await rest(server.url, '', 'PUT', '/settings', { window }, true);
  const agent = await people.agent('agent1');
  await page.goto(site.page(`${server.url}/sdk/1/parley-chat.js`, { before: '<parley-chat app-id="demo" room="1"></parley-chat>' }));
  let asked = 0;
  page.on('request', (request) => (asked += Number(request.url().endsWith('/v1/settings') && request.method() === 'GET')));
  await page.getByTestId('chat-open').click();
  const email = page.getByRole('textbox', { name: 'Your email address' });
  await expect(email).toBeFocused();
  await expect(page.getByTestId('chat-name')).toHaveCount(0);
  await expect(page.getByTestId('chat-closed')).toBeVisible();
  await expect(page.getByRole('link', { name: 'I have read what becomes of my data.' })).toHaveAttribute(
    'href',
    'https://shop.example/privacy',
  );
  await usable(page);
  await email.fill('ada@example.com');
  await page.getByTestId('chat-consent').check();
  await page.getByTestId('chat-start').click();
  const message = page.getByRole('textbox', { name: 'Your message' });
  await expect(message).toHaveAccessibleDescription('Please answer this.');

  // The next page has the form at once, and what a page says itself goes before it.
  expect(asked).toBe(1);
  await page.reload();
  await page.getByTestId('chat-open').click();
  expect(await page.getByTestId('chat-email').count()).toBe(1);
  await expect(page.getByRole('heading', { name: 'Ask the shop' })).toBeVisible();
  const speak = (lang: string) => page.locator('parley-chat').evaluate((chat, lang) => Object.assign(chat, { lang }), lang);
  await speak('fr-CA');
  await expect(page.getByRole('heading', { name: 'Une question ?' })).toBeVisible();
  await speak('en');
  await page.locator('parley-chat').evaluate((chat: any) => void (chat.fields = [{ name: 'topic' }]));
  await expect(page.getByTestId('chat-email')).toHaveCount(0);
  await page.getByTestId('chat-consent').check();
  await message.fill('Is the pot frost-proof?');
  await page.getByTestId('chat-start').click();
  await agent.accept();
  await agent.sees('Welcome to the shop!');
  await agent.sees('Is the pot frost-proof?');
});

test('fields of the page have their labels and choices; a wrong list is refused with words', async ({ page, server, site, guard }) => {
  await page.goto(site.page(`${server.url}/sdk/1/parley-chat.js`, { before: '<parley-chat app-id="demo" lang="ar"></parley-chat>' }));
  const chat = page.locator('parley-chat');
  await chat.evaluate((chat: any) => {
    chat.fields = [
      { name: 'order', label: 'Order number', required: true },
      { name: 'shop', label: 'Shop', options: ['Leeds', 'York'], required: true },
      { name: 'story', label: 'What happened', type: 'textarea' },
    ];
    chat.open();
  });
  await expect(page.getByRole('textbox', { name: 'Order number' })).toBeFocused();
  await expect(page.getByTestId('chat-name')).toHaveCount(0);
  await page.getByTestId('chat-start').click();
  await expect(page.getByTestId('chat-shop-problem')).toHaveText('يرجى الإجابة عن هذا السؤال.');
  await usable(page);
  await page.getByTestId('chat-order').fill('17');
  await page.getByTestId('chat-shop').selectOption('York');
  await page.getByTestId('chat-start').click();
  await expect(page.getByTestId('chat-input')).toBeVisible();
  expect(await page.evaluate(() => (window as any).ICF.Connection.me().extraInfo)).toEqual({ order: '17', shop: 'York' });

  for (const [fields, message] of [
    ['none', 'fields: must be an array of at most 20 fields'],
    [[{ label: 'x' }], 'fields[0].name: must be a text that is not empty'],
    [[{ name: 'a' }, { name: 'a' }], 'fields[1].name: there is another field "a"'],
  ] as const)
    expect(
      await chat.evaluate(
        (chat: any, fields) =>
          String(
            (() => {
              try {
                chat.fields = fields;
              } catch (error) {
                return error;
              }
              return '';
            })(),
          ),
        fields,
      ),
    ).toBe(`TypeError: ${message}`);
  guard.allow(/there is another field "name"/);
  await chat.evaluate((chat: any) => chat.setAttribute('fields', 'name name'));
  expect(await chat.evaluate((chat: any) => chat.fields)).toEqual([{ name: 'name', required: false }]);
});

test('on the narrowest screen long words break, and questions and the header take little of it', async ({ page, server, site, people }) => {
  const word = 'Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung';
  await page.setViewportSize({ width: 320, height: 568 });
  await page.goto(
    site.page(`${server.url}/sdk/1/parley-chat.js`, {
      before: `<parley-chat app-id="demo" room="1" lang="de"><p>${word}</p><span slot="consent">${word}</span></parley-chat>`,
    }),
  );
  await page.getByTestId('chat-open').click();
  const form = page.locator('#chat-form');
  expect(await form.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
  await page.getByTestId('chat-consent').check();
  await page.getByTestId('chat-start').click();
  const agent = await people.agent('agent1');
  await agent.accept();
  await expect(page.getByTestId('chat-state')).toHaveText('Sie sprechen mit Agent 1');
  const high = async (name: string) => (await page.locator(name).boundingBox())!.height;
  expect(await high('.chat-head')).toBeLessThan(110);
  await page.getByTestId('chat-close').click();
  expect(await high('[data-testid=chat-close-confirm]'), 'a line of text').toBe(44);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.locator('parley-chat').evaluate((chat) => chat.setAttribute('heading', 'Chat with us today'));
  await page.locator('parley-chat').evaluate((chat) => chat.setAttribute('lang', 'en'));
  await expect(page.getByTestId('chat-state')).toHaveText('You are talking to Agent 1');
  expect(await high('#chat-title'), 'a line of text').toBe(24);
});
