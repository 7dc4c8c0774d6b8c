import { Api, Chat, Lobby } from 'parley-chat';
import { useChat, useMessages, useSession } from 'parley-chat/react';
import { useEffect } from 'react';

async function begin() {
  const { data } = await Api.request('/users', 'POST', { name: 'Visitor' });
  await Lobby.init({ id: data.user.id, token: data.session.token });
  const opened = await Chat.init({ room: '1' });
  await opened.searchAgent();
}

export function Talk() {
  const { isInit, error } = useSession();
  const chat = useChat();
  const messages = useMessages();
  useEffect(() => {
    if (isInit && !Lobby.logged) void begin();
  }, [isInit]);
  return (
    <>
      <h1>A talk</h1>
      <ul>
        {messages.map(({ key, message }) => (
          <li key={key}>{message}</li>
        ))}
      </ul>
      {chat && <input onKeyDown={(event) => event.key === 'Enter' && chat.sendMessage(event.target.value)} />}
      {chat?.closed && <p role="status">closed</p>}
      {error && <p role="alert">{`${error.code} ${error.message}`}</p>}
    </>
  );
}
