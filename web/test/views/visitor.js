// A visitor's chat: a new one, if no earlier page has left one open.
import { chatStore } from 'parley-chat/store';

export const store = chatStore();
export const options = { appId: 'demo' };

export async function start() {
  if (store.getSnapshot().chatId) return;
  const { data } = await ICF.Api.request('/users', 'POST', { name: 'Ada' });
  await ICF.Lobby.init({ id: data.user.id, token: data.session.token });
  await ICF.Chat.init({ room: '1' });
  await store.chat().getSnapshot().searchAgent();
}
