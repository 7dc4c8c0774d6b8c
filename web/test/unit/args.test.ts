import assert from 'node:assert/strict';
import { test } from 'node:test';
import invisible from '../../../server/internal/ids/testdata/invisible.json';
import * as args from '../../src/shared/args';
import { toJSON } from '../../src/shared/args';

const refused: [check: (name: string, value: any) => unknown, values: unknown[]][] = [
  [args.text, [undefined, null, '', 5, {}, []]],
  [args.optText, [5, {}, true]],
  [args.label, [undefined, '', NaN, Infinity, {}]],
  [args.object, [undefined, null, 'a', [], 5]],
  [args.optObject, ['a', [], 5]],
  [args.optBoolean, ['true', 1, {}]],
  [args.optPositive, [0, -1, NaN, Infinity, '5']],
  [args.optCount, [0, 1.5, -1, NaN, '5', 2 ** 53]],
  [args.optPort, [0, 65536, 1.5, 'http', '-1', {}]],
  [args.optFunction, ['f', 5, {}]],
  [(name, value) => args.oneOf(name, value, ['a', 'b']), ['c', undefined, 5]],
];

test('a wrong argument is named, with what was expected and what came', () => {
  for (const [check, values] of refused) {
    for (const value of values) {
      assert.throws(() => check('the.name', value), { name: 'ParleyError', code: 400, message: /^the\.name must be .*, got / });
    }
  }
});

test('good arguments pass', () => {
  assert.equal(args.text('n', 'a'), 'a');
  assert.equal(args.label('n', 1), '1');
  assert.equal(args.optLabel('n', ''), undefined);
  assert.equal(args.optText('n', ''), '');
  assert.equal(args.optPort('n', '8000'), 8000);
  assert.equal(args.optCount('n', 3), 3);
  for (const check of [
    args.optText,
    args.optLabel,
    args.optObject,
    args.optBoolean,
    args.optPositive,
    args.optCount,
    args.optPort,
    args.optFunction,
  ]) {
    assert.equal(check('n', undefined), undefined);
    assert.equal(check('n', null), undefined);
  }
});

test('text without a UTF-8 form is replaced, all other text is kept', () => {
  const whole = 'plain \\ud800 \\\\ "quoted" 😀 \n\u0000\u2028';
  assert.equal(JSON.parse(toJSON(whole)), whole);
  assert.equal(JSON.parse(toJSON('a\ud800b\\\udfffc')), 'a\ufffdb\\\ufffdc');
  assert.equal(toJSON({ at: new Date(0) }), '{"at":"1970-01-01T00:00:00.000Z"}');
  assert.throws(() => toJSON({ a: 1n }), { code: 400, message: /cannot be written as JSON/ });
});

test('a library of the page that gives arrays and strings a toJSON changes nothing', () => {
  for (const { prototype } of [Array, String]) Object.defineProperty(prototype, 'toJSON', { value: () => 'text', configurable: true });
  try {
    assert.equal(toJSON({ list: [1, ['a']] }), '{"list":[1,["a"]]}');
  } finally {
    for (const { prototype } of [Array, String]) Reflect.deleteProperty(prototype, 'toJSON');
  }
});

test('a text shows something by the table that the server has too', () => {
  const ranges = invisible.map((range) => range.map((digits) => Number.parseInt(digits, 16)));
  let next = 0;
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code > (ranges[next]?.[1] ?? Infinity)) next++;
    assert.equal(args.isVisible(String.fromCodePoint(code)), code < (ranges[next]?.[0] ?? Infinity), code.toString(16));
  }
});
