// The form before a chat: fields that the page names, the visitor's consent, and where the answers go.
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
