// A page's code that must compile.

import type { Chat, ParleyError, SentMessage } from '../../index';

window.icfAsyncInit = async () => {
  await ICF.init({ appId: 'demo', region: 'eu' });
  await ICF.init({ appId: 'demo', server: 'https://chat.example', port: '8000', setCookieOnDomain: true, session: 'tab' });
  if (!ICF.isInit) return;

  const { data } = await ICF.Api.request('/users', 'POST', { name: 'A visitor' });
  await ICF.Lobby.init({ id: data.user.id, token: data.session.token });

  const chat: Chat = await ICF.Chat.init(
    { room: '1', lang: 'en', source: '3', history: [{ sender: 'assistant', message: 'Hello', created: 1 }] },
    { assignMaxAttempts: 3, assignTimeout: 20 },
    true,
  );
  const again = await ICF.Chat.init({ id: chat.getId() });
  again.close({ reason: 'done' });

  chat
    .on('user:joined', ({ user, mode, transfer }) => [user.nickname ?? user.name, mode === 'watch', transfer])
    .once('user:left', ({ chatId, userId, user }) => [chatId, userId, user.name])
    .addEventListener('message:received', ({ message }) => message.type === 'text' && message.message)
    .off('user:joined')
    .removeListener('user:left', () => {});

  const { agent } = await chat.searchAgent();
  agent?.nickname.toUpperCase();
  const sent: SentMessage = await chat.sendMessage('hello', (eventId, text, sender) => eventId + text + sender);
  await chat.readMessage(sent.message.id);
  await chat.sendUserActivity('stop-writing');
  const { media } = await chat.sendMedia(new File(['x'], 'x.txt'), (progress) => progress.toFixed());
  ICF.Helper.monitorUserActivity(document.createElement('textarea'), chat, 200, 10);
  ICF.Helper.monitorUserActivity(document.body, undefined);
  await ICF.Helper.downloadMedia({ url: `/media/${media.id}`, name: media.name });
  await ICF.Helper.downloadConversation(chat.id, { download: true, ticketId: 't', format: 'csv' }, { token: 'old' });
  const others: boolean = chat.hasOtherUsers();

  ICF.Lobby.chats = {};
  ICF.Lobby.addEventListener('system:info', (info) => info.data.ticketId);
  ICF.Events.subscribe('messages:new', (push) => push.anything);
  await ICF.Events.send('users:chats', { userId: ICF.Connection.me()?.id });
  ICF.Parley.on('connection', ({ state }) => state).on('fatal', ({ message }) => message);
  void ICF.Parley.preload();
  window.ICF = ICF;
};

export const codeOf = (error: ParleyError): number => error.code + error.error.code;
