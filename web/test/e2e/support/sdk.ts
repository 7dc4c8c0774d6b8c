// What API-level specs do on a page that has nothing but the script tag: a
// visitor who is logged in, a chat with a record of its events.
import type { Page } from '@playwright/test';
import type { Chat, InitOptions } from '../../../index.d.ts';
import type { Wire } from './wire.ts';

declare global {
  interface Window {
    chat: Chat;
    /** Every event of the chat so far: name and data. */
    seen: [string, any][];
  }
}

/** What a call on the page came to. */
export type Outcome = { value: any } | { code: number; message: string; error: unknown; isError: boolean };

export const chatEvents = [
  'user:joined',
  'user:left',
  'user:activity',
  'message:received',
  'message:read',
  'chat:closed',
  'chat:intervened',
  'forever:alone',
] as const;

/** Initialises the SDK and logs a new visitor in. Gives the visitor's id and token. */
export function enter(page: Page, options: InitOptions = { appId: 'demo' }): Promise<{ id: string; token: string }> {
  return page.evaluate(async (options) => {
    await ICF.init(options);
    const { data } = await ICF.Api.request('/users', 'POST', { name: 'Visitor' });
    await ICF.Lobby.init({ id: data.user.id, token: data.session.token });
    return { id: data.user.id, token: data.session.token };
  }, options);
}

/** Opens a chat as window.chat and records its events in window.seen. */
export function openChat(page: Page, config?: object): Promise<string> {
  return page.evaluate(
    async ([config, names]) => {
      window.chat = await ICF.Chat.init({ room: '1', lang: 'en', source: '3' }, config as any);
      window.seen = [];
      for (const name of names) window.chat.on(name, (data: any) => window.seen.push([name, data]));
      return window.chat.id;
    },
    [config, chatEvents] as const,
  );
}

/** Searches for an agent for the page's chat, who comes in. */
export async function attended(page: Page, agent: Wire, chatId: string): Promise<void> {
  await page.evaluate(() => window.chat.searchAgent());
  await agent.next('invitations:new', (data) => data.chatId === chatId);
  await agent.request('invitations:accept', { chatId });
  await page.waitForFunction(() => window.chat.status === 'active');
}

/** The first event of this name, once it has come. */
export async function event(page: Page, name: string): Promise<any> {
  const found = await page.waitForFunction((name) => window.seen.find(([seen]) => seen === name), name);
  return (await found.jsonValue())![1];
}

/** How often an event of this name has come. */
export function count(page: Page, name: string): Promise<number> {
  return page.evaluate((name) => window.seen.filter(([seen]) => seen === name).length, name);
}

/** Runs an expression on the page and tells what its promise came to. */
export function outcome(page: Page, expression: string): Promise<Outcome> {
  return page.evaluate(async (expression) => {
    try {
      return { value: await (0, eval)(expression) };
    } catch (thrown: any) {
      return { code: thrown.code, message: thrown.message, error: thrown.error, isError: thrown instanceof Error };
    }
  }, expression);
}

/** Initialises the SDK on a page loaded anew; window.chat is the chat that comes back, its events are recorded. */
export function restore(page: Page): Promise<{ logged: boolean; chats: string[] }> {
  return page.evaluate(async (names) => {
    await ICF.init({ appId: 'demo' });
    const chats = Object.keys(ICF.Lobby.getUserChats());
    window.chat = ICF.Lobby.chats[chats[0]!]!;
    window.seen = [];
    for (const name of names) window.chat?.on(name, (data: any) => window.seen.push([name, data]));
    return { logged: ICF.Lobby.logged, chats };
  }, chatEvents);
}

/** The texts of the page's chat as its history has them. */
export function said(page: Page): Promise<unknown[]> {
  return page.evaluate(() => window.chat.history.map(({ message }) => message));
}

/** How many requests the browser keeps for a later page. */
export async function stored(): Promise<number> {
  const [database] = await indexedDB.databases();
  if (!database) return 0;
  const open = indexedDB.open(database.name!);
  await new Promise((done) => (open.onsuccess = done));
  const all = open.result.transaction('records').objectStore('records').count();
  await new Promise((done) => (all.onsuccess = done));
  open.result.close();
  return all.result;
}
