// Why the server refuses a setting, for the supervisor, beside the field that it is about.

import type { ParleyError } from '../../../../index';
import { errorSaying, isolated, say, type TextKey, texts } from '../../texts';

export type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

/** What settings must be that have a form of their own. */
const forms: Record<string, TextKey> = {
  'window.timeZone': 'refused.zone',
  'window.consent.url': 'refused.url',
  languages: 'refused.langs',
  tags: 'refused.tags',
};

/** Gives what says it: in English the server's words without the path, which name what came; in other languages what its reason means. */
export function refusalSaying(error: ParleyError, control: Control): () => string {
  const { field = '', message, reason } = error;
  const form = forms[field];
  const other = errorSaying(error);
  return () => {
    if (texts.tag === 'en') return isolated(message.replace(`${field}: `, ''));
    if (reason === 'value-malformed' && form) return say(form);
    const { min, max } = control as Partial<HTMLInputElement>;
    if (reason === 'out-of-range' && max) return say('refused.range', { least: Number(min), most: Number(max) });
    return other();
  };
}
