// What was removed from a chat: a phrase stands in its place, at once where it is shown, and when the chat is read again.
import type { Page } from '@playwright/test';
import { rest } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';

const removed = 'This message was removed';

/** Keeps pictures for who looks at the pages. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.PARLEY_PICTURES;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

test('a phrase stands in the place of what was removed', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Ada');
  await visitor.say('Here is my passport');
  await agent.accept();
  await visitor.attach({ name: 'passport.txt', mimeType: 'text/plain', buffer: Buffer.from('No. 4711') });
  await agent.say('Thank you, I have seen it');
  await visitor.sees('I have seen it');
  await expect(agent.message('passport.txt')).toHaveCount(1);

  const asApp = (method: string, path: string) => rest(server.url, '', method, path, undefined, true);
  const { media } = await asApp('GET', '/media');
  await asApp('DELETE', `/media/${media.find(({ name }: any) => name === 'passport.txt').id}`);
  for (const side of [agent, visitor]) {
    await expect(side.message(removed)).toHaveAttribute('data-redacted', 'true');
    await expect(side.message('passport.txt')).toHaveCount(0);
    await expect(side.message('Here is my passport')).toHaveCount(1);
  }
  await picture(agent.page, 'redacted-console');
  await picture(visitor.page, 'redacted-demo');
  await visitor.page.reload();
  await expect(visitor.message(removed)).toHaveAttribute('data-own', 'true');

  const { chats } = await asApp('GET', '/chats');
  await agent.close();
  await asApp('DELETE', `/users/${chats[0].creator}`);
  await expect(agent.message(removed)).toHaveCount(4);
  await expect(agent.message('passport')).toHaveCount(0);
  await expect(agent.message('I have seen it')).toHaveCount(1);
  await expect(agent.pane()).toContainText('Deleted user');
  await picture(agent.page, 'redacted-closed');
});
