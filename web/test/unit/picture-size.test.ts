// The size of a picture, by its first bytes. The files are the smallest of each format that have one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pixelsOf } from '../../src/ui/picture-size';

const ascii = (text: string) => Array.from(text, (one) => one.charCodeAt(0));
const size = (...bytes: number[]) => pixelsOf(new Blob([new Uint8Array(bytes)]));

test('the size of a PNG, GIF, JPEG and WebP of each kind', async () => {
  const found = { width: 300, height: 20 };
  assert.deepEqual(await size(0x89, ...ascii('PNG\r\n\x1a\n'), 0, 0, 0, 13, ...ascii('IHDR'), 0, 0, 1, 44, 0, 0, 0, 20), found);
  assert.deepEqual(await size(...ascii('GIF89a'), 44, 1, 20, 0), found);
  const jpeg = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc4, 0, 3, 9, 0xff, 0xc2, 0, 11, 8, 0, 20, 1, 44];
  assert.deepEqual(await size(...jpeg), found);
  const webp = (kind: string, ...bytes: number[]) =>
    size(...ascii('RIFF'), 0, 0, 0, 0, ...ascii('WEBP'), ...ascii(kind), 9, 0, 0, 0, ...bytes);
  assert.deepEqual(await webp('VP8X', 0, 0, 0, 0, 43, 1, 0, 19, 0, 0), found);
  assert.deepEqual(await webp('VP8 ', 0, 0, 0, 0x9d, 1, 0x2a, 44, 0x41, 20, 0), found);
  assert.deepEqual(await webp('VP8L', 0x2f, 43, 0xc1, 4, 0), found);
});

test('what is no picture, or broken, has none', async () => {
  assert.equal(await size(), undefined);
  assert.equal(await size(...ascii('plain text')), undefined);
  assert.equal(await size(0x89, ...ascii('PNG')), undefined);
  assert.equal(await size(0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff, 1), undefined);
  assert.equal(await size(0xff, 0xd8, 1, 2), undefined);
});
