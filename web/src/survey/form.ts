// The questions as accessible form controls: radio buttons in groups, text fields with labels,
// and each error beside its question.

import type { Answers, Question } from './server';
import { say } from './texts';

// The server's limit, in characters.
const longestText = 2000;

/** The questions in a form. */
export class Form {
  private readonly fields: Field[];

  constructor(root: HTMLElement, questions: Question[]) {
    this.fields = questions.map((question, index) => (question.type === 'text' ? textField : radioField)(question, `question-${index}`));
    root.replaceChildren(...this.fields.map((field) => field.element));
  }

  /** Gives the answers; or null if a required one is missing, after showing that and focusing the first such question. */
  read(): Answers | null {
    const answers: Answers = {};
    let missing: Field | undefined;
    for (const field of this.fields) {
      const answer = field.answer();
      const lacks = answer === undefined && field.question.required === true;
      field.mark(lacks ? say('missing') : '');
      if (lacks) missing ??= field;
      if (answer !== undefined) answers[field.question.id] = answer;
    }
    missing?.focus();
    return missing ? null : answers;
  }

  /** Whether the visitor may change anything. */
  set locked(yes: boolean) {
    for (const field of this.fields) field.lock(yes);
  }
}

interface Field {
  question: Question;
  element: HTMLElement;
  answer(): number | string | undefined;
  mark(problem: string): void;
  focus(): void;
  lock(yes: boolean): void;
}

function textField(question: Question, id: string): Field {
  const input = make('textarea', { id, className: 'input', dir: 'auto', maxLength: longestText, required: question.required === true });
  const label = make('label', { className: 'text', dir: 'auto', htmlFor: id });
  label.append(question.text, note(question));
  const error = problem(id);
  return {
    question,
    element: wrap('div', label, input, error),
    answer: () => input.value.trim() || undefined,
    mark: (text) => mark(input, error, text),
    focus: () => input.focus(),
    lock: (yes) => void (input.readOnly = yes),
  };
}

function radioField(question: Question, id: string): Field {
  const rating = question.type === 'rating';
  const options = rating ? ['1', '2', '3', '4', '5'] : (question.options ?? []);
  const inputs = options.map((value) => make('input', { type: 'radio', name: id, value }));
  const list = make('div', { className: rating ? 'options rating' : 'options' });
  list.append(
    ...inputs.map((input) => {
      const label = make('label', { dir: 'auto' });
      label.append(input, input.value);
      return label;
    }),
  );
  const legend = make('legend', { className: 'text', dir: 'auto' });
  legend.append(question.text, note(question));
  const error = problem(id);
  const element = wrap('fieldset', legend, ...(rating ? [hint(say('rating'))] : []), list, error) as HTMLFieldSetElement;
  element.setAttribute('role', 'radiogroup');
  if (question.required) element.setAttribute('aria-required', 'true');
  return {
    question,
    element,
    answer() {
      const value = inputs.find((input) => input.checked)?.value;
      return value === undefined ? undefined : rating ? Number(value) : value;
    },
    mark: (text) => mark(element, error, text),
    focus: () => inputs[0]?.focus(),
    lock: (yes) => void (element.disabled = yes),
  };
}

function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
): HTMLElementTagNameMap[Name] {
  return Object.assign(document.createElement(name), properties);
}

function wrap(name: 'div' | 'fieldset', ...children: Node[]): HTMLElement {
  const element = make(name, { className: 'question' });
  element.append(...children);
  return element;
}

const hint = (text: string): HTMLElement => make('span', { className: 'hint', textContent: text });

const note = (question: Question): Node => (question.required ? hint(` ${say('required')}`) : document.createTextNode(''));

const problem = (id: string): HTMLElement => make('p', { id: `${id}-problem`, className: 'error' });

function mark(control: HTMLElement, error: HTMLElement, text: string): void {
  error.textContent = text;
  if (text) {
    control.setAttribute('aria-invalid', 'true');
    control.setAttribute('aria-describedby', error.id);
  } else {
    control.removeAttribute('aria-invalid');
    control.removeAttribute('aria-describedby');
  }
}
