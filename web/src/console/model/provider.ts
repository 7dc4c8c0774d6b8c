// Logging in by the app's provider of OpenID Connect: the page goes there, and comes back with what ends the log-in.

import { tabEntry } from '../../ui/storage';
import { Told } from '../texts';
import { hasPasskeys } from './passkeys';
import { rememberedDevice } from './preferences';
import { enterApp, type LoginReply } from './session';

/** How agents of an app log in with this browser. */
export interface LoginWays {
  password: boolean;
  passkeys: boolean;
  /** Beside the password. */
  secondFactor: 'off' | 'optional' | 'required';
  oidc: { name: string } | null;
}

/** What is assumed until the server says more. */
export const onlyPassword: LoginWays = { password: true, passkeys: false, secondFactor: 'optional', oidc: null };

/** Asks which ways an app has. Of an unknown app, or without an answer, it is the password, so that the log-in says what is wrong. */
export async function loginWays(appId: string): Promise<LoginWays> {
  try {
    const response = await fetch('../v1/settings', { headers: { 'x-hyper-appId': appId } });
    const { login } = ((await response.json()) as { settings: { login: LoginWays } }).settings;
    return { ...login, passkeys: login.passkeys && hasPasskeys };
  } catch {
    return onlyPassword;
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

/** What the provider says as it sends the page back, and the log-in that this tab had begun, '' if none. */
export interface Return {
  said: URLSearchParams;
  begun: string;
}

/**
 * Takes what a provider has added to the page's address; undefined if it has added nothing. Neither the address nor the tab keeps it, so
 * that an old link, a bookmark or a reload says at most once that its log-in is over.
 */
export function takeReturn(): Return | undefined {
  const said = new URLSearchParams(location.search);
  if (!said.has('state') && !said.has('code')) return undefined;
  history.replaceState(null, '', location.pathname);
  const begun = tabLogin.get();
  tabLogin.clear();
  return { said, begun };
}

/** Ends the log-in. Rejects with a message for the agent if the tab has begun none, or the provider or the server refuses. */
export async function endLogin({ said, begun }: Return): Promise<void> {
  if (!begun) throw new Told('login.over');
  const code = said.get('code');
  if (!code) throw new Told('login.refused');
  const { appId, key } = JSON.parse(begun) as { appId: string; key: string };
  await ICF.init({ appId, session: 'tab' });
  const [state, iss] = ['state', 'iss'].map((name) => said.get(name) ?? '');
  const { data } = await ICF.Api.request('/agents/login/oidc/finish', 'POST', { state, code, iss, key, device: rememberedDevice.get() });
  await enterApp(appId, data as unknown as LoginReply);
}
