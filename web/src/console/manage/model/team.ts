// The accounts of the app's agents, as supervisors see and change them.

import { ask, send } from '../../../ui/api';
import type { Saying } from '../../../ui/element';
import { Observable } from '../../model/observable';
import { errorSaying } from '../../texts';

export type Role = 'agent' | 'supervisor';

export interface Member {
  id: string;
  username: string;
  name: string;
  nickname: string;
  picture?: string;
  role: Role;
  rooms: readonly string[];
  langs: readonly string[];
  available: boolean;
  /** How many open chats they have. */
  chats: number;
  disabled: boolean;
  /** By which they are found at the first log-in by a provider. Of one member alone, not in the list. */
  email?: string;
}

/** What a form says of an account. */
export interface Profile {
  name: string;
  nickname: string;
  role: Role;
  rooms: readonly string[];
  langs: readonly string[];
  email: string;
}

/** A session of somebody, with times in unix seconds. */
export interface Session {
  id: string;
  created: number;
  used: number;
  /** Of the client's address, such as 203.0.113.0/24. */
  network?: string;
  userAgent?: string;
}

/** All agents of the app, also those who are disabled. */
export class Team extends Observable {
  list: readonly Member[] = [];
  loading = true;
  problem: Saying = '';

  async load(): Promise<void> {
    try {
      const { agents } = await ask<{ agents: Member[] }>('/agents', { disabled: true });
      this.list = agents;
      this.problem = '';
    } catch (error) {
      this.problem = errorSaying(error);
    }
    this.loading = false;
    this.changed();
  }
}

export async function memberOf(id: string): Promise<Member> {
  return (await ask<{ agent: Member }>(path(id))).agent;
}

export async function addMember(username: string, password: string, profile: Profile): Promise<void> {
  await send('POST', '/agents', { username, password, ...profile });
}

/** Changes what differs from before, so that what somebody else has changed meanwhile stays. A password of '' stays too. */
export async function changeMember(before: Member, profile: Profile, password: string): Promise<void> {
  const changes: Record<string, unknown> & { password?: string } = {};
  for (const [name, value] of Object.entries(profile)) {
    if (String(value) !== String(before[name as keyof Profile] ?? '')) changes[name] = value;
  }
  if (password) changes.password = password;
  if (Object.keys(changes).length > 0) await send('PUT', path(before.id), changes);
}

/** Supervisors change their own account nowhere but here, and of it the names alone. */
export async function renameMember(id: string, { name, nickname }: Profile): Promise<void> {
  await send('PUT', `${path(id)}/name`, { name, nickname });
}

export async function setDisabled(id: string, disabled: boolean): Promise<void> {
  await send('PUT', path(id), { disabled });
}

/** Removes the authenticator app and the passkeys of somebody who has lost them. */
export async function resetSecondFactor(id: string): Promise<void> {
  await send('PUT', path(id), { resetSecondFactor: true });
}

export async function removeMember(id: string): Promise<void> {
  await send('DELETE', path(id));
}

export async function sessionsOf(userId: string): Promise<Session[]> {
  return (await ask<{ sessions: Session[] }>('/sessions', { userId })).sessions;
}

export async function endSession(userId: string, id: string): Promise<void> {
  await send('DELETE', `/sessions/${encodeURIComponent(id)}`, { userId });
}

const path = (id: string) => `/agents/${encodeURIComponent(id)}`;
