// What supervisors manage at the console: agents, and the audit log. It is loaded for them alone.
import type { Page } from '@playwright/test';
import { rest, restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { Agent } from './support/pages.ts';
import { usableEverywhere } from './support/usable.ts';

/** A supervisor at a page of those that they manage. */
async function managing(page: Page, at: string): Promise<Page> {
  await (await new Agent(page).visit()).login('lead');
  await page.getByTestId('manage').press('Enter');
  await page.getByTestId(`manage-${at}`).click();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  return page;
}

test('agents are not offered the pages, and do not load them', async ({ page }) => {
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(request.url()));
  await (await new Agent(page).visit()).login('agent1');
  await expect(page.getByTestId('manage')).toHaveCount(0);
  expect(loaded.filter((url) => url.includes('manage'))).toEqual([]);
});

test('an agent is added, logs in, is changed, disabled and removed', async ({ page, newContext, guard }) => {
  guard.allow(/40[0139]/u);
  await managing(page, 'agents');
  const dialog = page.getByTestId('agent-dialog');
  await page.getByTestId('agent-add').press('Enter');
  await expect(dialog).toHaveAccessibleName('Add an agent');
  await page.getByTestId('agent-username').fill('agent1');
  await page.getByTestId('agent-name').fill('Nina');
  await page.getByTestId('agent-password').fill('password1');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('agent-error')).toContainText('first that are guessed');
  await page.getByTestId('agent-password').fill('several words of hers');
  await page.getByTestId('agent-save').click();
  await expect(page.getByTestId('agent-error')).toContainText('already exists');
  await page.getByTestId('agent-username').fill('nina');
  await page.getByTestId('agent-langs').fill('en, de');
  await dialog.getByLabel('1', { exact: true }).check();
  await page.getByTestId('agent-save').click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByTestId('team-said')).toHaveText('Nina is added, and can log in.');
  const nina = page.locator('[data-agent="nina"]');
  await expect(nina).toContainText('Rooms 1 · en, de');

  const hers = new Agent(await (await newContext()).newPage());
  await (await hers.visit()).login('nina', 'several words of hers');
  await nina.getByTestId('agent-edit').click();
  await expect(dialog.getByTestId('session-end')).toHaveCount(1);
  await page.getByTestId('agent-nickname').fill('Nina from the shop');
  await page.getByTestId('agent-role').selectOption('supervisor');
  await page.getByTestId('agent-save').click();
  await expect(nina).toContainText('Supervisor');
  await expect(nina.getByTestId('agent-edit')).toBeFocused();

  await nina.getByTestId('agent-edit').click();
  await expect(page.getByTestId('agent-remove')).toHaveCount(0);
  await expect(dialog).toContainText('secret alone');
  await page.getByTestId('agent-role').selectOption('agent');
  await page.getByTestId('agent-save').click();
  await expect(nina).not.toContainText('Supervisor');

  await nina.getByTestId('agent-edit').click();
  await page.getByTestId('session-end').click();
  await expect(page.getByTestId('session-end')).toHaveCount(0);
  await page.getByTestId('agent-disable').click();
  await expect(nina).toContainText('Disabled');
  await hers.page.reload();
  await hers.page.getByTestId('login-user').fill('nina');
  await hers.page.getByTestId('login-password').fill('several words of hers');
  await hers.page.keyboard.press('Enter');
  await expect(hers.page.getByTestId('login-error')).toBeVisible();

  await nina.getByTestId('agent-edit').click();
  await page.getByTestId('agent-remove').press('Enter');
  await expect(page.getByTestId('agent-keep')).toBeFocused();
  await page.getByTestId('agent-remove-confirm').press('Enter');
  await expect(nina).toHaveCount(0);
  await expect(page.getByTestId('team-said')).toHaveText('Nina is removed.');
});

test('supervisors rename themselves, and change no more of their own account', async ({ page }) => {
  await managing(page, 'agents');
  const own = page.locator('[data-agent="lead"]');
  await own.getByTestId('agent-edit').click();
  await expect(page.getByTestId('agent-dialog')).toContainText('your own account');
  await expect(page.getByTestId('agent-disable')).toHaveCount(0);
  await page.getByTestId('agent-name').fill('Lea Lead');
  await page.getByTestId('agent-save').click();
  await expect(own).toContainText('Lea Lead');
});

test('the audit log has who did what, of one kind and by one person if asked', async ({ page, people }) => {
  await people.agent('agent1');
  await managing(page, 'agents');
  await page.locator('[data-agent="agent2"]').getByTestId('agent-edit').click();
  await page.getByTestId('agent-nickname').fill('Bo');
  await page.getByTestId('agent-save').click();
  await page.getByTestId('manage-audit').click();
  const entries = page.getByTestId('audit-entry');
  await expect(entries.first()).toHaveAttribute('data-act', 'agent.change');
  await expect(entries.first()).toContainText(/Lead.*agent\.change.*nickname/su);
  await page.getByTestId('audit-act').selectOption('login');
  await expect(entries).toHaveCount(2);
  await page.getByTestId('audit-by').selectOption({ label: 'Agent 1 (agent1)' });
  await expect(entries).toHaveCount(1);
  await expect(entries).toContainText('Agent 1');
  await page.getByTestId('audit-act').selectOption('hold');
  await expect(page.getByText('There are no such entries.')).toBeVisible();
});

test('the figures of now follow what happens', async ({ page, people, server }) => {
  const agent = await people.agent('agent1');
  await rest(server.url, '', 'PUT', '/settings', { queue: { active: true } }, true);
  await managing(page, 'figures');
  await expect(page.getByTestId('figure-waiting')).toHaveText('0');
  await expect(page.getByTestId('figure-duty')).toHaveText('1 of 3');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await expect(page.getByTestId('figure-waiting')).toHaveText('1', { timeout: 20_000 });
  await agent.accept();
  await expect(page.getByTestId('figure-active')).toHaveText('1', { timeout: 20_000 });
  await expect(page.getByTestId('figure-agent').filter({ hasText: 'Agent 1' })).toContainText('1', { timeout: 20_000 });
  await expect(page.getByTestId('figure-waiting')).toHaveText('0');
});

test('the pages are usable on a phone and at a desk, in light and in dark, and lead back to the chats', async ({ page }) => {
  test.slow();
  await managing(page, 'figures');
  await expect(page.getByTestId('figure-room')).toHaveCount(2);
  await usableEverywhere(page);
  await page.setViewportSize({ width: 320, height: 640 });
  const region = page.getByRole('region', { name: 'Rooms' });
  await expect
    .poll(() => region.evaluate((it) => it.clientHeight >= it.firstElementChild!.clientHeight), 'the whole table is there')
    .toBe(true);
  await page.getByTestId('manage-agents').click();
  await expect(page.getByTestId('team-member')).toHaveCount(3);
  await usableEverywhere(page);
  await page.getByTestId('agent-add').click();
  await expect(page.getByTestId('agent-username')).toBeVisible();
  await usableEverywhere(page);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('agent-add')).toBeFocused();
  await page.locator('[data-agent="agent1"]').getByTestId('agent-edit').click();
  await expect(page.getByTestId('agent-disable')).toBeVisible();
  await usableEverywhere(page);
  await page.keyboard.press('Escape');
  await page.getByTestId('manage-audit').click();
  await expect(page.getByTestId('audit-entry').first()).toBeVisible();
  await usableEverywhere(page);
  await page.getByTestId('manage-back').click();
  await expect(page.getByTestId('tab-own')).toBeVisible();
});

test('pages that do not come are asked for again', async ({ page, guard }) => {
  guard.allow(/manage|Failed to (load|fetch)/u);
  await (await new Agent(page).visit()).login('lead');
  await page.route(/manage-view/u, (route) => route.abort());
  await page.getByTestId('manage').click();
  await expect(page.getByText('The pages could not be loaded.')).toBeVisible();
  await page.getByRole('button', { name: 'Back to the chats' }).click();
  await expect(page.getByTestId('tab-own')).toBeVisible();
  await page.getByTestId('manage').click();
  await page.unroute(/manage-view/u);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByTestId('manage-back')).toBeVisible();
});
