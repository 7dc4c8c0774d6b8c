// ICF.Events, ICF.Api and ICF.Connection, parts a.6 to a.8 of the interface notes.
import { expect, test } from './support/fixtures.ts';
import { attended, enter, openChat, outcome } from './support/sdk.ts';

test('Api.request: data is the decoded body; objects and lists go both ways', async ({ sdk }) => {
  const page = await sdk();
  const { id } = await enter(page);
  const extraInfo = { tags: ['a', 1, null], nested: { deep: { yes: true } }, text: 'é "<b>"' };
  expect(
    (await page.evaluate(([id, extraInfo]) => ICF.Api.request(`/users/${id}`, 'PUT', { extraInfo }), [id, extraInfo] as const)).data.user
      .extraInfo,
  ).toEqual(extraInfo);
  expect(
    (await page.evaluate((id) => ICF.Api.request(`/users/${id}/`), id)).data.user.extraInfo,
    'GET unless said otherwise, with a slash or without',
  ).toEqual(extraInfo);
  expect((await page.evaluate(() => ICF.Api.request('/agents/available', 'get', { roomIds: ['1', 2], langs: null }))).data).toEqual({
    agents: { 1: 0, 2: 0 },
  });
  const chatId = await openChat(page);
  expect((await page.evaluate((id) => ICF.Api.request(`/chats/${id}/history.text`), chatId)).data, 'what is no JSON is text').toEqual(
    expect.any(String),
  );
  expect(
    (await page.evaluate((id) => ICF.Api.request(`/chats/${id}`, 'DELETE', { userId: ICF.Connection.me()!.id }), chatId)).data,
  ).toMatchObject({ success: true });
});

test('Api.request: refusals have code and message, in both shapes', async ({ sdk, guard }) => {
  guard.allow(/status of 40\d/);
  const page = await sdk();
  await enter(page);
  for (const [call, code, message] of [
    [`ICF.Api.request("/no/such")`, 404, /there is no/],
    [`ICF.Api.request("/users/nobody")`, 403, /./],
    [`ICF.Api.request("/users", "PATCH", {})`, 405, /PATCH is not allowed/],
    [`ICF.Api.request("/users", "BREW")`, 400, /method must be one of/],
    [`ICF.Api.request("/users", "POST", [1])`, 400, /params must be an object, got an array/],
    [`ICF.Api.request("/users", "POST", {name: 5})`, 400, /name/],
  ] as const) {
    expect(await outcome(page, call), call).toMatchObject({
      code,
      isError: true,
      message: expect.stringMatching(message),
      error: { code, message: expect.stringMatching(message) },
    });
  }
});

test('Events: pushes by their wire name, until unsubscribed, which leaves the others', async ({ sdk, wire }) => {
  const agent = await wire.agent('agent1');
  const page = await sdk();
  await enter(page);
  const chatId = await openChat(page);
  await page.evaluate(() => {
    const got: unknown[] = ((window as any).got = []);
    const gone = (data: any) => got.push(['gone', data.message.message]);
    ICF.Events.subscribe('messages:new', gone);
    ICF.Events.subscribe('messages:new', (data) => got.push(['kept', data.message.message]));
    (window as any).gone = gone;
  });
  await attended(page, agent, chatId);
  await agent.request('messages:new', { chatId, message: '1' });
  await expect
    .poll(() => page.evaluate(() => (window as any).got))
    .toEqual([
      ['gone', '1'],
      ['kept', '1'],
    ]);
  await page.evaluate(() => ICF.Events.unsubscribe('messages:new', (window as any).gone));
  await agent.request('messages:new', { chatId, message: '2' });
  await expect.poll(() => page.evaluate(() => (window as any).got.slice(2))).toEqual([['kept', '2']]);
  expect(await outcome(page, `ICF.Events.send("users:activity", {chatId: chat.id, type: "writing"}).then(({success}) => success)`)).toEqual(
    { value: true },
  );
  expect(await outcome(page, `ICF.Events.send("messages:read", {chatId: chat.id})`)).toMatchObject({ code: 400, isError: true });
});

test('Connection: who it is stays readable after the lobby is closed, the token does not', async ({ sdk }) => {
  const page = await sdk();
  expect(await page.evaluate(() => [ICF.Connection.me(), ICF.Connection.getToken()])).toEqual([null, null]);
  const { id, token } = await enter(page);
  expect(await page.evaluate(() => [ICF.Connection.me()!.id, ICF.Connection.getToken()])).toEqual([id, token]);
  await page.evaluate(() => ICF.Lobby.close());
  expect(await page.evaluate(() => [ICF.Connection.me()!.id, ICF.Connection.getToken()])).toEqual([id, null]);
});
