// A closed chat that the agent reads.

import type { ChatProperties, User } from '../../../index';
import { ask } from '../../ui/api';
import type { Saying } from '../../ui/element';
import { errorSaying, say, type TextKey } from '../texts';
import { Notes } from './notes';
import { Observable } from './observable';
import { Participants } from './participants';
import { type Line, Transcript } from './transcript';

export type Format = 'text' | 'csv' | 'json';

export class ArchivedChat extends Observable {
  readonly id: string;
  readonly participants: Participants;
  readonly notes: Notes;
  /** The chat is being fetched. */
  loading = true;
  problem: Saying = '';
  private readonly transcript: Transcript;

  constructor(
    /** As it was listed; replaced by the whole chat once that is fetched. */
    public chat: ChatProperties,
    me: string,
  ) {
    super();
    this.id = chat.id;
    this.notes = new Notes(this.id);
    this.participants = new Participants(() => this.chat);
    this.transcript = new Transcript(me);
    void this.load();
  }

  get lines(): readonly Line[] {
    return this.transcript.lines;
  }

  get visitor(): User | undefined {
    return this.participants.get(this.chat.creator);
  }

  get visitorName(): string {
    return this.participants.nameOf(this.chat.creator);
  }

  /** Fetches the chat. */
  async load(): Promise<void> {
    this.loading = true;
    await this.attempt('closed.failed', async () => {
      this.chat = (await ask<{ chat: ChatProperties }>(`/chats/${this.id}`)).chat;
      for (const message of this.chat.history) this.transcript.add(message);
    });
    this.loading = false;
    this.changed();
  }

  /** Saves the conversation as a file. */
  async save(format: Format): Promise<void> {
    await this.attempt('save.failed', () => ICF.Helper.downloadConversation(this.id, { download: true, format }));
    this.changed();
  }

  private async attempt(otherwise: TextKey, act: () => Promise<unknown>): Promise<void> {
    this.problem = '';
    try {
      await act();
    } catch (error) {
      this.problem = () => say(otherwise, { reason: errorSaying(error) });
    }
  }
}
