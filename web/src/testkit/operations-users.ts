// The operations about users, agents, sessions and the app; and the table of all operations.

import type { Account } from './backend';
import type { Call, Operation, Result } from './operation';
import { chatOperations } from './operations-chats';
import { messageOperations } from './operations-messages';
import { isAgent, limits, Refusal, type User } from './protocol';

function account({ backend }: Call, user: User): object {
  return { ...user, chats: backend.openChatsOf(user.id).map((chat) => chat.id) };
}

function profile(call: Call): Partial<User> {
  const { params } = call;
  const texts = { name: 200, nickname: 200, contact: 320, externalId: 256 };
  const given = Object.entries(texts).map(([name, most]) => [name, params.boundedText(name, most)]);
  const extraInfo = params.object('extraInfo');
  return {
    ...Object.fromEntries(given.filter(([name, text]) => text || (params.has(name as string) && name === 'name'))),
    ...(extraInfo && { extraInfo }),
  };
}

function createUser(call: Call): Result {
  const { backend } = call;
  const { externalId, ...given } = profile(call);
  const user: User = { id: backend.ids.next(), ...given, name: given.name?.trim() ? given.name : 'Guest' };
  if (externalId) user.claimedExternalId = externalId; // pages have no proof here
  backend.addAccount({ user });
  return { body: { user: account(call, user), session: { token: backend.newSession(user.id) } } };
}

function updateUser(call: Call): Result {
  const { externalId, ...changes } = profile(call);
  // A connection goes on with the user as they were when it was opened.
  const found = call.backend.accounts.get(call.user.id)!;
  const user = (found.user = { ...found.user, ...changes });
  return { body: { user: account(call, user) } };
}

function loginAgent(call: Call): Result {
  const { backend, params } = call;
  const username = params.requiredText('username');
  const password = params.requiredText('password');
  const found = backend.agents().find((agent) => agent.username === username && agent.password === password);
  if (!found) throw new Refusal('401 wrong-password', 'wrong username or password');
  return { body: { user: account(call, found.user), session: { token: backend.newSession(found.user.id) } } };
}

function logout(call: Call): Result {
  const { backend, session, connection, user } = call;
  call.params.oneOf('chats', 'transfer', 'close');
  if (isAgent(user)) backend.sessions.delete(session!.token);
  else backend.sessions.get(session!.token)!.ended = true;
  for (const other of backend.connectionsOf(user.id)) {
    if (other !== connection && other.token === session!.token) other.end(4001, 'logged out', 0);
  }
  return {};
}

function setAvailable({ backend, routing, params, user }: Call): Result {
  if (!params.has('available')) params.fail('available: must be given');
  const available = params.flag('available');
  const rooms = params.words('rooms');
  const agent = backend.accounts.get(user.id)!;
  if (available) agent.duty = rooms ? { rooms } : {};
  else delete agent.duty;
  routing.onDuty(agent);
  return {};
}

function agentsAvailable({ backend, routing, params }: Call): Result {
  const rooms = params.words(params.has('roomIds') ? 'roomIds' : 'roomId') ?? backend.settings.rooms;
  const langs = params.words(params.has('langs') ? 'langs' : 'lang');
  return { body: { agents: Object.fromEntries(rooms.map((room) => [room, routing.countAgents(room, langs, false)])) } };
}

function agentsOnline({ routing, params }: Call): Result {
  const rooms = params.words(params.has('roomIds') ? 'roomIds' : 'roomId') ?? [];
  const langs = params.words(params.has('langs') ? 'langs' : 'lang');
  const online = (rooms.length ? rooms : ['']).some((room) => routing.countAgents(room, langs, true) > 0);
  return { body: { agentsOnline: online } };
}

/** An agent as colleagues see them. */
function teammate({ backend }: Call, { user, rooms, langs, duty }: Account): object {
  const { id, name, nickname = '', providerId, role } = user;
  return { id, name, nickname, providerId, role, rooms, langs, available: Boolean(duty), chats: backend.openChatsOf(id).length };
}

function listAgents(call: Call): Result {
  return { body: { agents: call.backend.agents().map((agent) => teammate(call, agent)) } };
}

const login = { password: true, passkeys: false, secondFactor: 'optional', oidc: null };
const privacy = { ownChats: false };
const chatWindow = {
  fields: [{ name: 'name' }],
  consent: { text: '', url: '' },
  hours: '',
  timeZone: 'UTC',
  holidays: [],
  away: 'chat',
  words: [],
};

function getSettings({ backend, session }: Call): Result {
  const { queue, media, languages, cannedReplies, rooms } = backend.settings;
  const forAll = { queue: { active: queue }, media, languages, login, privacy, window: chatWindow };
  const forAgents = session && isAgent(session.user) && { cannedReplies, surveys: [], rooms };
  return { body: { settings: { ...forAll, ...forAgents, limits } } };
}

function queueUpdate({ routing, chat }: Call): Result {
  return { body: routing.positionFrame(chat, routing.position(chat)).data };
}

const userOperations: Operation[] = [
  { event: 'user:focus', method: '', path: '', access: 'anySession', writes: false, run: () => ({}) },
  { event: '', method: 'POST', path: '/users', access: 'anyApp', writes: true, run: createUser },
  { event: 'session:close', method: 'POST', path: '/users/logout', access: 'anySession', writes: true, run: logout },
  {
    event: '',
    method: 'GET',
    path: '/users/{userId}',
    access: 'anySession',
    writes: false,
    run: (call) => ({ body: { user: account(call, call.backend.user(call.user.id)) } }),
  },
  { event: '', method: 'PUT', path: '/users/{userId}', access: 'anySession', writes: true, run: updateUser },
  { event: 'agents:available', method: '', path: '', access: 'anyAgent', writes: true, run: setAvailable },
  { event: '', method: 'GET', path: '/agents/available', access: 'anyApp', writes: false, run: agentsAvailable },
  { event: '', method: 'GET', path: '/agents/online', access: 'anyApp', writes: false, run: agentsOnline },
  { event: '', method: 'POST', path: '/agents/login', access: 'anyApp', writes: true, run: loginAgent },
  { event: '', method: 'POST', path: '/agents/logout', access: 'anyAgent', writes: true, run: logout },
  { event: '', method: 'GET', path: '/agents', access: 'anyAgent', writes: false, run: listAgents },
  { event: '', method: 'GET', path: '/queues/update/{chatId}', access: 'chatReader', writes: false, run: queueUpdate },
  { event: '', method: 'GET', path: '/settings', access: 'anyApp', writes: false, run: getSettings },
  {
    event: '',
    method: 'GET',
    path: '/apps/{appId}/validate',
    access: 'anyApp',
    writes: false,
    run: ({ params }) => ({ body: { valid: true, app: { id: params.text('appId'), name: params.text('appId') } } }),
  },
  { event: '', method: 'GET', path: '/id', access: 'anyApp', writes: false, run: ({ backend }) => ({ body: { id: backend.ids.next() } }) },
];

/** What the fake server can do, for socket and REST. */
export const operations: Operation[] = [...chatOperations, ...messageOperations, ...userOperations];

const byEvent = new Map(operations.map((operation) => [operation.event, operation]));

export const operationOf = (event: string) => (event ? byEvent.get(event) : undefined);

/** Finds the operation of a request of REST, and the parameters in its path. */
export function route(method: string, path: string): { operation: Operation; inPath: { [name: string]: string } } {
  const parts = path.replace(/\/$/, '').split('/');
  const allowed: string[] = [];
  for (const operation of operations) {
    const inPath = operation.path ? match(operation.path.split('/'), parts) : undefined;
    if (inPath && operation.method === method) return { operation, inPath };
    if (inPath) allowed.push(operation.method);
  }
  if (allowed.length) throw new Refusal('405 wrong-method', `${method} is not allowed here, but ${[...new Set(allowed)].join(', ')}`);
  throw new Refusal('404 unknown-route', `there is no /v1${path}`);
}

function match(want: string[], parts: string[]): { [name: string]: string } | undefined {
  if (want.length !== parts.length) return undefined;
  const inPath: { [name: string]: string } = {};
  for (const [i, pattern] of want.entries()) {
    const part = decodeURIComponent(parts[i]!);
    const [, fixed, name] = /^([^{]*)\{?([^}]*)/.exec(pattern)!;
    if (!part.startsWith(fixed!) || part.length > fixed!.length !== Boolean(name)) return undefined;
    if (name) inPath[name] = part.slice(fixed!.length);
  }
  return inPath;
}
