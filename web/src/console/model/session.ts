// Logging in and out. The session is kept in the tab (sessionStorage), so that a visitor's cookie on the same host stays as it is.

import { useServer } from '../../ui/api';
import type { TotpKey } from './account';
import { Drafts } from './drafts';
import { rememberedApp, rememberedDevice, tabApp, tabChats, tabDuty } from './preferences';
import { unsaved } from './unsaved';

/** What the server answers to whoever it lets in. */
export interface LoginReply {
  user: { id: string };
  session: { token: string };
  device?: string;
  recoveryCodes?: string[];
}

export interface Credentials {
  appId: string;
  username: string;
  password: string;
  /** Of the second factor; '' before it is asked for. */
  code: string;
}

/** Restores the session of this tab. Gives whether somebody is logged in; rejects if the server cannot be reached. */
export async function restoreSession(): Promise<boolean> {
  const appId = tabApp.get();
  if (!appId) return false;
  useServer(appId);
  await ICF.init({ appId, session: 'tab' });
  if (!ICF.Lobby.logged) forgetSession();
  return ICF.Lobby.logged;
}

/**
 * Logs an agent in, and gives their recovery codes if that has set up a second factor. Rejects with a message for them if the app, the
 * name, the password or the code is wrong, and with the reason `code-needed` or `second-factor-missing` if the password is not enough.
 */
export async function logIn({ appId, username, password, code }: Credentials): Promise<string[]> {
  await ICF.init({ appId, session: 'tab' });
  const { data } = await ICF.Api.request('/agents/login', 'POST', { username, password, code, device: rememberedDevice.get() });
  await enterApp(appId, data as unknown as LoginReply);
  return (data as unknown as LoginReply).recoveryCodes ?? [];
}

/** Goes on as the agent whom the server has let in. */
export async function enterApp(appId: string, { user, session, device = '' }: LoginReply): Promise<void> {
  rememberedDevice.set(device);
  await ICF.Lobby.init({ id: user.id, token: session.token });
  useServer(appId);
  rememberedApp.set(appId);
  tabApp.set(appId);
}

/** Begins to set up the second factor that the app requires. The next log-in, with its code, completes it. */
export async function beginSecondFactor({ username, password }: Credentials): Promise<TotpKey> {
  const { data } = await ICF.Api.request('/agents/login/totp', 'POST', { username, password, device: rememberedDevice.get() });
  return data as unknown as TotpKey;
}

/** What becomes of the agent's open chats: they go to others, or are closed. */
export type Leaving = 'transfer' | 'close';

/**
 * Ends the session and reloads the page. If the server does not answer within 5 s, the agent is logged out all the same, and their chats
 * go to others as those of an agent whose connection is lost. While the agent is logged in elsewhere too, they stay available and in
 * their chats.
 */
export async function logOut(chats: Leaving = 'transfer'): Promise<void> {
  forgetSession();
  unsaved.clear(); // the agent was asked
  new Drafts(ICF.Connection.me()!.id).clear();
  const reported = ICF.Api.request('/agents/logout', 'POST', { chats });
  await Promise.race([reported.catch(() => {}), new Promise((resolve) => setTimeout(resolve, 5_000))]);
  await ICF.Lobby.close();
  location.reload();
}

/** Nobody is logged in to this tab from now on. */
export function forgetSession(): void {
  tabApp.clear();
  tabDuty.clear();
  tabChats.clear();
}
