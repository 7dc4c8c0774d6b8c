import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Window } from 'happy-dom';
import { act, createElement as h, type ReactNode, StrictMode, Suspense, startTransition, use, useState } from 'react';
import { createRoot, hydrateRoot, type Root } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import type { InitOptions } from '../../index';
import { ChatProvider, useChat, useChatStore, useConnection, useMessages, useSession, useTyping } from '../../src/react/react';
import { chatStore } from '../../src/store/store';
import { ChatPage, chatData, message, options } from './chat-page';
import { letEnd } from './page';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
letEnd();

let page: ChatPage;
let place: HTMLElement;
let root: Root | undefined;
let complaints: unknown[];
const error = console.error;

beforeEach(() => {
  const dom = new Window({ url: 'http://shop.example/' });
  const addEventListener = dom.addEventListener.bind(dom);
  Object.assign(globalThis, { window: dom, document: dom.document, location: dom.location, addEventListener });
  place = document.createElement('div');
  document.body.append(place);
  page = new ChatPage();
  complaints = [];
  console.error = (...args: unknown[]) => void complaints.push(args);
});
afterEach(async () => {
  await act(async () => root?.unmount());
  root = undefined;
  console.error = error;
  assert.deepEqual(complaints, [], 'what React complains about');
});

const shown = () => place.textContent;
const count = (text: string) => (place.textContent ?? '').split(text).length - 1;

function Lines() {
  return h(
    'ol',
    null,
    useMessages().map(({ key, message, state }) => h('li', { key, id: key }, `${message}:${state} `)),
  );
}

function ChatWindow() {
  const { isInit, user, error } = useSession();
  const chat = useChat();
  return h(
    'div',
    null,
    `[${useConnection().state}][${isInit ? 'begun' : 'not begun'}][${user?.name ?? 'nobody'}]`,
    error && `[${error.code}]`,
    chat && `[${chat.unread} unread][${chat.users.length} users]`,
    useTyping().map(({ name }) => `[${name} types]`),
    h(Lines),
  );
}

let drawn = 0;
function Counted() {
  useMessages();
  drawn++;
  return null;
}

let sender: ReturnType<typeof useChat>;
function Sender() {
  sender = useChat();
  return null;
}

let settle: (text: string) => void;
const slow = new Promise<string>((resolve) => (settle = resolve));
let go: () => void;
const Count = () => `(${useMessages().length})`;
const Slow = () => `${use(slow)}(${useMessages().length})`;
function Parts() {
  const [more, setMore] = useState(false);
  go = () => startTransition(() => setMore(true));
  return h('p', null, h(Count), h(Suspense, { fallback: '…' }, h(more ? Slow : Count)));
}

const Named = () => `${useChat('c1')?.id} ${useMessages('c2').length} ${useTyping('c2').length} ${useChatStore() === chatStore(page.icf)}`;

const app = (props: { options?: InitOptions }, ...children: ReactNode[]) =>
  h(StrictMode, null, h(ChatProvider, { icf: page.icf, ...props }, ...children));

async function show(element: ReactNode): Promise<void> {
  root ??= createRoot(place);
  await act(async () => root!.render(element));
}

const push = (...effects: unknown[][]) => act(() => page.push(...effects));

const began = ({ id }: { id: number }) => [
  ['session', { isInit: true, logged: true, user: { id: 'me', name: 'Ada' }, token: 't' }],
  ['parley', 'connection', { state: 'open', code: 0 }],
  ['open', chatData({ history: [message(1, 'agent')] })],
  ['settle', id, null],
];

test('in strict mode, the provider begins the core once, and everything is shown once', async () => {
  page.answer(began);
  await show(app({ options }, h(ChatWindow, { key: 1 })));
  await push();
  assert.equal(page.commands('init').length, 1);
  assert.equal(shown(), '[open][begun][Ada][1 unread][2 users]message 1:sent ');
  await push(['append', 'c1', [message(2, 'agent')], ''], ['chat', 'c1', 'user:activity', { userId: 'agent', type: 'writing' }]);
  assert.equal(shown(), '[open][begun][Ada][2 unread][2 users][Bo types]message 1:sent message 2:sent ');
  await push(['chat', 'c1', 'user:activity', { userId: 'agent', type: 'stop-writing' }]);
  await show(app({ options: { ...options } }, h(ChatWindow, { key: 1 })));
  assert.equal(page.commands('init').length, 1, 'the same options in another object are no change');
});

test('other options than before end what runs, and begin anew', async () => {
  page.answer(began);
  await show(app({ options }, h(ChatWindow, { key: 1 })));
  await push();
  assert.equal(shown(), '[open][begun][Ada][1 unread][2 users]message 1:sent ');
  page.answer(({ id }) => [
    ['session', { isInit: true, logged: true, user: { id: 'me', name: 'Eve' }, token: 't' }],
    ['settle', id, null],
  ]);
  await show(app({ options: { ...options, appId: 'other' } }, h(ChatWindow, { key: 1 })));
  await push();
  assert.deepEqual(
    page.commands('init').map(({ appId }) => appId),
    ['demo', 'other'],
  );
  assert.match(shown()!, /^\[\w+\]\[begun\]\[Eve\]$/);
  await push(['open', chatData({ history: [message(1, 'agent')] })]);
  assert.match(shown()!, /^\[\w+\]\[begun\]\[Eve\]\[1 unread\]\[2 users\]message 1:sent $/);
});

test('a component draws only when what it reads changes; all components share one subscription', async () => {
  await page.begin(chatData());
  drawn = 0;
  await show(h(ChatProvider, { icf: page.icf }, ...Array.from({ length: 50 }, (_, key) => h(Counted, { key }))));
  assert.equal(drawn, 50);
  for (const type of ['writing', 'not-writing']) await push(['chat', 'c1', 'user:activity', { userId: 'agent', type }]);
  await push(['patch', 'c1', { inQueue: true }], ['parley', 'connection', { state: 'waiting', code: 0 }]);
  assert.equal(drawn, 50);
  await push(['append', 'c1', [message(1, 'agent'), message(2, 'agent')], '']);
  assert.equal(drawn, 100);
});

test('unmounted in the middle of a send, it is sent; mounted again, it is shown', async () => {
  await page.begin(chatData());
  await show(app({}, h(Sender, { key: 1 }), h(Lines, { key: 2 })));
  const pending = { chatId: 'c1', eventId: 'e1', state: 'pending', text: 'hi' };
  page.answer(({ id }) => [
    ['parley', 'message', pending],
    ['created', id, 'e1', 'hi', 'me'],
  ]);
  let sent: Promise<unknown>;
  await act(async () => void (sent = sender!.sendMessage('hi')));
  assert.equal(shown(), 'hi:pending ');
  const line = place.querySelector('li');
  await act(async () => root!.unmount());
  root = undefined;
  const own = message(1, 'me', { message: 'hi' });
  await push(
    ['append', 'c1', [own], ''],
    ['parley', 'message', { ...pending, state: 'sent', message: own }],
    ['settle', 2, { eventId: 'e1', message: own }],
  );
  await sent!;
  await show(app({}, h(Lines, { key: 2 })));
  assert.equal(shown(), 'hi:sent ');
  assert.equal(place.querySelector('li')!.id, line!.id);
});

test('the line of a message stays the same element from pending to read', async () => {
  await page.begin(chatData());
  await show(app({}, h(Lines, { key: 1 })));
  const pending = { chatId: 'c1', eventId: 'e1', state: 'pending', text: 'hi' };
  await push(['parley', 'message', pending]);
  const line = place.querySelector('li');
  const own = message(1, 'me', { message: 'hi' });
  await push(['append', 'c1', [own], ''], ['parley', 'message', { ...pending, state: 'sent', message: own }]);
  await push(['chat', 'c1', 'message:read', { message: own, userId: 'agent' }]);
  assert.deepEqual([shown(), place.querySelector('li') === line], ['hi:read ', true]);
});

test('a component that suspends, and a transition under way, show all in one state', async () => {
  await page.begin(chatData({ history: [message(1, 'agent')] }));
  await show(app({}, h(Parts, { key: 1 }), h(ChatWindow, { key: 2 })));
  await act(async () => go());
  assert.equal(count('(1)'), 2, 'the old view stays while the new one waits');
  await push(['append', 'c1', [message(2, 'agent')], '']);
  assert.equal(count('(1)'), 0);
  assert.equal(count('2 unread'), 1);
  await act(async () => settle('late '));
  assert.equal(count('(2)'), 2);
  assert.equal(count('late '), 1);
});

test('on a server all is empty, with or without an ICF; the browser takes that page over and goes on', async () => {
  await page.begin(chatData({ history: [message(1, 'agent')] }));
  const browser = { window, document, location };
  for (const name of Object.keys(browser)) delete (globalThis as any)[name];
  const html = renderToString(app({ options }, h(ChatWindow, { key: 1 })));
  const without = renderToString(h(ChatProvider, { options }, h(ChatWindow)));
  Object.assign(globalThis, browser);
  assert.match(html, /\[closed\]\[not begun\]\[nobody\]<ol>/);
  assert.equal(without, html);

  const text = document.createElement('template');
  text.innerHTML = html;
  place.append(text.content);
  await act(async () => (root = hydrateRoot(place, app({}, h(ChatWindow, { key: 1 })))));
  assert.equal(shown(), '[open][begun][Ada][1 unread][2 users]message 1:sent ');
});

test("without a provider, the page's ICF; a chat by its id", async () => {
  await page.begin(chatData({ history: [message(1, 'agent')] }));
  Object.assign(globalThis, { [Symbol.for('parley.icf')]: page.icf });
  await show(h(Named));
  assert.equal(shown(), 'c1 0 0 true');
});
