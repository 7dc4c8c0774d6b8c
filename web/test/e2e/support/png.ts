// A picture of one colour, as small as it can be made.
import { crc32, deflateSync } from 'node:zlib';

/** A PNG of so many pixels. */
export function png(width = 40, height = 30): Buffer<ArrayBuffer> {
  return made(width, height, [8, 2], width * 3); // 8 bits, RGB
}

/** A PNG of black and white pixels with one bit each, so that many are few bytes. */
export function bitmap(width: number, height: number): Buffer<ArrayBuffer> {
  return made(width, height, [1, 0], Math.ceil(width / 8));
}

function made(width: number, height: number, kind: number[], bytes: number): Buffer<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set(kind, 8);
  const line = Buffer.alloc(1 + bytes, 0x60);
  line[0] = 0; // no filter
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => line)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer<ArrayBuffer> {
  const body = Buffer.concat([Buffer.from(type), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
