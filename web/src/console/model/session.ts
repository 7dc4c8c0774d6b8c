// Logging in and out. The session lives in the tab (sessionStorage), so that a customer's cookie on the same host is not touched.

import { useApp } from '../../ui/api';
import { rememberedApp, tabApp, tabDuty } from './preferences';

interface LoginReply {
  user: { id: string };
  session: { token: string };
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

/** Rejects with a message for the agent if the app, the name or the password is wrong. */
export async function logIn({ appId, username, password }: Credentials): Promise<void> {
  await ICF.init({ appId, session: 'tab' });
  const { data } = await ICF.Api.request('/agents/login', 'POST', { username, password });
  const { user, session } = data as LoginReply;
  await ICF.Lobby.init({ id: user.id, token: session.token });
  useApp(appId);
  rememberedApp.set(appId);
  tabApp.set(appId);
}

/** Ends the session and starts the page afresh. A server that does not answer within 2 s does not keep the agent in. */
export async function logOut(): Promise<void> {
  forgetSession();
  const told = ICF.Events.send('agents:available', { available: false }).then(() => ICF.Api.request('/agents/logout', 'POST', {}));
  await Promise.race([told.catch(() => {}), new Promise((resolve) => setTimeout(resolve, 2_000))]);
  await ICF.Lobby.close();
  location.reload();
}

/** Nobody is logged in to this tab any more. */
export function forgetSession(): void {
  tabApp.clear();
  tabDuty.clear();
}
