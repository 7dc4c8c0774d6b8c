// What a message says, as text.

import type { Message } from '../../index';
import type { Words } from './words';

/** Gives the text of a message: for choices, which come as JSON, the question and the choices; for a file its name. */
export function textOf({ type, message, redacted }: Pick<Message, 'type' | 'message' | 'redacted'>, words: Words): string {
  if (redacted) return words.say('message.removed');
  if (typeof message === 'object') return message.name;
  return type === 'object' ? question(message) : message;
}

/** A question with its choices, one a line; what is not readable is shown as it came. */
function question(json: string): string {
  const parsed = questionOf(json);
  return parsed ? [parsed.text, ...parsed.answers.map((answer) => `- ${answer}`)].join('\n') : json;
}

/** The question in a message of type `object`, and its answers; undefined if there is none that is readable. */
export function questionOf(json: string): { text: string; answers: string[] } | undefined {
  try {
    const { message, options = [] } = JSON.parse(json) as { message?: unknown; options?: { label?: unknown }[] };
    return message === undefined
      ? undefined
      : { text: String(message), answers: options.map(({ label }) => String(label ?? '')).filter(Boolean) };
  } catch {
    return undefined;
  }
}
