// A page's mistakes, each of which the types must find.

import type { Chat } from '../../index';

declare const chat: Chat;

// @ts-expect-error the app is missing
ICF.init({ region: 'eu' });
// @ts-expect-error no such place for a session
ICF.init({ appId: 'demo', session: 'forever' });
// @ts-expect-error a new chat needs a room
ICF.Chat.init({ lang: 'en' });
// @ts-expect-error a wrong name in the configuration
ICF.Chat.init({ room: '1' }, { assignAttempts: 3 });
// @ts-expect-error the token is missing
ICF.Lobby.init({ id: 'u' });
// @ts-expect-error no such event
chat.on('message:arrived', () => {});
// @ts-expect-error no such property in the event
chat.on('chat:closed', ({ reason }) => reason);
// @ts-expect-error an event of the lobby
chat.on('system:info', () => {});
// @ts-expect-error no such activity
chat.sendUserActivity('typing');
// @ts-expect-error a message is text
chat.sendMessage({ text: 'hello' });
// @ts-expect-error a file, not its name
chat.sendMedia('cat.png');
// @ts-expect-error no such format
ICF.Helper.downloadConversation('c', { format: 'pdf' });
// @ts-expect-error who found no agent has none
chat.searchAgent().then(({ agent }) => agent.name);
// @ts-expect-error nobody may be logged in
ICF.Connection.me().id;
// @ts-expect-error the version is fixed
ICF.Parley.version = '2';
// @ts-expect-error a promise, not a chat
ICF.Chat.init({ room: '1' }).getId();
