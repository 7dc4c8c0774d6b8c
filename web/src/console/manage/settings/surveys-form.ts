// The surveys that visitors are asked after a chat, and their questions.

import { html } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { say } from '../../texts';
import type { ManagedSettings, Question, Survey } from '../model/app-settings';
import type { Line } from '../model/meanwhile';
import { linesOf, replaceAt, SettingForm } from './setting-form';

/** A question as it is edited. Its id stays, since answers name it. */
interface Asked {
  id: string;
  text: string;
  type: string;
  /** One answer a line, of a choice. */
  options: string;
  required: boolean;
}

interface Edited {
  id: string;
  title: string;
  questions: Asked[];
}

class SurveysForm extends SettingForm<Edited[]> {
  protected pick({ surveys }: ManagedSettings): Edited[] {
    return surveys.map(({ id, title, questions }) => ({ id, title, questions: questions.map(asked) }));
  }

  protected change(surveys: Edited[]): { surveys: Survey[] } {
    return {
      surveys: surveys.map(({ id, title, questions }) => ({ id: id.trim(), title: title.trim(), questions: questions.map(stored) })),
    };
  }

  protected lines(surveys: Edited[]): Line[] {
    return surveys.flatMap(({ id, title, questions }): Line[] => [
      [title, id],
      ...questions.map(
        ({ text, type, options, required }): Line => [
          text,
          [kindText(type), linesOf(options).join(', '), required && say('set.required')].filter(Boolean).join(' · '),
        ],
      ),
    ]);
  }

  protected fields(surveys: Edited[]) {
    return html`
      <p class="quiet">${say('set.surveysAbout')}</p>
      ${repeat(
        surveys,
        (one) => one,
        (_, at) => this.survey(surveys, at),
      )}
      ${this.adder(
        'survey',
        say('set.addSurvey'),
        () => surveys.push({ id: unused('survey', surveys), title: '', questions: [question([])] }),
        () => `surveys.${surveys.length - 1}.title`,
      )}
    `;
  }

  private survey(surveys: Edited[], at: number) {
    const { id, title, questions } = surveys[at]!;
    const path = `surveys.${at}`;
    return html`
      <details class="item">
        <summary data-testid="survey-open"><bdi>${title || id || '…'}</bdi></summary>
        <div class="columns">
          ${this.field(`${path}.title`, say('set.title'), title, (value) => replaceAt(surveys, at, { title: value }))}
          ${this.field(`${path}.id`, say('set.surveyId'), id, (value) => replaceAt(surveys, at, { id: value }), { max: 64 })}
        </div>
        ${repeat(
          questions,
          (one) => one,
          (_, n) => this.question(`${path}.questions`, questions, n),
        )}
        <div class="acts">
          ${this.adder(
            `question-${at}`,
            say('set.addQuestion'),
            () => questions.push(question(questions)),
            () => `${path}.questions.${questions.length - 1}.text`,
          )}
          ${this.remover('survey', title || id, () => surveys.splice(at, 1))}
        </div>
      </details>
    `;
  }

  private question(list: string, questions: Asked[], at: number) {
    const { text, type, options, required } = questions[at]!;
    const path = `${list}.${at}`;
    const set = (change: Partial<Asked>) => replaceAt(questions, at, change);
    const id = `question-${list.split('.')[1]}`;
    return html`
      <fieldset class="item">
        <legend dir="auto">${text || '…'}</legend>
        <div class="columns">
          ${this.field(`${path}.text`, say('set.question'), text, (value) => set({ text: value }), { max: 1000 })}
          ${this.choice(
            `${path}.type`,
            say('set.kind'),
            type,
            Object.keys(kinds).map((kind) => [kind, kindText(kind)]),
            (value) => set({ type: value }),
          )}
          ${type === 'choice' ? this.field(`${path}.options`, say('set.options'), options, (value) => set({ options: value }), { rows: 3 }) : ''}
        </div>
        ${this.tick(`${path}.required`, say('set.required'), required, (on) => set({ required: on }))}
        <div class="acts">
          ${this.riser(id, questions, at, text, `${list}.0.text`)}
          ${questions.length > 1 ? this.remover(id, text, () => questions.splice(at, 1)) : ''}
        </div>
      </fieldset>
    `;
  }
}

const kinds = { rating: 'set.asks.rating', choice: 'set.asks.choice', text: 'set.asks.text' } as const;

const kindText = (kind: string) => say(kinds[kind as keyof typeof kinds]);

const asked = ({ id, text, type, options = [], required = false }: Question): Asked => ({
  id,
  text,
  type,
  options: options.join('\n'),
  required,
});

const stored = ({ id, text, type, options, required }: Asked): Question => ({
  id,
  text: text.trim(),
  type,
  ...(type === 'choice' && { options: linesOf(options) }),
  ...(required && { required }),
});

const question = (others: readonly Asked[]): Asked => ({ id: unused('q', others), text: '', type: 'rating', options: '', required: false });

/** An id that none of them has. */
function unused(prefix: string, among: readonly { id: string }[]): string {
  for (let n = 1; ; n++) if (!among.some(({ id }) => id === `${prefix}${n}`)) return `${prefix}${n}`;
}

customElements.define('console-set-surveys', SurveysForm);
