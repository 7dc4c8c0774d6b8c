// What the console decides without a page: canned replies, files, sizes, why a chat stays.

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Drafts } from '../../src/console/model/drafts';
import { LiveList } from '../../src/console/model/listed-chats';
import { fillReply, findReplies } from '../../src/console/model/replies';
import { readSearch } from '../../src/console/model/search';
import { transferFailed } from '../../src/console/model/transfer';
import { TypingUsers } from '../../src/console/model/typing';
import { english, errorSaying, Told, texts } from '../../src/console/texts';
import german from '../../src/console/texts/de.json';
import { acceptedFiles, isPicture, refusedFile } from '../../src/ui/files';
import { sizeText } from '../../src/ui/format';

test('placeholders are filled in once, unknown ones stay, those without a value go', () => {
  const values = { name: 'Ada {agent}', agent: 'Lead', room: '' };
  for (const [text, filled] of [
    ['Hello {name}!', 'Hello Ada {agent}!'],
    ['{agent} here, {name}.', 'Lead here, Ada {agent}.'],
    ['In room {room}.', 'In room.'],
    ['A {thing} stays', 'A {thing} stays'],
    ['{toString} {__proto__}', '{toString} {__proto__}'],
    ['nothing', 'nothing'],
  ] as const)
    assert.equal(fillReply(text, values), filled);
});

test('replies are found by all words, those whose title begins so first', () => {
  const replies = ['Bye', 'Good morning', 'Goodbye'].map((title) => ({ title, text: `${title}, dear visitor` }));
  const found = (typed: string) => findReplies(replies, typed).map(({ title }) => title);
  assert.deepEqual(found(''), ['Bye', 'Good morning', 'Goodbye']);
  assert.deepEqual(found('BYE'), ['Bye', 'Goodbye']);
  assert.deepEqual(found('good vis'), ['Good morning', 'Goodbye']);
  assert.deepEqual(found('goodb'), ['Goodbye']);
  assert.deepEqual(found('(.*'), []);
});

test("replies in the visitor's language come first, then those in none, then others", () => {
  const replies = ['en', 'fr', undefined, 'de', 'fr'].map((lang, n) => ({
    title: `${n} ${lang ?? 'any'}`,
    text: 'x',
    ...(lang && { lang }),
  }));
  const found = (language: string, typed = '') => findReplies(replies, typed, language).map(({ title }) => title);
  assert.deepEqual(found('fr'), ['1 fr', '4 fr', '2 any', '0 en', '3 de']);
  assert.deepEqual(found('fr-CA', '4'), ['4 fr']);
  assert.deepEqual(found('FR', '2'), ['2 any']);
  assert.deepEqual(found(''), ['2 any', '0 en', '1 fr', '3 de', '4 fr']);
  assert.deepEqual(found('it'), found(''));
});

test('a search says what is given, and ends with the whole of its last day', () => {
  const form = new FormData();
  assert.deepEqual(readSearch(form), {});
  form.set('name', ' Ada ');
  form.set('words', '  ');
  form.set('since', '2026-02-28');
  form.set('until', '2026-02-28');
  const day = new Date(2026, 1, 28).getTime() / 1000;
  assert.deepEqual(readSearch(form), { name: 'Ada', since: day, until: new Date(2026, 2, 1).getTime() / 1000 });
});

test('a file is judged by name and size before it is sent', () => {
  const settings = { active: true, maxBytes: 10, types: ['png', 'txt'] };
  const file = (name: string, size: number) => new File([new Uint8Array(size)], name);
  for (const [name, size, words] of [
    ['a.txt', 10, ''],
    ['A.PNG', 1, ''],
    ['a.txt', 11, 'limit is 10 bytes'],
    ['a.txt', 0, 'is empty'],
    ['a.svg', 1, 'Allowed types: png, txt'],
    ['txt', 1, ''], // without an extension, the server judges
    ['a.png.exe', 1, 'cannot be sent'],
  ] as const) {
    const refused = refusedFile(file(name, size), settings, texts);
    assert.ok(words ? refused.includes(words) : refused === '', `${name}, ${size}: ${refused}`);
  }
  assert.match(refusedFile(file('a.txt', 1), { ...settings, active: false }, texts), /cannot be sent here/);
  assert.equal(acceptedFiles(settings), '.png,.txt');
});

test('only pictures that cannot run are shown as such', () => {
  const media = (type: string, size = 1) => ({ id: '', url: '', name: '', type, size });
  assert.ok(isPicture(media('image/png')));
  for (const type of ['image/svg+xml', 'text/html', 'application/pdf', '']) assert.ok(!isPicture(media(type)), type);
  assert.ok(!isPicture(media('image/png', 20 << 20)), 'too large');
});

test('sizes and ends of a transfer have words', () => {
  assert.deepEqual(
    [9, 2048, 26 << 20].map((size) => sizeText(size)),
    ['9 bytes', '2 KB', '26 MB'],
  );
  assert.match(transferFailed('Lead', 'rejected'), /^Lead declined/);
  assert.match(transferFailed('Lead', 'expired'), /in time/);
  assert.match(transferFailed('Lead'), /did not take/);
});

test('a visitor types until an event says otherwise, an agent until 15 s of silence', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const writers = new TypingUsers();
  writers.update('visitor', 'writing', true);
  writers.update('agent', 'writing');
  mock.timers.tick(14_000);
  assert.deepEqual(writers.ids, ['visitor', 'agent']);
  writers.update('agent', 'writing');
  mock.timers.tick(14_000);
  assert.deepEqual(writers.ids, ['visitor', 'agent']);
  mock.timers.tick(3_600_000);
  assert.deepEqual(writers.ids, ['visitor']);
  for (const end of ['stop-writing', 'not-writing']) {
    writers.update('visitor', 'writing', true);
    writers.update('visitor', end, true);
    assert.deepEqual(writers.ids, [], end);
  }
  writers.update('visitor', 'writing', true);
  writers.clear();
  assert.deepEqual(writers.ids, []);
});

test('drafts are bounded in number and size, the oldest go first, and what is not ours counts as nothing', () => {
  const stored = new Map<string, string>();
  const localStorage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  };
  Object.assign(globalThis, { localStorage });
  const drafts = new Drafts('me');
  for (let i = 0; i < 60; i++) drafts.set(`chat-${i}`, `text ${i}`);
  assert.equal(drafts.get('chat-9'), '');
  assert.equal(drafts.get('chat-10'), 'text 10');
  drafts.set('chat-10', 'x'.repeat(99_990)); // now the newest; there is room for one more of 7 characters
  assert.equal(drafts.get('chat-58'), '');
  assert.equal(drafts.get('chat-59'), 'text 59');
  drafts.set('too-large', 'x'.repeat(100_001));
  assert.deepEqual([drafts.get('too-large'), drafts.get('chat-59')], ['', 'text 59']);
  drafts.set('a', 'kept');
  drafts.set('b', 'gone');
  drafts.keep(['a']);
  assert.deepEqual([drafts.get('a'), drafts.get('b')], ['kept', '']);
  assert.equal(new Drafts('other').get('a'), '');
  for (const text of ['', 'no JSON', '{}', 'null', '[1, ["a"], ["a", 2], ["c", "good"]]']) {
    stored.set('parley.console.drafts.me', text);
    assert.equal(drafts.get('a'), '', text);
  }
  assert.equal(drafts.get('c'), 'good');
  drafts.clear();
  assert.equal(stored.size, 0);
  Reflect.deleteProperty(globalThis, 'localStorage');
});

test('what is kept is said in the language of the moment, the known reasons of the server too', () => {
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { languages: ['en-GB'] } });
  const refused = (reason: string) => Object.assign(new Error('the password is wrong (two more attempts)'), { reason });
  const known = errorSaying(refused('wrong-password'));
  const unknown = errorSaying(refused('on-hold'));
  const own = errorSaying(new Told('login.refused'));
  assert.deepEqual(
    [known, unknown, own].map((say) => say()),
    ['The password is wrong (two more attempts)', 'The password is wrong (two more attempts)', english['login.refused']],
  );
  texts.speak('de', { ...english, ...german });
  assert.deepEqual(
    [known, unknown, own].map((say) => say()),
    [german['error.wrong-password'], 'The password is wrong (two more attempts)', german['login.refused']],
  );
  assert.equal(texts.duration(3900), '1 Std. 5 Min.');
  assert.equal(texts.say('typing', { n: 2, names: () => texts.list(['Ada', 'Grace']) }), 'Ada und Grace schreiben');
  texts.speak('en', english);
  assert.equal(texts.duration(59), '59 secs');
});

test('a chat that the agent has taken waits no more, in the list and in its number', () => {
  const waiting = new LiveList('waiting');
  waiting.list = [{ id: 'a' }, { id: 'b' }] as never;
  waiting.total = 30; // more than are shown
  waiting.drop('a');
  waiting.drop('not there');
  assert.deepEqual([waiting.list.map(({ id }) => id), waiting.total], [['b'], 29]);
});
