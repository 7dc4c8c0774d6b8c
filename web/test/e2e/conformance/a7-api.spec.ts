// Table a.7: ICF.Api.
import { needs } from '../support/engine.ts';
import { expect, outcome, test } from './support.ts';

test('a.7 request: path without a version; GET parameters in the query, POST parameters in the JSON body; resolves {data}', async ({
  opened,
  wire,
  guard,
}) => {
  needs('postData');
  guard.allow(/status of 4\d\d/);
  await wire.agent('agent1');
  const { page, me } = opened;
  const requests: string[] = [];
  page.on('request', (request) =>
    requests.push(`${request.method()} ${new URL(request.url()).pathname}${new URL(request.url()).search} ${request.postData() ?? ''}`),
  );
  expect(await page.evaluate(() => ICF.Api.request('/agents/available', 'GET', { roomIds: '1', langs: 'en' }))).toEqual({
    data: { agents: { 1: 1 } },
  });
  expect(await page.evaluate(() => ICF.Api.request('/users', 'POST', { name: 'Somebody', extraInfo: { page: '/cart' } }))).toMatchObject({
    data: { user: { name: 'Somebody', extraInfo: { page: '/cart' } }, session: { token: expect.any(String) } },
  });
  expect(requests[0]).toMatch(/^GET \/v1\/agents\/available\?roomIds=1&langs=en /);
  expect(requests.find((one) => one.startsWith('POST'))).toMatch(/^POST \/v1\/users \{"name":"Somebody"/);
  expect((await page.evaluate((id) => ICF.Api.request(`/users/${id}`, 'GET', {}), me)).data.user.id, 'the token goes along').toBe(me);
  expect(await outcome(page, `ICF.Api.request("/users/nobody", "GET")`)).toMatchObject({ isError: true, code: expect.any(Number) });
});
