// What else agents work with: tags, languages, the queue, and how many chats they are given at once.

import { html } from 'lit';
import { say, texts } from '../../texts';
import type { ManagedSettings } from '../model/app-settings';
import type { Line } from '../model/meanwhile';
import { SettingForm } from './setting-form';

interface Value {
  /** One a line. */
  tags: string;
  /** Codes, with commas between them. */
  languages: string;
  queue: boolean;
  most: string;
}

class WorkForm extends SettingForm<Value> {
  protected pick({ tags, languages, queue, assignment }: ManagedSettings): Value {
    return { tags: tags.join('\n'), languages: languages.join(', '), queue: queue.active, most: String(assignment.maxChatsPerAgent) };
  }

  protected change({ tags, languages, queue, most }: Value) {
    return {
      tags: tags
        .split('\n')
        .map((tag) => tag.trim())
        .filter(Boolean),
      languages: languages.split(/[\s,]+/).filter(Boolean),
      queue: { active: queue },
      assignment: { maxChatsPerAgent: most.trim() ? Number(most) : most },
    };
  }

  protected lines({ tags, languages, queue, most }: Value): Line[] {
    return [
      [say('tags'), texts.list(tags.split('\n'))],
      [say('set.langs'), languages],
      [say('set.queue'), queue ? '✓' : '–'],
      [say('set.most'), most],
    ];
  }

  protected fields(value: Value) {
    return html`
      ${this.field('tags', say('set.tags'), value.tags, (text) => (value.tags = text), { rows: 4 })}
      ${this.field('languages', say('set.langs'), value.languages, (text) => (value.languages = text))}
      ${this.field('assignment.maxChatsPerAgent', say('set.most'), value.most, (text) => (value.most = text), { type: 'number', max: 1000 })}
      ${this.tick('queue.active', say('set.queue'), value.queue, (on) => (value.queue = on))}
    `;
  }
}

customElements.define('console-set-work', WorkForm);
