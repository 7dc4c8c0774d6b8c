// Logging in and out. The session is kept in the tab (sessionStorage), so that a visitor's cookie on the same host stays as it is.

import { useApp } from '../../ui/api';
import { Drafts } from './drafts';
import { rememberedApp, rememberedDevice, tabApp, tabChats, tabDuty } from './preferences';

interface LoginReply {
  user: { id: string };
  session: { token: string };
  device: string;
}

export interface Credentials {
  appId: string;
  username: string;
  password: string;
}

/** Restores the session of this tab. Gives whether somebody is logged in; rejects if the server cannot be reached. */
export async function restoreSession(): Promise<boolean> {
  const appId = tabApp.get();
  if (!appId) return false;
  useApp(appId);
  await ICF.init({ appId, session: 'tab' });
  if (!ICF.Lobby.logged) forgetSession();
  return ICF.Lobby.logged;
}

/** Logs an agent in. Rejects with a message for them if the app, the name or the password is wrong. */
export async function logIn({ appId, username, password }: Credentials): Promise<void> {
  await ICF.init({ appId, session: 'tab' });
  const { data } = await ICF.Api.request('/agents/login', 'POST', { username, password, device: rememberedDevice.get() });
  const { user, session, device } = data as LoginReply;
  rememberedDevice.set(device);
  await ICF.Lobby.init({ id: user.id, token: session.token });
  useApp(appId);
  rememberedApp.set(appId);
  tabApp.set(appId);
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
