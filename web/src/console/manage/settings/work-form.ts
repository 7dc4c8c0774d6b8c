// What else agents work with: tags, languages, the queue, and how an agent is found for a chat.

import { html } from 'lit';
import { say, texts } from '../../texts';
import type { ManagedSettings } from '../model/app-settings';
import type { Line } from '../model/meanwhile';
import { linesOf, SettingForm } from './setting-form';

interface Value {
  /** One a line. */
  tags: string;
  /** Codes, with commas between them. */
  languages: string;
  queue: boolean;
  algorithm: string;
  /** Seconds. */
  timeout: string;
  attempts: string;
  most: string;
}

class WorkForm extends SettingForm<Value> {
  protected pick({ tags, languages, queue, assignment }: ManagedSettings): Value {
    const { algorithm, timeout, maxAttempts, maxChatsPerAgent } = assignment;
    return {
      tags: tags.join('\n'),
      languages: languages.join(', '),
      queue: queue.active,
      algorithm,
      timeout: String(timeout),
      attempts: String(maxAttempts),
      most: String(maxChatsPerAgent),
    };
  }

  protected change({ tags, languages, queue, algorithm, timeout, attempts, most }: Value) {
    return {
      tags: linesOf(tags),
      languages: languages.split(/[\s,]+/).filter(Boolean),
      queue: { active: queue },
      assignment: { algorithm, timeout: number(timeout), maxAttempts: number(attempts), maxChatsPerAgent: number(most) },
    };
  }

  protected lines({ tags, languages, queue, algorithm, timeout, attempts, most }: Value): Line[] {
    return [
      [say('tags'), texts.list(tags.split('\n'))],
      [say('set.langs'), languages],
      [say('set.queue'), queue ? '✓' : '–'],
      [say('set.algorithm'), algorithmText(algorithm)],
      [say('set.timeout'), timeout],
      [say('set.attempts'), attempts],
      [say('set.most'), most],
    ];
  }

  protected fields(value: Value) {
    return html`
      ${this.field('tags', say('set.tags'), value.tags, (text) => (value.tags = text), { rows: 4 })}
      ${this.field('languages', say('set.langs'), value.languages, (text) => (value.languages = text))}
      ${this.choice(
        'assignment.algorithm',
        say('set.algorithm'),
        value.algorithm,
        Object.keys(algorithms).map((name) => [name, algorithmText(name)]),
        (name) => (value.algorithm = name),
      )}
      <div class="columns">
        ${this.field('assignment.timeout', say('set.timeout'), value.timeout, (text) => (value.timeout = text), { type: 'number', max: 86_400 })}
        ${this.field('assignment.maxAttempts', say('set.attempts'), value.attempts, (text) => (value.attempts = text), { type: 'number', max: 1000 })}
      </div>
      ${this.field('assignment.maxChatsPerAgent', say('set.most'), value.most, (text) => (value.most = text), { type: 'number', max: 1000 })}
      ${this.tick('queue.active', say('set.queue'), value.queue, (on) => (value.queue = on))}
    `;
  }
}

const algorithms = {
  leastBusy: 'set.by.leastBusy',
  longestIdle: 'set.by.longestIdle',
  roundRobin: 'set.by.roundRobin',
  languageMatch: 'set.by.languageMatch',
} as const;

const algorithmText = (name: string) => say(algorithms[name as keyof typeof algorithms]);

/** What is typed as a number, as the server wants it. It says what is wrong with anything else. */
const number = (text: string) => (text.trim() ? Number(text) : text);

customElements.define('console-set-work', WorkForm);
