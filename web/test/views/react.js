import { ChatProvider, useChat, useConnection, useMessages, useSession, useTyping } from 'parley-chat/react';
import { createElement as h, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { options, start } from './visitor.js';

function State() {
  const { isInit, user } = useSession();
  return h('p', { id: 'state' }, `${isInit ? 'begun' : 'not begun'}, ${useConnection().state}, ${user?.name}`);
}

const Lines = () => h('ol', null, ...useMessages().map(({ key, state, message }) => h('li', { key, 'data-state': state }, message)));

const Typing = () =>
  h(
    'p',
    { id: 'typing' },
    useTyping().map(({ name }) => `${name} is typing`),
  );

function Talk() {
  const chat = useChat();
  if (!chat) return h('button', { type: 'button', onClick: start }, 'Start');
  const send = (event) => {
    event.preventDefault();
    void chat.sendMessage(event.target.elements.text.value);
    event.target.reset();
  };
  return h(
    'div',
    { onFocus: chat.markRead },
    h('p', { id: 'chat' }, `${chat.status}, ${chat.users.length} users, ${chat.unread} unread`),
    h('form', { onSubmit: send }, h('input', { name: 'text' })),
  );
}

createRoot(document.body.appendChild(document.createElement('main'))).render(
  h(StrictMode, null, h(ChatProvider, { options }, h(State), h(Lines), h(Typing), h(Talk))),
);
