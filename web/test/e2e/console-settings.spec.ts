// What supervisors set at the console: two of them at the same time, what the server refuses, what is not saved yet, and that agents have it.
import type { Page } from '@playwright/test';
import { rest, restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { Agent } from './support/pages.ts';

async function settings(page: Page, group: string): Promise<Page> {
  if (!(await page.getByTestId('manage-settings').isVisible())) {
    await (await new Agent(page).visit()).login('lead');
    await page.getByTestId('manage').press('Enter');
  }
  await page.getByTestId('manage-settings').click();
  await page.getByTestId(`setting-${group}`).press('Enter');
  await expect(page.getByTestId('setting-save')).toBeVisible();
  return page;
}

const stored = async (url: string) => (await rest(url, '', 'GET', '/settings', undefined, true)).settings;

test('opening hours are set day by day; of two supervisors the later one sees what the other has changed', async ({
  page,
  newContext,
  server,
  guard,
}) => {
  guard.allow(/40[09]/u);
  await settings(page, 'hours');
  const other = await settings(await (await newContext()).newPage(), 'hours');
  await page.getByTestId('add-hours-0').press('Enter');
  await expect(page.getByTestId('set-hours.0.0.from')).toBeFocused();
  await page.getByTestId('set-hours.0.0.from').fill('08:30');
  await page.getByTestId('add-hours-1').click();
  await page.getByTestId('remove-hours-1').click();
  await expect(page.getByTestId('add-hours-1')).toBeFocused();
  await page.getByTestId('add-holiday').click();
  await expect(page.getByTestId('set-window.holidays.0.date')).toBeFocused();
  await page.getByTestId('set-window.holidays.0.date').fill('2026-12-24');
  await page.getByTestId('add-window-holidays-0').click();
  await page.getByTestId('add-holiday').click();
  await expect(page.getByTestId('set-window.holidays.1.date')).toHaveValue('2026-12-25');
  await page.getByTestId('set-window.timeZone').fill('Mars/Olympus');
  await page.getByTestId('setting-save').click();
  const zone = page.getByTestId('set-window.timeZone');
  await expect(zone).toBeFocused();
  await expect(zone).toHaveAccessibleDescription(/must be the IANA name of a time zone/u);
  await zone.fill('Europe/Madrid');
  await expect(page.getByTestId('field-problem')).toHaveCount(0);
  await page.getByTestId('setting-save').click();
  await expect(page.getByTestId('setting-said')).toHaveText('Saved.');
  const holidays = [{ date: '2026-12-24', hours: '09:00-17:00' }, { date: '2026-12-25' }];
  expect((await stored(server.url)).window).toMatchObject({ hours: 'Mo 08:30-17:00', timeZone: 'Europe/Madrid', holidays, away: 'chat' });
  await page.getByTestId('set-window.holidays.1.date').fill('2026-12-24');
  await page.getByTestId('setting-save').click();
  await expect(page.getByTestId('set-window.holidays.1.date')).toHaveAccessibleDescription('"2026-12-24" is used twice');
  await page.getByTestId('remove-holiday').last().click();
  await expect(page.getByTestId('add-holiday')).toBeFocused();

  await other.getByTestId('set-window.away').selectOption('message');
  await other.getByTestId('setting-save').click();
  await expect(other.getByTestId('setting-conflict')).toContainText(
    /Monday: 08:30–17:00.*Time zone: Europe\/Madrid.*December 24, 2026: 09:00–17:00/su,
  );
  await expect(other.getByTestId('set-window.away')).toHaveValue('message');
  await other.getByTestId('setting-theirs').click();
  await expect(other.getByTestId('set-window.timeZone')).toHaveValue('Europe/Madrid');
  await other.getByTestId('set-window.away').selectOption('message');
  // Somebody changes something else: no reason to ask.
  await rest(server.url, '', 'PUT', '/settings', { tags: ['refund'] }, true);
  await other.getByTestId('setting-save').click();
  await expect(other.getByTestId('setting-said')).toHaveText('Saved.');
  expect(await stored(server.url)).toMatchObject({ tags: ['refund'], window: { hours: 'Mo 08:30-17:00', away: 'message' } });
});

test('replies in the visitor’s language, words, fields, tags and rooms are set, and what is not saved is not lost', async ({
  page,
  people,
  server,
  guard,
}) => {
  guard.allow(/400/u);
  await settings(page, 'replies');
  await page.getByTestId('add-reply').click();
  await expect(page.getByTestId('set-cannedReplies.4.title')).toBeFocused();
  await page.keyboard.type('Salut');
  await page.getByTestId('set-cannedReplies.4.lang').selectOption('fr');
  await page.getByTestId('setting-save').click();
  await expect(page.getByTestId('set-cannedReplies.4.text')).toBeFocused();
  await page.keyboard.type('Bonjour {name} !');

  // Chats may be looked at meanwhile; another page is another matter.
  await page.getByTestId('manage-back').click();
  await page.getByTestId('manage').click();
  await expect(page.getByTestId('set-cannedReplies.4.text')).toHaveValue('Bonjour {name} !');
  await page.getByTestId('manage-rooms').click();
  await expect(page.getByTestId('unsaved-stay')).toBeFocused();
  await page.keyboard.press('Enter');
  await page.getByTestId('setting-save').click();
  await expect(page.getByTestId('setting-said')).toHaveText('Saved.');

  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Zoé' }, { room: '1', lang: 'fr' });
  await visitor.search();
  await agent.accept();
  await expect(agent.pane().getByTestId('chat-input')).toBeFocused();
  await agent.page.keyboard.type('/');
  await expect(agent.page.getByTestId('reply').first()).toContainText('Salut');
  await agent.page.keyboard.press('Enter');
  await expect(agent.pane().getByTestId('chat-input')).toHaveValue('Bonjour Zoé !');

  await page.getByTestId('setting-form').click();
  const form = page.locator('console-set-fields');
  await page.getByTestId('add-field').click();
  await page.getByTestId('set-window.fields.1.name').fill('name');
  await form.getByTestId('setting-save').click();
  await expect(page.getByTestId('set-window.fields.1.name')).toHaveAccessibleDescription('"name" is used twice');
  await page.getByTestId('set-window.fields.1.name').fill('email');
  await page.getByTestId('set-window.fields.1.required').check();
  await page.getByTestId('field-up').click();
  await form.getByTestId('setting-save').click();
  await expect(form.getByTestId('setting-said')).toHaveText('Saved.');
  expect((await stored(server.url)).window.fields).toEqual([{ name: 'email', required: true }, { name: 'name' }]);

  await page.getByTestId('setting-surveys').click();
  const surveys = page.locator('console-set-surveys');
  await page.getByTestId('add-survey').click();
  await page.keyboard.type('How was it?');
  await page.getByTestId('set-surveys.1.id').fill('after');
  await page.getByTestId('set-surveys.1.questions.0.text').fill('Were we quick?');
  await page.getByTestId('add-question-1').click();
  await page.keyboard.type('Where are you?');
  await page.getByTestId('set-surveys.1.questions.1.type').selectOption('choice');
  await surveys.getByTestId('setting-save').click();
  await expect(page.getByTestId('set-surveys.1.questions.1.options')).toHaveAccessibleDescription('must be given for a choice');
  await page.getByTestId('set-surveys.1.questions.1.options').fill('Leeds\nYork\n');
  await page.getByTestId('set-surveys.1.questions.1.required').check();
  await page.getByTestId('question-1-up').click();
  await expect(page.getByTestId('set-surveys.1.questions.0.text')).toBeFocused();
  await surveys.getByTestId('setting-save').click();
  await expect(surveys.getByTestId('setting-said')).toHaveText('Saved.');
  expect((await stored(server.url)).surveys[1]).toEqual({
    id: 'after',
    title: 'How was it?',
    questions: [
      { id: 'q2', text: 'Where are you?', type: 'choice', options: ['Leeds', 'York'], required: true },
      { id: 'q1', text: 'Were we quick?', type: 'rating' },
    ],
  });
  await page.getByTestId('setting-work').click();
  const work = page.locator('console-set-work');
  await page.getByTestId('set-assignment.algorithm').selectOption('roundRobin');
  await page.getByTestId('set-assignment.timeout').fill('20');
  await work.getByTestId('setting-save').click();
  await expect(work.getByTestId('setting-said')).toHaveText('Saved.');
  expect((await stored(server.url)).assignment).toMatchObject({ algorithm: 'roundRobin', timeout: 20, maxChatsPerAgent: 0 });

  await page.getByTestId('manage-rooms').click();
  await page.getByTestId('add-room').click();
  await page.keyboard.type('sales');
  await page.getByTestId('setting-save').click();
  await expect(page.getByTestId('setting-said')).toHaveText('Saved.');
  expect((await stored(server.url)).rooms).toContain('sales');
});

test('what is refused is said in the agent’s language beside its field', async ({ page, guard }) => {
  guard.allow(/400/u);
  await page.addInitScript(() => localStorage.setItem('parley.console.language', 'de'));
  await settings(page, 'hours');
  const refused = async (field: string, value: string, why: string) => {
    await page.getByTestId(field).fill(value);
    await page.getByTestId('setting-save').last().click();
    await expect(page.getByTestId(field)).toHaveAccessibleDescription(why);
    await expect(page.getByTestId(field)).toBeFocused();
  };
  await refused('set-window.timeZone', 'Mars/Olympus', 'Diese Zeitzone gibt es nicht. Eine ist Europe/Madrid.');
  await page.getByTestId('setting-work').click();
  await refused('set-assignment.maxChatsPerAgent', '1001', 'Es muss eine Zahl von 0 bis 1.000 sein.');
  await page.getByTestId('set-assignment.maxChatsPerAgent').fill('0');
  await refused('set-tags', 'a\na', 'Das gibt es hier schon.');
});

test('what is as it was is not unsaved; another order is shown; an open reply stays open', async ({ page, server, guard }) => {
  guard.allow(/409/u);
  await settings(page, 'replies');
  const said = page.getByTestId('setting-said');
  const lang = page.getByTestId('set-cannedReplies.1.lang');
  await page.getByTestId('reply-open').nth(1).click();
  await lang.selectOption('fr');
  await expect(said).toHaveText('There are unsaved changes.');
  await lang.selectOption('');
  await expect(said).toHaveText('');

  // The second is open, and still is when it has become the first.
  const title = await page.getByTestId('set-cannedReplies.1.title').inputValue();
  await page.getByTestId('reply-open').first().click();
  await page.getByTestId('remove-reply').first().click();
  await expect(page.getByTestId('set-cannedReplies.0.title')).toHaveValue(title);
  await expect(page.getByTestId('set-cannedReplies.0.title')).toBeVisible();
  await expect(page.getByTestId('set-cannedReplies.1.title')).toBeHidden();

  const { cannedReplies } = await stored(server.url);
  await rest(server.url, '', 'PUT', '/settings', { cannedReplies: cannedReplies.toReversed() }, true);
  await page.getByTestId('setting-save').click();
  await expect(page.getByTestId('setting-conflict').getByRole('listitem')).toHaveCount(cannedReplies.length);
});

test('how many agents serve a room is said once it is known', async ({ page }) => {
  await (await new Agent(page).visit()).login('lead');
  let answer = () => {};
  const asked = new Promise<void>((resolve) => (answer = resolve));
  await page.route(/\/v1\/agents\?/u, async (route) => {
    await asked;
    await route.continue();
  });
  await page.getByTestId('manage').press('Enter');
  await page.getByTestId('manage-rooms').click();
  await expect(page.getByTestId('add-room')).toBeVisible();
  await expect(page.getByTestId('room-agents')).toHaveCount(0);
  answer();
  await expect(page.getByTestId('room-agents').first()).toHaveText(/^Agents: [1-9]/u);
});
