// The store and the hooks of the package in pages of each framework, with a real server.

import { bundleView, frameworks } from '../views/bundle.mjs';
import { connectionErrors, expect, test } from './support/fixtures.ts';

for (const framework of frameworks) {
  test(`${framework}: a conversation, a message that waits for the network, and a reload`, async ({ page, link, wire, guard }) => {
    guard.allow(connectionErrors);
    const code = await bundleView(framework);
    await page.route(`${link.url}/shop`, (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<!doctype html><title>Shop</title><body><script src="${link.url}/sdk/1/icf.sdk.js"></script><script type="module" src="shop.js"></script>`,
      }),
    );
    await page.route(`${link.url}/shop.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: code }));
    const agent = await wire.agent('agent1');
    const lines = page.locator('li');
    const input = page.locator('input');
    const say = async (text: string) => {
      await input.fill(text);
      await input.press('Enter');
    };

    await page.goto(`${link.url}/shop`);
    await expect(page.locator('#state')).toHaveText(/^begun, /);
    await page.getByText('Start').click();
    const { chatId } = (await agent.next('invitations:new')).data;
    await agent.request('invitations:accept', { chatId });
    await expect(page.locator('#chat')).toHaveText('active, 2 users, 0 unread');
    await expect(page.locator('#state')).toHaveText('begun, open, Ada');

    await say('Is it waterproof?');
    await expect(lines).toHaveText(['Is it waterproof?']);
    await expect(lines.first()).toHaveAttribute('data-state', 'sent');
    const { message } = (await agent.next('messages:new')).data;
    await agent.request('messages:read', { chatId, messageId: message.id });
    await expect(lines.first()).toHaveAttribute('data-state', 'read');

    await agent.request('users:activity', { chatId, type: 'writing' });
    await expect(page.locator('#typing')).toHaveText(/is typing/);
    await page.locator('body').click();
    await input.blur();
    await agent.request('messages:new', { chatId, message: 'It is.' });
    await expect(lines).toHaveText(['Is it waterproof?', 'It is.']);
    await expect(page.locator('#typing')).toHaveText('');
    await expect(page.locator('#chat')).toHaveText('active, 2 users, 1 unread');
    await input.focus();
    await expect(page.locator('#chat')).toHaveText('active, 2 users, 0 unread');

    await link.refuse(true);
    link.cut();
    await expect(page.locator('#state')).toHaveText(/waiting|connecting/);
    await say('And warm?');
    await expect(lines.last()).toHaveAttribute('data-state', 'pending');
    await expect(lines).toHaveText(['Is it waterproof?', 'It is.', 'And warm?']);
    await link.refuse(false);
    await expect(lines.last()).toHaveAttribute('data-state', 'sent');
    await expect(page.locator('#state')).toHaveText(/open/);
    expect((await agent.next('messages:new', (data) => data.message.message === 'And warm?')).data.chatId).toBe(chatId);

    await page.reload();
    await expect(lines).toHaveText(['Is it waterproof?', 'It is.', 'And warm?']);
    await expect(page.locator('#chat')).toHaveText('active, 2 users, 0 unread');
    await say('Still here.');
    await expect(lines.last()).toHaveAttribute('data-state', 'sent');
  });
}
