// The demo shop's chat: the window, the chat over ICF, and the two tied together.

import { ChatWindow } from './chat-window';
import { SupportChat } from './support-chat';

const chatWindow = new ChatWindow();
const chat = new SupportChat(chatWindow, chatWindow.input);

chatWindow.connect({
  start: name => chat.start(name),
  send: text => chat.send(text),
  search: () => chat.search(),
  close: () => chat.close(),
  seen: messageId => chat.seen(messageId),
});

ICF.Parley.on('connection', ({ state }) => chatWindow.connection(state === 'open' ? '' : 'Connection lost. Reconnecting…'));

chat
  .restore()
  .then(restored => restored && chatWindow.resume())
  .catch((error: unknown) => console.warn('The chat could not be restored.', error));
