// What a page's values are as JSON.

import { ParleyError, reason } from './errors';

// Old libraries give arrays, strings and numbers a toJSON of their own, which
// makes text of them.
function asItIs(this: any, key: string, value: unknown): unknown {
  const own = this[key];
  return typeof own !== 'object' || Array.isArray(own) ? own : value;
}

/**
 * JSON of a value that a page gave. A half of a surrogate pair, which has no
 * UTF-8 form, becomes U+FFFD as it does in every WebSocket.
 */
export function toJSON(value: unknown): string {
  let json: string;
  try {
    json = JSON.stringify(value, asItIs);
  } catch (thrown) {
    throw new ParleyError(400, `an argument cannot be written as JSON: ${reason(thrown)}`);
  }
  return json.includes('\\ud') ? json.replace(/\\(?:\\|ud[89a-f][0-9a-f]{2})/g, (part) => (part === '\\\\' ? part : '\ufffd')) : json;
}
