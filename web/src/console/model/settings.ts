// The settings of the app that the console needs.

import { ask } from '../../ui/api';
import type { MediaSettings } from '../../ui/files';
import { Observable } from './observable';

export interface CannedReply {
  title: string;
  text: string;
  /** ISO 639-1 code of its language; none for any. */
  lang?: string;
}

export class Settings extends Observable {
  media: MediaSettings = { active: false, maxBytes: 0, types: [] };
  cannedReplies: readonly CannedReply[] = [];
  rooms: readonly string[] = [];
  /** Those that are suggested for chats. */
  tags: readonly string[] = [];

  /** Reads them again. If that fails, they stay as they are. */
  async load(): Promise<void> {
    try {
      const { settings } = await ask<{ settings: Partial<Settings> }>('/settings');
      this.media = settings.media ?? this.media;
      this.cannedReplies = settings.cannedReplies ?? [];
      this.rooms = settings.rooms ?? [];
      this.tags = settings.tags ?? [];
      this.changed();
    } catch {
      // The connection banner shows why; the next connection asks again.
    }
  }
}
