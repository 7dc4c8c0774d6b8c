// The survey after a chat, in a frame of the customer's page; and what else is
// left when the lobby is closed.
import { type BrowserContextOptions, devices, type FrameLocator, type Page } from '@playwright/test';
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { attended, enter, event, openChat, outcome } from './support/sdk.ts';
import { usable } from './support/usable.ts';
import type { Wire } from './support/wire.ts';

const { defaultBrowserType: _, ...phone } = devices['Pixel 7']!;
const looks: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { ...phone, colorScheme: 'light' },
};

// Has a conversation that the agent closes, closes the lobby when the ticket is
// there, as pages do, and gives the survey's address.
async function askedAfterChat(page: Page, agent: Wire): Promise<{ url: string; token: string; chatId: string }> {
  const { token } = await enter(page);
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  await page.evaluate(() => ICF.Lobby.addEventListener('system:info', (info) => window.seen.push(['ticket', info.data.ticketId])));
  await agent.request('chats:close', { chatId });
  const url = await page.evaluate(
    async (sourceId) => {
      await ICF.Lobby.close();
      const { data } = await ICF.Api.request('/surveys/1', 'GET', { sourceType: 'ticket', sourceId });
      return data.survey.url as string;
    },
    await event(page, 'ticket'),
  );
  return { url, token, chatId };
}

// Shows the survey as pages do, and keeps what it tells in window.told.
async function framed(page: Page, url: string): Promise<FrameLocator> {
  await page.evaluate((url) => {
    Object.assign(window, { told: [] });
    addEventListener('message', (event) => (window as any).told.push([event.origin, event.data]));
    const frame = document.createElement('iframe');
    Object.assign(frame, { src: url, title: 'Survey', width: '100%', height: '700' });
    document.body.append(frame);
  }, url);
  return page.frameLocator('iframe');
}

const told = (page: Page) => page.evaluate(() => (window as any).told);

async function stored(server: { url: string }): Promise<any[]> {
  const answer = await fetch(`${server.url}/v1/surveys/1/answers`, {
    headers: { 'x-hyper-appid': 'demo', 'x-hyper-secret': 'demo-secret' },
  });
  return (await answer.json()).answers;
}

test('a visitor answers by keyboard, and the page around is told', async ({ sdk, wire, server }) => {
  const page = await sdk();
  const { url, chatId } = await askedAfterChat(page, await wire.agent('agent1'));
  expect(new URL(url).pathname).toBe('/survey/');
  const survey = await framed(page, url);
  await expect(survey.getByRole('heading')).toHaveText('How was our chat?');

  await survey.getByRole('button', { name: 'Send' }).press('Enter');
  await expect(survey.getByRole('radiogroup', { name: /How satisfied/ })).toHaveAccessibleDescription('Please answer this question.');
  await expect(survey.getByRole('radio', { name: '1' })).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  await page.keyboard.type('<img src=x onerror=alert(1)>');
  await page.keyboard.press('Tab');
  expect(await told(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await expect(survey.getByRole('status')).toHaveText('Thank you for your answers!');
  await expect(survey.getByRole('heading')).toBeFocused();
  expect(await told(page)).toEqual([[server.url, { message: 'inbenta.survey.successful_answer' }]]);

  const answers = await stored(server);
  expect(answers).toHaveLength(1);
  expect(answers[0].chatId).toBe(chatId);
  expect(answers[0].answers.map(({ answer }: any) => answer)).toEqual([3, 'Yes', '<img src=x onerror=alert(1)>']);

  await page.reload();
  await expect((await framed(page, url)).getByRole('status')).toHaveText('You have already answered this survey. Thank you!');
});

test('while the server is away nothing that was typed is lost', async ({ sdk, wire, server, guard }) => {
  guard.allow(connectionErrors);
  const page = await sdk();
  const { url } = await askedAfterChat(page, await wire.agent('agent1'));
  const survey = await framed(page, url);
  await survey.getByText('5', { exact: true }).click();
  const field = survey.getByLabel('What could we do better?');
  await field.fill('أجب أسرع');
  expect(await field.evaluate((element) => getComputedStyle(element).direction)).toBe('rtl');
  await field.fill('Answer sooner');
  await server.stop();
  await survey.getByRole('button', { name: 'Send' }).click();
  await expect(survey.getByRole('alert')).toContainText('Your answers are still here; try again.');
  await expect(survey.getByLabel('What could we do better?')).toHaveValue('Answer sooner');
  await server.start();
  await survey.getByRole('button', { name: 'Send again' }).click();
  await expect(survey.getByRole('status')).toHaveText('Thank you for your answers!');
  expect((await stored(server))[0].answers.map(({ answer }: any) => answer)).toEqual([5, 'Answer sooner']);
});

test('a page that opens while the API is away can be tried again', async ({ sdk, wire, guard }) => {
  guard.allow(/net::ERR_FAILED/);
  const page = await sdk();
  const { url } = await askedAfterChat(page, await wire.agent('agent1'));
  await page.route('**/form', (route) => route.abort());
  const survey = await framed(page, url);
  await expect(survey.getByRole('alert')).toContainText('cannot be reached');
  await page.unroute('**/form');
  await survey.getByRole('button', { name: 'Try again' }).click();
  await expect(survey.getByRole('button', { name: 'Send' })).toBeVisible();
});

test('two tabs with the same survey: the second is told that it is answered', async ({ sdk, wire, server, context, guard }) => {
  guard.allow(/status of 409/);
  const page = await sdk();
  const { url } = await askedAfterChat(page, await wire.agent('agent1'));
  const tabs = [await context.newPage(), await context.newPage()];
  for (const tab of tabs) {
    await tab.goto(url);
    await tab.getByText('4', { exact: true }).click();
  }
  for (const [n, text] of ['Thank you for your answers!', 'You have already answered this survey. Thank you!'].entries()) {
    await tabs[n]!.getByRole('button', { name: 'Send' }).click();
    await expect(tabs[n]!.getByRole('status')).toHaveText(text);
  }
  expect(await stored(server)).toHaveLength(1);
});

test('what is wrong with a link is said, and another link in the same frame is taken', async ({ sdk, wire, server, guard, page }) => {
  guard.allow(/status of 401/);
  const { url } = await askedAfterChat(await sdk(), await wire.agent('agent1'));
  await page.goto(`${server.url}/survey/`);
  await expect(page.getByRole('alert')).toHaveText('This link does not work. Please check that it is complete.');
  await page.goto(url.slice(0, -3));
  await expect(page.getByRole('alert')).toHaveText('This link does not work. Please check that it is complete.');
  // The page loads itself anew, after this call has its answer.
  await page.evaluate((hash) => void setTimeout(() => (location.hash = hash)), new URL(url).hash);
  await expect(page.getByRole('button', { name: 'Send' })).toBeVisible();
});

test('it speaks the language of the address, else that of the browser', async ({ sdk, wire, newContext, guard }) => {
  guard.allow(/status of 409/);
  const { url } = await askedAfterChat(await sdk(), await wire.agent('agent1'));
  const page = await (await newContext({ locale: 'pt-AO' })).newPage();
  await page.goto(url);
  await expect(page.locator('html')).toHaveAttribute('lang', 'pt-PT');
  await page.getByRole('radio').first().check();
  await page.getByRole('button', { name: 'Enviar' }).click();
  await expect(page.getByRole('status')).toHaveText('Obrigado pelas suas respostas!');
  await page.goto(url.replace('#', '?lang=ar#'));
  await expect(page.getByRole('status')).toHaveText('لقد أجبت عن هذا الاستبيان من قبل. شكرًا لك!');
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
  await usable(page);
  await page.goto(url.replace('#', '?lang=eo#'));
  await expect(page.getByRole('status')).toHaveText('You have already answered this survey. Thank you!');
});

test('an expired link is said to be one', async ({ serverWith, page, site, guard }) => {
  guard.allow(/status of 410/);
  const brief = await serverWith('-survey-link', '1s');
  await page.goto(site.page(`${brief.url}/sdk/1/icf.sdk.js`));
  await enter(page);
  const { url } = await page.evaluate(async () => {
    const chat = await ICF.Chat.init({ room: '1' });
    const ticket = new Promise<string>((done) => ICF.Lobby.addEventListener('system:info', (info) => done(info.data.ticketId!)));
    await chat.close();
    return (await ICF.Api.request('/surveys/1', 'GET', { sourceType: 'ticket', sourceId: await ticket })).data.survey;
  });
  await expect(async () => {
    await page.goto('about:blank'); // an address that differs in its fragment alone is no new visit
    await page.goto(url);
    await expect(page.getByRole('alert')).toHaveText('This link has expired.', { timeout: 500 });
  }).toPass();
  await expect(page.getByRole('button')).toBeHidden();
});

for (const [look, options] of Object.entries(looks)) {
  test(`the survey can be used by everybody, ${look}`, async ({ sdk, wire, newContext }, info) => {
    const { url } = await askedAfterChat(await sdk(), await wire.agent('agent1'));
    const page = await (await newContext(options)).newPage();
    await page.goto(url);
    await expect(page.getByRole('button', { name: 'Send' })).toBeVisible();
    await usable(page);
    await page.getByText('4', { exact: true }).click();
    await page.getByLabel('What could we do better?').focus();
    await usable(page);
    await page.screenshot({ path: info.outputPath(`survey-${look}.png`) });
    await page.getByRole('button', { name: 'Send' }).click();
    await expect(page.getByRole('status')).toHaveText('Thank you for your answers!');
    await usable(page);
  });
}

test('after Lobby.close the old token reads the conversation, and opens nothing', async ({ sdk, wire, server, guard }) => {
  guard.allow(/status of 401/);
  const page = await sdk();
  const { token, chatId } = await askedAfterChat(page, await wire.agent('agent1'));
  const read = (path: string) => fetch(`${server.url}/v1${path}`, { headers: { 'x-hyper-appid': 'demo', 'x-hyper-token': token } });
  for (const path of [`/chats/${chatId}/history`, `/chats/${chatId}/history.csv`]) expect((await read(path)).status, path).toBe(200);
  expect((await read('/chats')).status).toBe(401);
  await expect(wire(token)).rejects.toThrow(/the session has ended/);
  expect(await outcome(page, `ICF.Api.request("/chats/${chatId}/history").then(({ data }) => data.chatId)`)).toEqual({ value: chatId });
  expect(await outcome(page, `ICF.Api.request("/agents/available").then(({ data }) => Object.keys(data))`)).toEqual({ value: ['agents'] });
});
