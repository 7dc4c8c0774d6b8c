import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recording } from '../../src/element/recording';
import { Texts } from '../../src/element/texts';

/** A microphone that the browser asks about: each stream comes when the visitor allows it. */
class Microphone {
  readonly allow: (() => void)[] = [];
  live = 0;

  readonly getUserMedia = () =>
    new Promise((resolve) => {
      this.allow.push(() => {
        this.live++;
        resolve({ getTracks: () => [{ stop: () => this.live-- }] });
      });
    });
}

function recording(microphone: Microphone): Recording {
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { languages: ['en'], mediaDevices: microphone } });
  const place = { querySelector: () => null, replaceChildren: () => {} } as unknown as HTMLElement;
  const wants = { sendFile: () => {}, problem: () => {}, done: () => {} };
  return new Recording(place, new Texts(), wants, 'webm', 'audio/webm');
}

test('a microphone that is allowed after the recording was given up is let go', async () => {
  const microphone = new Microphone();
  const one = recording(microphone);
  const begun = one.begin();
  one.clear();
  microphone.allow[0]!();
  await begun;
  assert.equal(microphone.live, 0);
});

test('of two recordings that wait for the microphone the first is let go', async () => {
  const microphone = new Microphone();
  const one = recording(microphone);
  const first = one.begin();
  void one.begin();
  microphone.allow[0]!();
  await first;
  assert.equal(microphone.live, 0);
});

test('a microphone that nothing can be recorded from is let go', async () => {
  Object.defineProperty(globalThis, 'MediaRecorder', {
    configurable: true,
    value: class {
      constructor() {
        throw new Error('such sound cannot be recorded');
      }
    },
  });
  const microphone = new Microphone();
  const begun = recording(microphone).begin();
  microphone.allow[0]!();
  await begun;
  assert.equal(microphone.live, 0);
});
