// What the visitor has typed and not sent. The tab keeps it for reloads and for the site's other pages, as long as the chat is open.

import { tabEntry } from '../ui/storage';

/** In characters; far more than a message may have. A longer draft is kept up to there. */
const longest = 100_000;

const kept = tabEntry('parley.draft');

export class Draft {
  constructor(private readonly chatId: string) {}

  /** Gives what this chat's draft was, '' if there is none. */
  get(): string {
    const draft = kept.get();
    return draft.startsWith(this.prefix) ? draft.slice(this.prefix.length) : '';
  }

  /** Keeps a draft in place of the one before; '' removes it. */
  set(text: string): void {
    if (text) kept.set(this.prefix + text.slice(0, longest));
    else kept.clear();
  }

  private get prefix(): string {
    return `${this.chatId} `;
  }
}
