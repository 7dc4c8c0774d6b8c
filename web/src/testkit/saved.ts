// All that a fake server knows, as plain JSON: what it goes on with after a restart, or in
// another page.

import type { SavedServer } from '../../testkit';
import type { Account, Backend, StoredFile } from './backend';
import { ChatLog, type Entry } from './chat-log';
import type { Routing } from './routing';

interface Saved {
  parley: 1;
  ids: number;
  now: number;
  accounts: Account[];
  sessions: [token: string, session: { user: string; ended: boolean }][];
  chats: { id: string; entries: Entry[] }[];
  files: (Omit<StoredFile, 'bytes'> & { base64: string })[];
}

export function save(backend: Backend): SavedServer {
  const saved: Saved = {
    parley: 1,
    ids: backend.ids.state,
    now: backend.clock.now(),
    accounts: [...backend.accounts.values()],
    sessions: [...backend.sessions],
    chats: [...backend.chats.values()].map(({ id, records }) => ({
      id,
      entries: records.map(({ seq, event, by, eventId, data }) => ({ seq, event, by, eventId, data })),
    })),
    files: [...backend.files.values()].map(({ bytes, ...file }) => ({ ...file, base64: btoa(String.fromCharCode(...bytes)) })),
  };
  return JSON.parse(JSON.stringify(saved)); // nothing is shared with what goes on
}

/** When the server was saved, in unix milliseconds. */
export const savedAt = (from: SavedServer) => (from as unknown as Saved).now;

export function load(backend: Backend, routing: Routing, from: SavedServer): void {
  const saved = JSON.parse(JSON.stringify(from)) as Saved;
  if (saved.parley !== 1) throw new TypeError('fakeServer: the option from must be what save() of a fake server gave');
  backend.ids.state = saved.ids;
  for (const account of saved.accounts) backend.addAccount(account);
  for (const [token, session] of saved.sessions) backend.sessions.set(token, session);
  for (const { base64, ...file } of saved.files) {
    backend.files.set(file.id, { ...file, bytes: Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0)) });
  }
  const entries = saved.chats.flatMap(({ id, entries }) => {
    const chat = new ChatLog(id);
    backend.chats.set(id, chat);
    return entries.map((entry) => ({ chat, entry }));
  });
  for (const { chat, entry } of entries.sort((a, b) => a.entry.seq - b.entry.seq)) backend.store(chat, entry);
  routing.resume();
}
