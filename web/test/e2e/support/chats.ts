// Chats that specs need around the one they are about: visitors played over REST.
import { randomUUID } from 'node:crypto';
import { WireError } from './wire.ts';

/** A visitor with an open chat. */
export interface RestVisitor {
  id: string;
  token: string;
  chatId: string;
  /** Sends a text. */
  say(text: string): Promise<void>;
  /** Sends a file. */
  send(name: string, type: string, content: BlobPart): Promise<void>;
  /** Ends the chat. */
  close(): Promise<void>;
  /** Asks for an agent. */
  search(): Promise<any>;
  ask(method: string, path: string, body?: object): Promise<any>;
}

/** Opens a chat of a new visitor. */
export async function restVisitor(
  url: string,
  user: object = { name: 'Ada' },
  chat: object = { room: '1', lang: 'en' },
): Promise<RestVisitor> {
  const { user: made, session } = await rest(url, '', 'POST', '/users', user);
  const token: string = session.token;
  const ask = (method: string, path: string, body?: object) => rest(url, token, method, path, body);
  const { chat: opened } = await ask('POST', '/chats', { source: '3', ...chat });
  const chatId: string = opened.id;
  return {
    id: made.id,
    token,
    chatId,
    ask,
    say: async (message) => void (await ask('POST', `/chats/${chatId}/messages`, { message })),
    search: () => ask('GET', `/chats/${chatId}/assign`),
    close: async () => void (await ask('DELETE', `/chats/${chatId}`)),
    send: async (name, type, content) => {
      const form = new FormData();
      form.set('eventId', randomUUID());
      form.set('chatId', chatId);
      form.set('senderId', made.id);
      form.set('media', new Blob([content], { type }), name);
      await answer(await fetch(`${url}/v1/media`, { method: 'POST', headers: headers(token), body: form }));
    },
  };
}

/** Asks the server as who has the token, or with the app's secret. */
export async function rest(url: string, token: string, method: string, path: string, body?: object, secret = false): Promise<any> {
  return answer(
    await fetch(`${url}/v1${path}`, {
      method,
      headers: {
        ...headers(token),
        ...(body && { 'content-type': 'application/json' }),
        ...(secret && { 'x-hyper-secret': 'demo-secret' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    }),
  );
}

function headers(token: string): Record<string, string> {
  return { 'x-hyper-appId': 'demo', ...(token && { 'x-hyper-token': token }) };
}

async function answer(reply: Response): Promise<any> {
  const body: any = await reply.json();
  if (!reply.ok) throw new WireError(body.error?.code ?? reply.status, body.error?.message ?? reply.statusText);
  return body;
}
