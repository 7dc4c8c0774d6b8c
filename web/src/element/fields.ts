// What a visitor is asked before a chat: the fields, as a page names them, and what becomes of the answers.

import type { FormField } from '../../element';

/** Who begins a chat, as the server keeps visitors. */
export interface Visitor {
  name: string;
  contact?: string;
  /** What they write first. */
  message?: string;
  extraInfo?: Record<string, unknown>;
}

/** How many fields a form may have. */
const most = 20;

/** The fields of the attribute: names between blanks, with a star where an answer is needed. */
export function namedFields(names: string): FormField[] {
  const fields = names.split(/\s+/).filter(Boolean);
  return checked(fields.map((given) => ({ name: given.replace(/\*$/, ''), required: given.endsWith('*') })));
}

/** Gives the fields back. Throws a TypeError that says what is wrong with them. */
export function checked(fields: readonly FormField[]): FormField[] {
  const names = new Set<string>();
  if (!Array.isArray(fields) || fields.length > most) throw new TypeError(`fields: must be an array of at most ${most} fields`);
  for (const [at, field] of fields.entries()) {
    if (typeof field?.name !== 'string' || field.name === '') throw new TypeError(`fields[${at}].name: must be a text that is not empty`);
    if (names.has(field.name)) throw new TypeError(`fields[${at}].name: there is another field ${JSON.stringify(field.name)}`);
    if (field.options && !Array.isArray(field.options)) throw new TypeError(`fields[${at}].options: must be an array of texts`);
    names.add(field.name);
  }
  return [...fields];
}

/** Gives the visitor of the answers: their name, how to reach them, what they write first, and all else as it was asked. */
export function visitorOf(answers: ReadonlyMap<string, string>, consents: boolean): Visitor {
  const { name = '', message, ...others } = Object.fromEntries(answers);
  const way = ['email', 'phone'].find((one) => others[one]);
  const contact = way && others[way];
  if (way) delete others[way];
  const extraInfo = { ...others, ...(consents && { consent: true }) };
  return { name, ...(contact && { contact }), ...(message && { message }), ...(Object.keys(extraInfo).length > 0 && { extraInfo }) };
}
