// A closed chat that the agent reads.

import type { ChatProperties, User } from '../../../index';
import { ask } from '../../ui/api';
import { errorText } from '../../ui/format';
import { Observable } from './observable';
import { Participants } from './participants';
import { type Line, Transcript } from './transcript';

export type Format = 'text' | 'csv' | 'json';

export class ArchivedChat extends Observable {
  readonly id: string;
  readonly participants: Participants;
  /** The chat is being fetched. */
  loading = true;
  problem = '';
  private readonly transcript: Transcript;

  constructor(
    /** As it was listed; replaced by the whole chat once that is fetched. */
    public chat: ChatProperties,
    me: string,
  ) {
    super();
    this.id = chat.id;
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
    await this.attempt('The chat could not be loaded.', async () => {
      this.chat = (await ask<{ chat: ChatProperties }>(`/chats/${this.id}`)).chat;
      for (const message of this.chat.history) this.transcript.add(message);
    });
    this.loading = false;
    this.changed();
  }

  /** Saves the conversation as a file. */
  async save(format: Format): Promise<void> {
    await this.attempt('The conversation could not be saved.', () => ICF.Helper.downloadConversation(this.id, { download: true, format }));
    this.changed();
  }

  private async attempt(otherwise: string, act: () => Promise<unknown>): Promise<void> {
    this.problem = '';
    try {
      await act();
    } catch (error) {
      this.problem = `${otherwise} ${errorText(error)}`;
    }
  }
}
