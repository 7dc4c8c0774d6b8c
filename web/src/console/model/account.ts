// How the agent logs in: their password and their authenticator app.

import type { ParleyError } from '../../../index';
import { ask } from '../../ui/api';
import { rememberedDevice } from './preferences';

/** What an authenticator app is set up with. */
export interface TotpKey {
  secret: string;
  /** `otpauth://`, which opens the app on a phone. */
  url: string;
  qr: { size: number; path: string };
}

export interface Passkey {
  id: string;
  name: string;
  /** This and `used` in seconds; it has not been used if that is 0. */
  created: number;
  used: number;
}

export interface Account {
  totp: boolean;
  recoveryCodes: number;
  passkeys: Passkey[];
}

export async function account(): Promise<Account> {
  return (await ask<{ account: Account }>('/account')).account;
}

export async function changePassword(password: string, newPassword: string): Promise<void> {
  await ICF.Api.request('/account/password', 'PUT', { password, newPassword, device: rememberedDevice.get() });
}

/** Begins to set up an authenticator app. */
export async function newTotp(password: string): Promise<TotpKey> {
  return (await ICF.Api.request('/account/totp', 'POST', { password })).data as unknown as TotpKey;
}

/** Completes it with a code of the app, and gives the recovery codes. */
export async function confirmTotp(code: string): Promise<string[]> {
  const { data } = await ICF.Api.request('/account/totp/confirm', 'POST', { code });
  return (data as { recoveryCodes: string[] }).recoveryCodes;
}

export async function removeTotp(password: string): Promise<void> {
  await ICF.Api.request('/account/totp', 'DELETE', { password });
}

/** Why the server has refused, by the name that never changes; '' if it has not. */
export function reasonOf(error: unknown): string {
  return (error as Partial<ParleyError> | undefined)?.reason ?? '';
}
