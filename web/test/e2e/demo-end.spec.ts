// What goes on around a chat of the demo: the assistant's lines before it, unread messages after a reload, ticket,
// conversation and survey at its end.
import { saved } from './support/files.ts';
import { expect, test } from './support/fixtures.ts';

test('the agent sees what the assistant has said before', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Ada');
  await visitor.sees('I am the Fieldhouse assistant');
  await agent.accept();
  await agent.sees('I am the Fieldhouse assistant');
});

test('what came while the page was away stands below a line, once', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Ada');
  await agent.accept();
  await agent.say('while you were here');
  await visitor.sees('while you were here');
  await visitor.page.goto('about:blank');
  await agent.say('while you were away');
  await agent.say('and one more');

  await visitor.visit();
  await visitor.sees('and one more');
  const line = visitor.page.getByTestId('chat-unread-line');
  await expect(line).toHaveCount(1);
  await expect(line.locator('xpath=following-sibling::*[1]')).toContainText('while you were away');
  await expect(agent.message('and one more')).toHaveAttribute('data-status', 'read');

  await visitor.page.reload();
  await visitor.sees('and one more');
  await expect(line).toHaveCount(0);
});

test('after a chat: ticket, the conversation as a file, the survey, a new chat', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  const { page } = visitor;
  await visitor.start('Ada');
  await visitor.say('to be remembered');
  await agent.accept();
  await agent.close();
  const ticket = page.getByTestId('chat-ticket');
  await expect(ticket).toHaveText(/^Your ticket number is [0-9A-Z]{4}-[0-9A-Z]{4}\.$/);
  const [, number] = /is (\S+)\.$/.exec(await ticket.innerText())!;
  await expect.poll(() => page.evaluate(() => ICF.Lobby.logged), 'the session is over').toBe(false);
  expect((await page.context().cookies()).filter(({ name }) => name === 'i.cc')).toEqual([]);

  const { name, content } = await saved(page, () => page.getByTestId('chat-save').click());
  expect(name).toBe(`conversation-${number}.txt`);
  expect(String(content)).toContain('Ada: to be remembered');

  const survey = page.frameLocator('[data-testid=chat-survey]');
  await expect(survey.getByRole('heading')).toHaveText('How was our chat?');
  // From another window than the survey's, which has the same origin.
  await page.evaluate(
    () =>
      new Promise((heard) => {
        addEventListener('message', heard, { once: true });
        postMessage({ message: 'inbenta.survey.successful_answer' }, location.origin);
      }),
  );
  await expect(page.getByTestId('chat-survey')).toBeVisible();
  await survey.getByRole('radio').nth(4).check();
  await survey.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByTestId('chat-thanks')).toBeFocused();
  await expect(page.getByTestId('chat-survey')).toHaveCount(0);

  await page.getByTestId('chat-again').click();
  await page.getByTestId('chat-start').click();
  await expect(page.getByTestId('chat-input')).toBeVisible();
  await expect(visitor.message('to be remembered')).toHaveCount(0);
  await visitor.close();
  await expect(ticket).toHaveText(/^Your ticket number is \S+\.$/);
  await expect(ticket).not.toContainText(number!);
});

test('an app without the survey ends without it', async ({ people, guard }) => {
  guard.allow(/status of 404/); // Chromium reports the missing survey itself
  const visitor = await people.visitor();
  await visitor.page.route('**/v1/surveys/**', (route) =>
    route.fulfill({ status: 404, json: { error: { code: 404, message: 'no such survey' } } }),
  );
  await visitor.start('Ada');
  await visitor.close();
  await expect(visitor.page.getByTestId('chat-ticket')).toHaveText(/ticket number/);
  await expect.poll(() => visitor.page.evaluate(() => ICF.Lobby.logged)).toBe(false);
  await expect(visitor.page.getByTestId('chat-survey')).toHaveCount(0);
  await expect(visitor.page.getByTestId('chat-again')).toBeFocused();
});

test('who ends the chat has ticket and survey, though they come before the answer to that', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  const { page } = visitor;
  let asked = '';
  const kept: string[] = [];
  await page.routeWebSocket(/\/v1\/socket/, (socket) => {
    const server = socket.connectToServer();
    const frames = (message: string | Buffer) => String(message).split('\n');
    const read = (frame: string) => JSON.parse(frame || '{}'); // an empty one is a sign of life
    socket.onMessage((message) => {
      asked ||= frames(message)
        .map(read)
        .find(({ event }) => event === 'chats:close')?.id;
      server.send(message);
    });
    server.onMessage((message) => {
      for (const frame of frames(message)) {
        const { id, event } = read(frame);
        if (asked && id === asked) kept.push(frame);
        else socket.send(frame);
        if (event === 'system:info') for (const late of kept.splice(0)) socket.send(late);
      }
    });
  });
  await visitor.visit();
  await visitor.start('Ada');
  await agent.accept();
  await visitor.say('thank you');
  await visitor.close();
  await expect(page.getByTestId('chat-ticket')).toHaveText(/ticket number/);
  await expect(page.getByTestId('chat-survey')).toBeVisible();
});
