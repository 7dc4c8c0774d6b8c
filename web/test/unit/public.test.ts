// index.d.ts says of every call which errors it gives.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const text = readFileSync(`${process.cwd()}/index.d.ts`, 'utf8');

// These cannot fail.
const sure = ['off', 'removeListener', 'unsubscribe', 'getUserChats', 'me', 'getToken', 'stats', 'pending', 'hasOtherUsers', 'getId'];
sure.push('readAnyUnreadMessageFromHistory', 'now', 'destroy', 'debug', 'info', 'warn', 'error', 'entries', 'export', 'save', 'stop');

interface Method {
  name: string;
  doc: string;
}

// Every method of an interface with the comment before it; `icfAsyncInit` and the like are no methods.
function methods(): Method[] {
  const found: Method[] = [];
  let doc = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('  /**')) doc = '';
    if (/^ {2}( \*|\/\*\*)/.test(line)) doc += `${line}\n`;
    const name = /^ {2}([a-z]\w*)(?:<[^(]*>)?\(/.exec(line)?.[1];
    if (name) found.push({ name, doc });
    if (!/^ {2}( \*|\/\*\*)/.test(line)) doc = '';
  }
  return found;
}

const codes = (doc: string): string[] => [...doc.matchAll(/@throws (\w+) \S/g)].map(([, code]) => code!);

test('every call has a list of its errors', () => {
  assert.ok(methods().length > 30);
  for (const { name, doc } of methods()) {
    if (sure.includes(name)) assert.deepEqual(codes(doc), [], `${name} cannot fail`);
    else assert.ok(codes(doc).length > 0, `${name} has no @throws`);
  }
});

test('the codes of the lists, and of the script, are those of ParleyError', () => {
  const known = [...text.matchAll(/^ {3}\* - (\d+) /gm)].map(([, code]) => code!);
  assert.deepEqual(known, '400 401 403 404 408 409 410 413 429 499 500 502 503 504'.split(' '));
  for (const { name, doc } of methods()) {
    for (const code of codes(doc)) assert.ok(code === 'HTTP' || known.includes(code), `${name}: ${code}`);
  }
});
