// Text has its own direction: bubbles, the input, names, previews, details; and it does not turn our own sentences around.
import type { Locator } from '@playwright/test';
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';

const direction = (of: Locator) => of.evaluate((element) => getComputedStyle(element).direction);
const isolated = (text: string) => `\u2068${text}\u2069`;

for (const [language, name, text] of [
  ['Arabic', 'ليلى', 'مرحبا، هل الطلب 12 جاهز؟ 🙂'],
  ['Hebrew', 'דנה', 'שלום, האם ההזמנה מוכנה?'],
] as const)
  test(`${language} runs from right to left, and the page around it does not`, async ({ people, server }) => {
    const agent = await people.agent('agent1');
    const visitor = await restVisitor(server.url, { name, extraInfo: { city: text } });
    await visitor.search();
    await expect(agent.invitations.locator('strong')).toHaveText(name);
    expect(await direction(agent.invitations.locator('strong'))).toBe('rtl');
    await agent.accept();
    await visitor.say(text);
    await visitor.say('Order 12 is late.');
    await agent.sees(text);
    const bubble = (words: string) => agent.message(words).locator('.bubble');
    expect(await direction(bubble(text))).toBe('rtl');
    expect(await direction(bubble('Order 12'))).toBe('ltr');
    expect(await direction(agent.pane().getByRole('heading', { level: 2 }).first())).toBe('rtl');
    expect(await direction(agent.pane().locator('.who').first())).toBe('rtl');
    const entry = agent.chats.first();
    expect(await direction(entry.locator('.chat-item-name'))).toBe('rtl');
    const input = agent.pane().getByTestId('chat-input');
    expect(await direction(input)).toBe('ltr');
    await input.fill(text);
    expect(await direction(input)).toBe('rtl');
    await expect(input).toHaveAccessibleName(`Message to ${isolated(name)}`);
    await input.press('Enter');
    await expect(entry.locator('.chat-item-last')).toHaveText(`You: ${isolated(text)}`);
    expect(await direction(entry.locator('.chat-item-last'))).toBe('ltr');
    await agent.page.getByTestId('details-toggle').click();
    expect(await direction(agent.page.getByTestId('details').locator('dd', { hasText: text }))).toBe('rtl');
    await visitor.close();
    await expect(agent.pane().locator('.notice').last()).toHaveText(`Visitor ${isolated(name)} closed the chat.`);
    expect(await direction(agent.pane().locator('.notice').last())).toBe('ltr');
  });

test('a name loses characters that steer direction, and turns nothing around it', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada \u202e\u2069' });
  await visitor.search();
  await agent.accept();
  await expect(agent.pane()).toBeVisible();
  await visitor.close();
  await expect(agent.pane().locator('.notice').last()).toHaveText('Visitor Ada closed the chat.');
});
