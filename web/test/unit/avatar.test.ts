// The initials that stand where an agent has no picture.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initials } from '../../src/ui/avatar';

test('initials are letters as readers see them, two only where two are no word', () => {
  const expected: [name: string, initials: string][] = [
    ['Ada Lovelace', 'AL'],
    ['ada', 'A'],
    ['Grace Brewster Murray Hopper', 'GH'],
    ['élodie dupont', 'ÉD'],
    ['e\u0301lodie', 'E\u0301'],
    ['Agent 1', 'A'],
    ['“Bo” (Shop)', 'BS'],
    ['Ольга Иванова', 'ОИ'],
    ['مريم علي', 'م'],
    ['\u2068שרה\u2069 כהן', 'ש'],
    ['राम कुमार', 'रा'],
    ['山田 太郎', '山'],
    ['\u{1f469}\u200d\u{1f4bb} Dev', '\u{1f469}\u200d\u{1f4bb}'],
    ['\u{1f1ea}\u{1f1f8}', '\u{1f1ea}\u{1f1f8}'],
    ['   ', ''],
    ['', ''],
  ];
  for (const [name, initial] of expected) assert.equal(initials(name), initial, JSON.stringify(name));
});
