'use client';

import { Api, Chat, ICF, Lobby } from 'parley-chat';
import { ChatProvider, useChat, useMessages, useSession } from 'parley-chat/react';
import { useEffect, useState } from 'react';

async function begin() {
  const { data } = await Api.request('/users', 'POST', { name: 'Visitor' });
  await Lobby.init({ id: data.user.id, token: data.session.token });
  const opened = await Chat.init({ room: '1' });
  await opened.searchAgent();
}

function Lines() {
  const { isInit, error } = useSession();
  const chat = useChat();
  const messages = useMessages();
  useEffect(() => {
    if (isInit && !Lobby.logged) void begin();
  }, [isInit]);
  return (
    <>
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

export function Talk() {
  const [options, setOptions] = useState();
  useEffect(() => setOptions({ appId: 'demo', server: new URLSearchParams(location.search).get('server') }), []);
  return (
    <ChatProvider icf={ICF} options={options}>
      <Lines />
    </ChatProvider>
  );
}
