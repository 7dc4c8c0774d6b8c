// What index.d.ts says that calls are refused with: each code is provoked here. The unit
// test public.test.ts holds that every call has such a list.
import { expect, test } from './support/fixtures.ts';
import { enter, openChat, outcome } from './support/sdk.ts';

const deep = (levels: number) => `JSON.parse('{"a":'.repeat(${levels}) + '1' + '}'.repeat(${levels}))`;

test('without init, and with a wrong one', async ({ sdk, guard }) => {
  guard.allow(/status of 40[14]/);
  const page = await sdk();
  for (const [call, code] of [
    [`ICF.Lobby.init({id: 'a', token: 'b'})`, 400],
    [`ICF.Chat.init({room: '1'})`, 400],
    [`ICF.Parley.discard('x')`, 400],
    [`ICF.init({appId: 'no such app'})`, 401],
    [`ICF.init({appId: 'unknown'})`, 401],
    [`ICF.init({appId: 'demo', domainKey: 'wrong'})`, 401],
    [`ICF.init({appId: 'demo'})`, undefined],
    [`ICF.init({appId: 'other'})`, 409],
    [`ICF.Chat.init({room: '1'})`, 401],
    [`ICF.Events.send('users:chats')`, 401],
    [`ICF.Helper.downloadMedia({url: '/media/x'})`, 401],
    [`ICF.Parley.retry('x')`, 404],
    [`ICF.Parley.discard('x')`, 404],
  ] as const) {
    expect((await outcome(page, call)) as { code?: number }, call).toMatchObject(code ? { code } : { value: undefined });
  }
});

test('of a chat', async ({ sdk, context, server, wire, guard }) => {
  guard.allow(/status of 40/);
  const other = await wire.agent('agent1');
  const page = await sdk();
  const me = await enter(page);
  const chatId = await openChat(page);
  const stranger = await sdk({ page: await (await context.browser()!.newContext()).newPage() });
  await enter(stranger);
  const elsewhere = await openChat(stranger);
  for (const [call, code] of [
    [`ICF.Lobby.init({id: '${me.id}', token: 'another'})`, 409],
    [`ICF.Chat.init({room: '1'})`, 409],
    [`ICF.Chat.init({room: 'none'})`, 400],
    [`ICF.Chat.init({room: '1', lang: 'x'.repeat(129)})`, 400],
    [`ICF.Chat.init({room: '1'}, {assignMaxAttempts: 1001})`, 400],
    [`ICF.Chat.init({room: '1'}, {assignTimeout: 86401})`, 400],
    [`ICF.Chat.init({room: '1', history: [{sender: 'assistant', message: 'x'.repeat(10001)}]})`, 413],
    [`ICF.Chat.init({id: '${elsewhere}'})`, 403],
    [`ICF.Chat.init({id: 'nochat'})`, 404],
    [`chat.searchAgent('none')`, 400],
    [`chat.readMessage('none')`, 400],
    [`chat.readMessage('${elsewhere}.1')`, 400],
    [`chat.readMessage('${chatId}.99')`, 404],
    [`chat.sendMessage('x'.repeat(10001))`, 413],
    [`chat.close({text: 'x'.repeat(262144)})`, 413],
    [`chat.close({text: 'x'.repeat(1 << 20)})`, 413],
    [`chat.close(${deep(600)})`, 400],
    [`ICF.Events.send('session:open', {})`, 400],
    [`ICF.Events.send('none', {})`, 404],
    [`ICF.Events.send('messages:new', {chatId: '${elsewhere}', message: 'x'})`, 403],
    [`ICF.Api.request('/nowhere')`, 404],
    [`ICF.Api.request('/chats', 'PATCH')`, 405],
    [`ICF.Helper.downloadMedia({url: '/users/1'})`, 400],
    [`ICF.Helper.downloadMedia({url: '/media/${chatId}.none'})`, 404],
    [`ICF.Helper.downloadConversation('${elsewhere}')`, 403],
    [`ICF.Helper.downloadConversation('none')`, 404],
    [`ICF.Parley.discard('none')`, 404],
  ] as const) {
    expect(await outcome(page, call), call).toMatchObject({ code, isError: true });
  }
  expect(other.closed, `the server at ${server.url} goes on`).toBe(false);
});

test('the algorithms that searchAgent takes are those of its type', async ({ sdk }) => {
  const page = await sdk();
  await enter(page);
  await openChat(page);
  for (const name of ['leastBusy', 'longestIdle', 'roundRobin', 'languageMatch']) {
    expect(await outcome(page, `chat.searchAgent('${name}')`), name).toEqual({ value: {} });
  }
  const { message } = (await outcome(page, `chat.searchAgent('none')`)) as { message: string };
  expect(message.match(/[a-z]+[A-Z][A-Za-z]+/g)?.sort()).toEqual(['languageMatch', 'leastBusy', 'longestIdle', 'roundRobin']);
});
