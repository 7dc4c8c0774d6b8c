// What the supervisors' pages decide without a page: a week of opening hours, and what somebody else has changed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesBetween } from '../../src/console/manage/model/meanwhile';
import { hoursOf, weekOf } from '../../src/console/manage/model/week';
import { Hours } from '../../src/element/hours';

test('hours become a week, and a week the hours, which the window reads as before', () => {
  for (const [hours, again = hours] of [
    ['', ''],
    ['Mo-Fr 09:00-17:00'],
    ['Mo-Fr 09:00-12:00; Mo-Fr 13:00-17:00; Sa 10:00-14:00'],
    ['Mo,We-Fr 9:00-17:00; Sa 22:00-2:00;', 'Mo,We-Fr 09:00-17:00; Sa 22:00-02:00'],
    ['Sa-Mo 08:00-24:00', 'Mo,Sa-Su 08:00-00:00'],
    ['Mo-Su 00:00-24:00', 'Mo-Su 00:00-00:00'],
    ['Mo 09:00-17:00, Tu', ''], // the server takes no such hours
  ] as [string, string?][]) {
    const said = hoursOf(weekOf(hours));
    assert.equal(said, again);
    assert.deepEqual(weekOf(said), weekOf(hours));
    if (!said) continue;
    for (let hour = 0; hour < 7 * 24; hour++) {
      const at = Date.UTC(2026, 0, 5, hour, 30);
      assert.equal(new Hours(said, 'UTC').opensAfter(at), new Hours(hours, 'UTC').opensAfter(at), `${hours} at ${hour}`);
    }
  }
});

test('what is new or another is told, and what is gone', () => {
  const before = [
    ['a', '1'],
    ['b', '2'],
    ['b', '2'],
    ['c', '3'],
  ] as const;
  const now = [
    ['b', '2'],
    ['a', '4'],
    ['b', '5'],
    ['d', ''],
  ] as const;
  assert.deepEqual(changesBetween(before, now), [
    ['a', '4'],
    ['b', '5'],
    ['d', ''],
    ['c', undefined],
  ]);
  assert.deepEqual(changesBetween(now, now), []);
});
