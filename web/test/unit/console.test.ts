// What the console decides without a page: canned replies, files, sizes, why a chat stays.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { fillReply, findReplies } from '../../src/console/model/replies';
import { transferFailed } from '../../src/console/model/transfer';
import { TypingUsers } from '../../src/console/model/typing';
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

test('a file is judged by name and size before it is sent', () => {
  const settings = { active: true, maxBytes: 10, types: ['png', 'txt'] };
  const file = (name: string, size: number) => new File([new Uint8Array(size)], name);
  for (const [name, size, words] of [
    ['a.txt', 10, ''],
    ['A.PNG', 1, ''],
    ['a.txt', 11, 'limit is 10 bytes'],
    ['a.txt', 0, 'is empty'],
    ['a.svg', 1, 'Allowed types: png, txt'],
    ['txt', 1, 'cannot be sent'],
    ['a.png.exe', 1, 'cannot be sent'],
  ] as const) {
    const refused = refusedFile(file(name, size), settings);
    assert.ok(words ? refused.includes(words) : refused === '', `${name}, ${size}: ${refused}`);
  }
  assert.match(refusedFile(file('a.txt', 1), { ...settings, active: false }), /cannot be sent here/);
  assert.equal(acceptedFiles(settings), '.png,.txt');
});

test('only pictures that cannot run are shown as such', () => {
  const media = (type: string, size = 1) => ({ id: '', url: '', name: '', type, size });
  assert.ok(isPicture(media('image/png')));
  for (const type of ['image/svg+xml', 'text/html', 'application/pdf', '']) assert.ok(!isPicture(media(type)), type);
  assert.ok(!isPicture(media('image/png', 20 << 20)), 'too large');
});

test('sizes and ends of a transfer have words', () => {
  assert.deepEqual([9, 2048, 26 << 20].map(sizeText), ['9 bytes', '2 KB', '26 MB']);
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
