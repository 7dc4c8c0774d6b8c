// The way of a chat from page to page of a site: what the tab keeps of it is shown at once on the next one, where it stays.

import { useServer } from '../ui/api';
import type { Composer } from './composer';
import { forget, keptPerson, remember, remembered, shownPerson } from './kept';
import type { Log } from './log';
import type { SupportChat, SupportOptions } from './support-chat';
import type { Rules, Say, Sender } from './view';

interface Around {
  options(): SupportOptions;
  unread(): number;
  /** The line under the title. */
  state(): string;
  /** The agents in the chat. */
  people(): readonly Sender[];
  /** The tab has kept a chat, and these were its state and its agents. */
  expect(state: Say, people: readonly Sender[]): void;
  /** A chat is there, or soon will be. */
  found(): void;
  /** The chat that the tab has kept is over. */
  lost(): void;
  failed(error: unknown): void;
}

export class Pages {
  /** What the app takes, as soon as that is known. */
  media: Rules['media'] | undefined;

  constructor(
    private readonly chat: SupportChat,
    private readonly log: Log,
    private readonly composer: Composer,
    private readonly around: Around,
    end: AbortSignal,
  ) {
    addEventListener('pagehide', () => this.keep(), { signal: end });
    document.addEventListener('visibilitychange', () => this.keep(), { signal: end });
  }

  /** Has the tab keep the open chat. */
  keep(): void {
    const { chat } = this.chat;
    const { media, around, log } = this;
    if (!chat || !media) return;
    remember({
      appId: around.options().appId,
      chatId: chat.id,
      unread: around.unread(),
      media,
      state: around.state(),
      people: around.people().map(keptPerson),
      messages: log.messages,
    });
  }

  /** Goes on with the chat of an earlier page, or of another element. A window that was minimised stays so. */
  async restore(): Promise<void> {
    const { around, log, composer } = this;
    const { appId, api } = around.options();
    const kept = remembered(appId);
    if (kept) {
      useServer(appId, api);
      log.showKept(kept);
      composer.expect(kept.chatId, kept.media);
      around.expect(() => kept.state, kept.people.map(shownPerson));
      around.found();
    }
    let found: boolean;
    try {
      found = await this.chat.restore();
    } catch (error) {
      if (!kept) throw error;
      return around.failed(error);
    }
    if (this.chat.chat && !kept) around.found();
    if (found || !kept) return;
    forget();
    log.clear();
    composer.ended();
    around.lost();
  }
}
