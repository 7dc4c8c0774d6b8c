// Logging in by the app's provider of OpenID Connect: the page goes there, and comes back with what ends the log-in.

import { tabEntry } from '../../ui/storage';
import { rememberedDevice } from './preferences';
import { enterApp, type LoginReply } from './session';

/** How agents of an app log in. */
export interface LoginWays {
  password: boolean;
  passkeys: boolean;
  oidc: { name: string } | null;
}

/** Asks which ways an app has. Of an unknown app, or without an answer, it is the password, so that the log-in says what is wrong. */
export async function loginWays(appId: string): Promise<LoginWays> {
  try {
    const response = await fetch('../v1/settings', { headers: { 'x-hyper-appId': appId } });
    return ((await response.json()) as { settings: { login: LoginWays } }).settings.login;
  } catch {
    return { password: true, passkeys: false, oidc: null };
  }
}

/** The log-in that this tab has begun, as JSON. No other tab can end it. */
const tabLogin = tabEntry('parley.console.login');

/** Goes to the provider. Rejects with a message for the agent if it does not answer. */
export async function goToProvider(appId: string): Promise<void> {
  await ICF.init({ appId, session: 'tab' });
  const { data } = await ICF.Api.request('/agents/login/oidc', 'POST');
  const { url, key } = data as { url: string; key: string };
  tabLogin.set(JSON.stringify({ appId, key }));
  location.assign(url);
}

/**
 * Ends the log-in if the page has come back from the provider. Gives whether somebody is logged in by that; rejects with a message for them
 * if the provider or the server refuses. What the provider has added to the page's address is gone at once.
 */
export async function comeBack(): Promise<boolean> {
  const said = new URLSearchParams(location.search);
  const state = said.get('state');
  if (!state) return false;
  history.replaceState(null, '', location.pathname);
  const begun = tabLogin.get();
  tabLogin.clear();
  if (!begun) throw new Error('This log-in was not begun in this tab.');
  const code = said.get('code');
  if (!code) throw new Error('The provider did not let you in.');
  const { appId, key } = JSON.parse(begun) as { appId: string; key: string };
  await ICF.init({ appId, session: 'tab' });
  const iss = said.get('iss') ?? '';
  const { data } = await ICF.Api.request('/agents/login/oidc/finish', 'POST', { state, code, iss, key, device: rememberedDevice.get() });
  await enterApp(appId, data as unknown as LoginReply);
  return true;
}
