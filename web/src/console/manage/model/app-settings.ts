// The settings that supervisors change, with the version that a change is made from.

import { ask, send } from '../../../ui/api';
import type { Saying } from '../../../ui/element';
import { Observable } from '../../model/observable';
import type { CannedReply } from '../../model/settings';
import { errorSaying } from '../../texts';

export interface FormField {
  name: string;
  label?: string;
  type?: string;
  options?: string[];
  required?: boolean;
}

export const wordKinds = ['heading', 'welcome', 'greeting', 'away'] as const;

/** What the window says in a language; '' is each that has none of its own. */
export type WindowWords = { lang: string } & Partial<Record<(typeof wordKinds)[number], string>>;

export interface Survey {
  id: string;
  title: string;
  questions: Question[];
}

export interface Question {
  id: string;
  text: string;
  type: string;
  options?: string[];
  required?: boolean;
}

/** A day whose hours are not those of its weekday: `2026-12-24` and `10:00-14:00; 16:00-18:00`, or none. */
export interface Holiday {
  date: string;
  hours?: string;
}

export interface ManagedSettings {
  window: {
    fields: FormField[];
    consent: { text: string; url: string };
    hours: string;
    timeZone: string;
    holidays: Holiday[];
    away: string;
    words: WindowWords[];
  };
  cannedReplies: CannedReply[];
  surveys: Survey[];
  tags: string[];
  languages: string[];
  queue: { active: boolean };
  assignment: { algorithm: string; timeout: number; maxAttempts: number; maxChatsPerAgent: number };
  rooms: string[];
}

interface Answer {
  settings: ManagedSettings;
  version: string;
}

export class AppSettings extends Observable {
  now: ManagedSettings | undefined;
  problem: Saying = '';
  private version = '';

  async load(): Promise<void> {
    this.problem = '';
    try {
      this.take(await ask<Answer>('/settings'));
    } catch (error) {
      this.problem = errorSaying(error);
      this.changed();
    }
  }

  /** Stores a change of what is known. Gives whether it is stored; if somebody else was faster it is not, and `now` is what they have stored. */
  async store(change: Record<string, unknown>): Promise<boolean> {
    try {
      this.take(await send<Answer>('PUT', '/settings', { ...change, version: this.version }));
      return true;
    } catch (error) {
      if ((error as { reason?: string }).reason !== 'changed') throw error;
      this.take(await ask<Answer>('/settings'));
      return false;
    }
  }

  private take({ settings, version }: Answer): void {
    this.now = settings;
    this.version = version;
    this.changed();
  }
}
