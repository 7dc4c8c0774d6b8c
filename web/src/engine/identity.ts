// Who the page says that its user is: by a proof of the site's own server, which the chat server verifies.

import type * as Public from '../../index';
import { toJSON } from '../shared/args';
import type { CoreOptions, EngineHost } from '../shared/contract';
import { ParleyError } from '../shared/errors';

/** The user of a proof, and a new session unless the one asked with is theirs. */
export interface Proven {
  user: { id: string };
  session?: { token: string };
}

async function ask({ api, appId, domainKey }: CoreOptions, proof: Public.Identity, token: string | null): Promise<Proven> {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-hyper-appid': appId };
  if (domainKey) headers['x-hyper-key'] = domainKey;
  if (token) headers['x-hyper-token'] = token;
  const body = toJSON(typeof proof === 'string' ? { identity: proof } : proof);
  const response = await fetch(`${api}/users`, { method: 'POST', credentials: 'omit', headers, body });
  const { error, ...proven } = await response.json();
  if (error) throw new ParleyError(`${error.code} ${error.reason}`, error.message);
  return proven as Proven;
}

/** Finds the user: by the proof given to `init` while it holds, then by a fresh one. Without one gives undefined. */
export async function prove(core: EngineHost, options: CoreOptions, token: string | null): Promise<Proven | undefined> {
  const { proof, identity } = core;
  try {
    if (proof) return await ask(options, proof, token);
  } catch (thrown) {
    if (!identity || (thrown as ParleyError).reason !== 'identity-expired') throw thrown;
  }
  const fresh = await identity?.();
  return fresh ? ask(options, fresh, token) : undefined;
}
