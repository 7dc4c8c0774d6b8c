// Passkeys of agents: the browser and an authenticator make and use them, the server says what for.

import { send } from '../../ui/api';
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

/** Logs in the agent whose passkey they choose. */
export async function logInByPasskey(appId: string): Promise<void> {
  await ICF.init({ appId, session: 'tab' });
  const { options } = await send<{ options: PublicKeyCredentialRequestOptionsJSON }>('POST', '/agents/login/passkey');
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = await given(navigator.credentials.get({ publicKey }));
  await enterApp(appId, await send<LoginReply>('POST', '/agents/login/passkey/confirm', { credential, device: rememberedDevice.get() }));
}

/** What the server gets of a credential. Browsers do not say why there is none, so that no page learns who has a passkey. */
async function given(asked: Promise<Credential | null>): Promise<unknown> {
  try {
    return ((await asked) as PublicKeyCredential).toJSON();
  } catch (error) {
    const known = (error as Error).name === 'InvalidStateError'; // only of a passkey to be made
    throw new Error(known ? 'This device has a passkey of yours already.' : 'No passkey was given.');
  }
}
