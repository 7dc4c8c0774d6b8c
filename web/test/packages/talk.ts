// The conversation that is held in each project.
import type { Page } from '@playwright/test';
import { expect } from '../e2e/support/fixtures.ts';
import type { Wire } from '../e2e/support/wire.ts';

// A development server compiles when it is first asked.
const firstLook = 90_000;

/**
 * The visitor's page opens, the agent comes in, both write, the page is loaded anew, and the agent closes the chat.
 * Gives the address that the core came from.
 */
export async function converse(page: Page, url: string, agent: Wire): Promise<string> {
  const cores: string[] = [];
  page.on('response', (response) => {
    if (/\.wasm(\?|$)/.test(response.url()) && response.ok() && /wasm/.test(response.headers()['content-type'] ?? '')) {
      cores.push(response.url());
    }
  });
  await page.goto(url, { timeout: firstLook });
  const box = page.getByRole('textbox');
  const refused = page.getByRole('alert').filter({ hasText: /./ });
  await expect(box.or(refused)).toBeVisible({ timeout: firstLook });
  await expect(refused).toHaveCount(0);
  const { chatId } = (await agent.next('invitations:new')).data;
  await agent.request('invitations:accept', { chatId });

  await box.fill('a question');
  await box.press('Enter');
  await agent.next('messages:new', ({ message }) => message.message === 'a question');
  await agent.request('messages:new', { chatId, message: 'an answer' });
  const lines = page.getByRole('listitem');
  await expect(lines).toHaveText(['a question', 'an answer']);

  await page.reload();
  await expect(lines).toHaveText(['a question', 'an answer'], { timeout: firstLook });
  await agent.request('messages:new', { chatId, message: 'another' });
  await expect(lines).toHaveText(['a question', 'an answer', 'another']);
  await agent.request('chats:close', { chatId });
  await expect(page.getByRole('status').filter({ hasText: 'closed' })).toBeVisible();
  return cores[0] ?? '';
}
