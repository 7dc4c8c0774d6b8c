// Below a path, behind proxies: everything is found from where the page or the script is.
import { saved } from './support/files.ts';
import { expect, test } from './support/fixtures.ts';
import { get } from './support/http.ts';
import { png } from './support/png.ts';
import type { ReverseProxy } from './support/reverse-proxy.ts';
import { attended, enter, openChat, said } from './support/sdk.ts';

async function answers(server: { url: string }): Promise<unknown[]> {
  const headers = { 'x-hyper-appid': 'demo', 'x-hyper-secret': 'demo-secret' };
  return (await (await fetch(`${server.url}/v1/surveys/1/answers`, { headers })).json()).answers;
}

const plain = { prefix: '/chat', strips: true, headers: {} };

test('the demo, the console and the survey work below a path, behind a proxy that says nothing', async ({
  reverseProxy,
  people,
  server,
}) => {
  const baseURL = `${(await reverseProxy(plain)).url}/`;
  const agent = await people.agent('agent1', { baseURL });
  const visitor = await people.visitor({ baseURL });
  await visitor.start('Ada');
  await visitor.say('Hello from below');
  await agent.accept();
  await agent.sees('Hello from below');
  await agent.attach({ name: 'drawing.png', mimeType: 'image/png', buffer: png() });
  const picture = visitor.message('drawing.png').getByRole('img', { name: 'drawing.png' });
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(40);
  await visitor.attach({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('two sizes') });
  const file = await saved(agent.page, () => agent.message('notes.txt').getByTestId('media-save').click());
  expect(String(file.content)).toBe('two sizes');
  await visitor.page.reload();
  await visitor.sees('Hello from below');
  await agent.close();
  const survey = visitor.page.frameLocator('[data-testid=chat-survey]');
  await expect(survey.getByRole('heading')).toHaveText('How was our chat?');
  await survey.getByRole('radio', { name: '5' }).check();
  await survey.getByRole('button', { name: 'Send' }).click();
  await expect(visitor.page.getByTestId('chat-survey')).toHaveCount(0);
  await expect.poll(() => answers(server)).toHaveLength(1);
});

for (const [name, options] of [
  ['without a server', () => ({ appId: 'demo' })],
  ['with the server', (proxy: ReverseProxy) => ({ appId: 'demo', server: proxy.url })],
] as const) {
  test(`a page of another site, ${name}: chat, file and download go through the path`, async ({ reverseProxy, sdk, wire }) => {
    const below = await reverseProxy(plain);
    const page = await sdk({ server: below.url });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('websocket', (socket) => asked.push(socket.url().replace('ws', 'http')));
    await enter(page, options(below));
    const chatId = await openChat(page);
    await attended(page, await wire.agent('agent1'), chatId);
    await page.evaluate(async () => {
      await window.chat.sendMessage('Hello');
      await window.chat.sendMedia(new File(['x'], 'x.txt', { type: 'text/plain' }));
    });
    expect(await said(page)).toHaveLength(2);
    expect(asked.length).toBeGreaterThan(5);
    for (const url of asked) expect(url.startsWith(`${below.url}/`), url).toBe(true);
  });
}

test('what leads elsewhere stays below the path', async ({ reverseProxy }) => {
  const { url } = await reverseProxy(plain);
  for (const [path, to] of [
    ['/', '/demo/'],
    ['/demo', '/demo/'],
    ['/console', '/console/'],
    ['/survey', '/survey/'],
    ['/sdk', '/sdk/'],
  ] as const) {
    const { status, headers } = await get(url + path);
    expect(status).toBe(302);
    expect(new URL(headers.location!, url + path).href).toBe(url + to);
  }
});
