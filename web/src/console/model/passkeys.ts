// Passkeys of agents: the browser and an authenticator make and use them, the server says what for.

import { send } from '../../ui/api';
import { Told } from '../texts';
import { rememberedDevice } from './preferences';
import { enterApp, type LoginReply } from './session';

/** Whether this browser has passkeys. Older ones cannot read the server's options. */
export const hasPasskeys = 'PublicKeyCredential' in window && 'parseRequestOptionsFromJSON' in PublicKeyCredential;

/** Has the agent's authenticator make a passkey, and adds it to their account. */
export async function addPasskey(name: string, password: string): Promise<void> {
  const { options } = await send<{ options: PublicKeyCredentialCreationOptionsJSON }>('POST', '/account/passkeys', { password });
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  await send('POST', '/account/passkeys/confirm', { name, credential: await given(navigator.credentials.create({ publicKey })) });
}

export async function removePasskey(id: string, password: string): Promise<void> {
  await send('DELETE', `/account/passkeys/${id}`, { password });
}

/** What the server has an authenticator sign for a log-in. */
interface Asked {
  options: PublicKeyCredentialRequestOptionsJSON;
}

function requestOf({ options }: Asked): CredentialRequestOptions {
  return { publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) };
}

/** Logs in the agent whose passkey they choose now, or have chosen in the field of the name. */
export async function logInByPasskey(appId: string, chosen?: unknown): Promise<void> {
  await ICF.init({ appId, session: 'tab' });
  const credential = chosen ?? (await given(navigator.credentials.get(requestOf(await send<Asked>('POST', '/agents/login/passkey')))));
  await enterApp(appId, await send<LoginReply>('POST', '/agents/login/passkey/confirm', { credential, device: rememberedDevice.get() }));
}

/** The server knows for five minutes what it has asked. */
const renewAfter = 240_000;

/**
 * Has the browser offer passkeys in the field of the name. Gives the one that the agent chooses; undefined if the signal ends it, or the
 * browser or the server has none to offer. A page that nobody sees asks the server for nothing.
 */
export async function offerPasskeys(appId: string, signal: AbortSignal): Promise<unknown> {
  const headers = { 'x-hyper-appId': appId, 'content-type': 'application/json' };
  const body = JSON.stringify({ mediation: 'conditional' });
  try {
    while (await PublicKeyCredential.isConditionalMediationAvailable()) {
      if (document.hidden) await new Promise((shown) => document.addEventListener('visibilitychange', shown, { once: true, signal }));
      const answer = await fetch('../v1/agents/login/passkey', { method: 'POST', headers, body, signal });
      const request = requestOf((await answer.json()) as Asked);
      const old = AbortSignal.timeout(renewAfter);
      const chosen = navigator.credentials.get({ ...request, mediation: 'conditional', signal: AbortSignal.any([signal, old]) });
      const credential = await chosen.catch((error: unknown) => {
        if (!old.aborted) throw error;
      });
      if (credential) return (credential as PublicKeyCredential).toJSON();
    }
  } catch {
    // The button is there, and says what is wrong.
  }
  return undefined;
}

/** What the server gets of a credential. Browsers do not say why there is none, so that no page learns who has a passkey. */
async function given(asked: Promise<Credential | null>): Promise<unknown> {
  try {
    return ((await asked) as PublicKeyCredential).toJSON();
  } catch (error) {
    const known = (error as Error).name === 'InvalidStateError'; // only of a passkey to be made
    throw new Told(known ? 'passkeys.known' : 'passkeys.missing');
  }
}
