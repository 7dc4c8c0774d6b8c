// The demo shop's chat: connects the chat window and the chat.

import { useApp } from '../src/ui/api';
import { ChatWindow } from './chat-window';
import { SupportChat } from './support-chat';

const chatWindow = new ChatWindow();
const options = {
  appId: 'demo',
  room: '1',
  lang: 'en',
  surveyId: '1',
  greeting: ['Hello, I am the Fieldhouse assistant.', 'I will find somebody who can help. What is it about?'],
};
useApp(options.appId);
const chat = new SupportChat(options, chatWindow);
chatWindow.connect(chat);

ICF.Parley.on('connection', ({ state }) => {
  if (state === 'waiting') chatWindow.connection('Connection lost. Reconnecting…');
  if (state === 'open' || state === 'closed') chatWindow.connection('');
});
ICF.Parley.on('error', ({ message }) => chatWindow.problem(message));
ICF.Parley.on('fatal', () => chatWindow.problem('The chat has stopped working. Please reload the page.'));

chat
  .restore()
  .then((restored) => restored && chatWindow.resume())
  .catch((error: unknown) => console.warn('The chat could not be restored.', error));
