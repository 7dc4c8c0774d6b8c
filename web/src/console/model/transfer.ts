// Transferring a chat: to whom it can go, and why a transfer failed.

import { ask } from '../../ui/api';
import type { Saying } from '../../ui/element';
import { nameOf } from '../../ui/format';
import { errorSaying, say } from '../texts';
import { Observable } from './observable';
import type { Settings } from './settings';

/** A colleague, as the server lists them. */
export interface Colleague {
  id: string;
  name: string;
  nickname?: string;
  picture?: string;
  rooms?: readonly string[];
  langs?: readonly string[];
  available: boolean;
  /** How many open chats they have. */
  chats: number;
}

/** An agent or a room that can take the chat. */
export interface TransferTarget {
  key: string;
  label: () => string;
  /** What is shown beside the label. */
  about: () => string;
  /** Whether it can be chosen now. */
  possible: boolean;
  to: { agentId: string } | { room: string };
  /** Who it is; missing for a room. */
  agent?: Colleague;
}

/** The agents and rooms that a chat can be transferred to. */
export class TransferTargets extends Observable {
  loading = true;
  problem: Saying = '';
  private all: readonly TransferTarget[] = [];

  constructor(
    private readonly settings: Settings,
    /** Users in the chat, who are no targets. */
    private readonly inChat: ReadonlySet<string>,
    private readonly room: string,
  ) {
    super();
    void this.load();
  }

  /** The targets whose text has all the words typed; those that can be chosen come first. */
  matching(typed: string): TransferTarget[] {
    const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean);
    return this.all.filter((one) => wanted.every((word) => `${one.label()} ${one.about()}`.toLowerCase().includes(word)));
  }

  private async load(): Promise<void> {
    const rooms = this.settings.rooms.map((room) => this.roomTarget(room));
    try {
      const { agents } = await ask<{ agents: Colleague[] }>('/agents');
      const others = agents.filter((one) => !this.inChat.has(one.id)).map((one) => agentTarget(one));
      others.sort((a, b) => Number(b.possible) - Number(a.possible) || a.label().localeCompare(b.label()));
      this.all = [...others, ...rooms];
    } catch (error) {
      this.all = rooms;
      this.problem = () => say('transfer.noList', { reason: errorSaying(error) });
    }
    this.loading = false;
    this.changed();
  }

  private roomTarget(room: string): TransferTarget {
    const about = room === this.room ? 'transfer.sameRoom' : 'transfer.anyAgent';
    return { key: `room-${room}`, label: () => say('room', { room }), about: () => say(about), possible: true, to: { room } };
  }
}

function agentTarget(one: Colleague): TransferTarget {
  const about = () => {
    const state = say(one.available ? 'available' : 'unavailable');
    return [state, say('transfer.load', { n: one.chats }), one.langs?.join(', ')].filter(Boolean).join(' · ');
  };
  return { key: one.id, label: () => nameOf(one), about, possible: one.available, to: { agentId: one.id }, agent: one };
}

/** Why an agent did not take a chat, for the agent who transferred it. */
export function transferFailed(name: string, reason = ''): string {
  switch (reason) {
    case 'rejected':
      return say('transfer.rejected', { name });
    case 'expired':
      return say('transfer.expired', { name });
    case 'replaced':
      return say('transfer.replaced', { name });
  }
  return say('transfer.ended', { name });
}
