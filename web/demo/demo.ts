// The demo shop's chat: the window, the chat over ICF, and the two tied together.

import { useApp } from '../src/ui/api';
import { ChatWindow } from './chat-window';
import { SupportChat } from './support-chat';

const chatWindow = new ChatWindow();
const options = {
  appId: 'demo',
  room: '1',
  lang: 'en',
  surveyId: '1',
  greeting: ['Hello, I am the Fieldhouse assistant.', 'I bring you to somebody who can help. You can tell already what it is about.'],
};
useApp(options.appId);
const chat = new SupportChat(options, chatWindow);
chatWindow.connect(chat);

ICF.Parley.on('connection', ({ state }) => {
  if (state === 'waiting') chatWindow.connection('Connection lost. Reconnecting…');
  if (state === 'open' || state === 'closed') chatWindow.connection('');
});
ICF.Parley.on('error', ({ message }) => chatWindow.problem(message));
ICF.Parley.on('fatal', () => chatWindow.problem('The chat has stopped. Please load the page again.'));

chat
  .restore()
  .then((restored) => restored && chatWindow.resume())
  .catch((error: unknown) => console.warn('The chat could not be restored.', error));
