// What the agent has typed and not sent, kept in the browser so that a reload loses nothing. Each agent has their own drafts,
// at most 50 with at most 100,000 characters in all; the oldest go first. Where the browser refuses storage, nothing is kept.

import { browserEntry } from '../../ui/storage';

const most = 50;
const mostCharacters = 100_000;

/** A chat's id and its draft. */
type Draft = [chatId: string, text: string];

export class Drafts {
  private readonly stored;

  constructor(agentId: string) {
    this.stored = browserEntry(`parley.console.drafts.${agentId}`);
  }

  /** The draft of a chat, '' if it has none. */
  get(chatId: string): string {
    return this.read().find(([id]) => id === chatId)?.[1] ?? '';
  }

  /** Keeps the draft of a chat; '' removes it. */
  set(chatId: string, text: string): void {
    const drafts = this.read().filter(([id]) => id !== chatId);
    if (text && text.length <= mostCharacters) drafts.push([chatId, text]);
    this.write(drafts);
  }

  /** Removes the drafts of all other chats. */
  keep(chatIds: readonly string[]): void {
    this.write(this.read().filter(([id]) => chatIds.includes(id)));
  }

  /** Removes all drafts of the agent. */
  clear(): void {
    this.stored.clear();
  }

  private write(drafts: readonly Draft[]): void {
    let room = mostCharacters;
    const kept = drafts.slice(-most).findLastIndex(([, text]) => (room -= text.length) < 0);
    const bounded = drafts.slice(-most).slice(kept + 1);
    if (bounded.length > 0) this.stored.set(JSON.stringify(bounded));
    else this.stored.clear();
  }

  /** What is not of our form, such as by another program's hand, counts as nothing. */
  private read(): Draft[] {
    try {
      const value: unknown = JSON.parse(this.stored.get() || '[]');
      return Array.isArray(value) ? value.filter(isDraft) : [];
    } catch {
      return [];
    }
  }
}

function isDraft(value: unknown): value is Draft {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string';
}
