// What a page's user has: a long history, many chats, a chat of many. Each takes a server, and gives the user, one of
// their chats, what says message i there, and how much there is to come back.

import * as people from './people.mjs';

const importedAtOnce = 1000;
const askedAtOnce = 8;

/** A visitor whose chat has so many entries, as after a conversation with a bot. */
export const withHistory = (entries) => async (server) => {
  const agent = await people.agent(server);
  const visitor = await people.attended(server, agent.token);
  const created = Math.floor(Date.now() / 1000) - entries;
  for (let from = 0; from < entries; from += importedAtOnce) {
    const entry = (_, i) => ({ sender: 'assistant', type: 'text', message: people.text(from + i), created: created + from + i });
    const history = Array.from({ length: Math.min(importedAtOnce, entries - from) }, entry);
    await people.rest(server, 'POST', `/chats/${visitor.chatId}/history`, { history, brief: true }, visitor.token);
  }
  const { say } = await people.connected(server, agent.token);
  return { ...visitor, say: (i) => say(visitor.chatId, i), entries, chats: 1 };
};

/** An agent who is in so many chats. */
export const withChats = (count) => async (server) => {
  const [agent] = await agents(server, 1);
  const visitors = await each(count, () => people.attended(server, agent.token));
  const { token, chatId } = visitors[0];
  const { say } = await people.connected(server, token);
  return { ...agent, chatId, say: (i) => say(chatId, i), entries: 0, chats: count };
};

/** A visitor whose chat so many agents are in. */
export const withUsers = (count) => async (server) => {
  const all = await agents(server, count);
  const visitor = await people.attended(server, all[0].token);
  await each(count - 1, (i) => people.rest(server, 'POST', `/chats/${visitor.chatId}/join`, {}, all[i + 1].token));
  const { say } = await people.connected(server, all[0].token);
  return { ...visitor, say: (i) => say(visitor.chatId, i), entries: 0, chats: 1 };
};

// Supervisors, who may join every chat.
const agents = (server, count) =>
  each(count, async () => {
    const [username, password] = [crypto.randomUUID(), crypto.randomUUID()];
    await people.rest(server, 'POST', '/agents', { username, password, name: 'Agent', role: 'supervisor' });
    return people.agent(server, username, password);
  });

// What `make` gives for each number below the count, some at once.
async function each(count, make) {
  const made = [];
  let next = 0;
  const maker = async () => {
    while (next < count) {
      const i = next++;
      made[i] = await make(i);
    }
  };
  await Promise.all(Array.from({ length: askedAtOnce }, maker));
  return made;
}
