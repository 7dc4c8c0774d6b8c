// Opening hours: open, closed, and when it opens next, whatever the zone and its clock.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Holiday, Hours } from '../../src/element/hours';

const next = (hours: string, zone: string, now: string, holidays?: Holiday[]) => {
  const opens = new Hours(hours, zone, holidays).opensAfter(Date.parse(now));
  return opens === undefined ? 'open' : new Date(opens).toISOString().slice(0, 16);
};

test('hours of a week, in their zone', () => {
  const shop = 'Mo-Fr 09:00-17:00; Sa 10:00-14:00';
  assert.equal(next(shop, 'UTC', '2026-11-30T09:00:00Z'), 'open');
  assert.equal(next(shop, 'UTC', '2026-11-30T08:59:30Z'), '2026-11-30T09:00');
  assert.equal(next(shop, 'UTC', '2026-11-30T17:00:00Z'), '2026-12-01T09:00');
  assert.equal(next(shop, 'UTC', '2026-12-05T14:00:00Z'), '2026-12-07T09:00');
  assert.equal(next(shop, 'Asia/Tokyo', '2026-11-30T00:00:00Z'), 'open');
  assert.equal(next('Mo,We 08:30-12:00', 'America/New_York', '2026-11-30T18:00:00Z'), '2026-12-02T13:30');
  assert.equal(next('Fr-Mo 00:00-24:00', 'UTC', '2026-11-30T23:59:00Z'), 'open');
});

test('over midnight, over the end of the week, and over a change of the clocks', () => {
  assert.equal(next('Sa,Su 22:00-02:00', 'UTC', '2026-11-30T01:59:00Z'), 'open');
  assert.equal(next('Sa,Su 22:00-02:00', 'UTC', '2026-11-30T02:00:00Z'), '2026-12-05T22:00');
  assert.equal(next('Mo 09:00-17:00', 'Europe/Madrid', '2026-10-24T12:00:00Z'), '2026-10-26T08:00'); // from +2 to +1
  assert.equal(next('Mo 09:00-17:00', 'Europe/Madrid', '2026-03-28T12:00:00Z'), '2026-03-30T07:00'); // from +1 to +2
});

test('holidays have their own hours, or none', () => {
  const shop = 'Mo-Fr 09:00-17:00';
  const christmas = [{ date: '2026-12-24', hours: '10:00-12:00; 14:00-15:00' }, { date: '2026-12-25' }, { date: '2026-12-26', hours: '' }];
  for (const [now, opens] of [
    ['2026-12-23T17:00:00Z', '2026-12-24T10:00'],
    ['2026-12-24T09:30:00Z', '2026-12-24T10:00'],
    ['2026-12-24T11:59:00Z', 'open'],
    ['2026-12-24T12:00:00Z', '2026-12-24T14:00'],
    ['2026-12-24T15:00:00Z', '2026-12-28T09:00'],
    ['2026-12-25T10:00:00Z', '2026-12-28T09:00'],
    ['2026-12-28T09:00:00Z', 'open'],
  ] as const)
    assert.equal(next(shop, 'UTC', now, christmas), opens, now);
  // The day is that of the zone.
  assert.equal(next(shop, 'Asia/Tokyo', '2026-12-24T23:30:00Z', christmas), '2026-12-28T00:00');
  // What begins on the day before goes on past midnight.
  assert.equal(next('Mo-Su 22:00-02:00', 'UTC', '2026-12-25T01:59:00Z', [{ date: '2026-12-25' }]), 'open');
  assert.equal(next('Mo-Su 22:00-02:00', 'UTC', '2026-12-25T02:00:00Z', [{ date: '2026-12-25' }]), '2026-12-26T22:00');
  // A row of them, over a change of the clocks; and all Mondays of a year.
  const row = Array.from({ length: 4 }, (_, more) => ({ date: `2026-03-${27 + more}` }));
  assert.equal(next('Mo-Su 09:00-17:00', 'Europe/Madrid', '2026-03-26T18:00:00Z', row), '2026-03-31T07:00');
  const mondays = Array.from({ length: 52 }, (_, weeks) => ({
    date: new Date(Date.UTC(2026, 0, 5 + 7 * weeks)).toISOString().slice(0, 10),
  }));
  assert.equal(next('Mo 09:00-17:00', 'UTC', '2026-01-01T00:00:00Z', mondays), '2027-01-04T09:00');
});

test('what is wrong is named', () => {
  for (const hours of ['', 'always', 'Mo-Xx 09:00-17:00', 'Mo 25:00-26:00', 'Mo 09:60-17:00'])
    assert.throws(() => new Hours(hours, 'UTC'), { name: 'RangeError', message: /^hours: .*such as Mo-Fr 09:00-17:00/ }, hours);
  assert.throws(() => new Hours('Mo 09:00-17:00', 'Mars/Olympus'), /Mars\/Olympus/);
});
