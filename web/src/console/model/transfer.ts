// Transferring a chat: to whom it can go, and why a transfer failed.

import { ask } from '../../ui/api';
import { errorText, nameOf } from '../../ui/format';
import { Observable } from './observable';
import type { Settings } from './settings';

/** A colleague, as the server lists them. */
export interface Colleague {
  id: string;
  name: string;
  nickname?: string;
  rooms?: readonly string[];
  langs?: readonly string[];
  available: boolean;
  /** How many open chats they have. */
  chats: number;
}

/** An agent or a room that can take the chat. */
export interface TransferTarget {
  key: string;
  label: string;
  /** What is shown beside the label. */
  about: string;
  /** Whether it can be chosen now. */
  possible: boolean;
  to: { agentId: string } | { room: string };
}

/** The agents and rooms that a chat can be transferred to. */
export class TransferTargets extends Observable {
  loading = true;
  problem = '';
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
    return this.all.filter((one) => wanted.every((word) => `${one.label} ${one.about}`.toLowerCase().includes(word)));
  }

  private async load(): Promise<void> {
    const rooms = this.settings.rooms.map((room) => this.roomTarget(room));
    try {
      const { agents } = await ask<{ agents: Colleague[] }>('/agents');
      const others = agents.filter((one) => !this.inChat.has(one.id)).map((one) => agentTarget(one));
      others.sort((a, b) => Number(b.possible) - Number(a.possible) || a.label.localeCompare(b.label));
      this.all = [...others, ...rooms];
    } catch (error) {
      this.all = rooms;
      this.problem = `The agents could not be listed. ${errorText(error)}`;
    }
    this.loading = false;
    this.changed();
  }

  private roomTarget(room: string): TransferTarget {
    const about = room === this.room ? 'This chat’s room: another of its agents' : 'Any agent of the room';
    return { key: `room-${room}`, label: `Room ${room}`, about, possible: true, to: { room } };
  }
}

function agentTarget(one: Colleague): TransferTarget {
  const load = one.chats === 1 ? '1 open chat' : `${one.chats} open chats`;
  const about = [one.available ? 'Available' : 'Not available', load, ...(one.langs?.length ? [one.langs.join(', ')] : [])];
  return { key: one.id, label: nameOf(one), about: about.join(' · '), possible: one.available, to: { agentId: one.id } };
}

/** Why an agent did not take a chat, for the agent who transferred it. */
export function transferFailed(name: string, reason = ''): string {
  switch (reason) {
    case 'rejected':
      return `${name} declined the chat. It stays with you.`;
    case 'expired':
      return `${name} did not answer in time. The chat stays with you.`;
    case 'replaced':
      return `${name} is no longer being asked.`;
  }
  return `${name} did not take the chat.`;
}
