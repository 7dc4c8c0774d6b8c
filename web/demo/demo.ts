// The demo shop's chat: the window, the chat over ICF, and the two tied together.

import { ChatWindow } from './chat-window';
import { SupportChat } from './support-chat';

const chatWindow = new ChatWindow();
const chat = new SupportChat(chatWindow);
chatWindow.connect(chat);

ICF.Parley.on('connection', ({ state }) => {
  if (state === 'waiting') chatWindow.connection('Connection lost. Reconnecting…');
  if (state === 'open' || state === 'closed') chatWindow.connection('');
});
ICF.Parley.on('error', ({ message }) => chatWindow.problem(message));
ICF.Parley.on('fatal', () => chatWindow.problem('The chat has stopped. Please load the page again.'));

chat
  .restore()
  .then(restored => restored && chatWindow.resume())
  .catch((error: unknown) => console.warn('The chat could not be restored.', error));
