// Which files are taken: a short form of package server/internal/media of Parley, which knows
// many more kinds of content.

import type { Upload } from './operation';
import { Refusal } from './protocol';

/** What the app takes unless it is set otherwise. */
export const usualTypes = [
  ...['jpeg', 'jpg', 'png', 'gif', 'webp', 'heic', 'heif', 'pdf', 'xlsx', 'docx', 'txt', 'csv'],
  ...['mp4', 'mov', 'webm', 'avi', 'mp3', 'aac', 'wav', 'wma', 'ogg', 'oga', 'm4a'],
];

const served: { [extension: string]: string } = {
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  pdf: 'application/pdf',
  txt: 'text/plain',
  csv: 'text/csv',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  ogg: 'audio/ogg',
};

const beginnings: [type: string, bytes: string][] = [
  ['image/png', '\x89PNG'],
  ['image/jpeg', '\xff\xd8\xff'],
  ['image/gif', 'GIF8'],
  ['application/pdf', '%PDF-'],
  ['application/zip', 'PK\x03\x04'],
  ['application/vnd.microsoft.portable-executable', 'MZ'],
  ['application/x-elf', '\x7fELF'],
];

const pictures = ['image/png', 'image/jpeg', 'image/gif'];

/** Gives the type as which a file is served, and its name; or refuses it. */
export function judgeFile(accepted: string[], { name, type, bytes }: Upload): { type: string; name: string } {
  const head = String.fromCharCode(...bytes.slice(0, 512));
  const text = bytes.slice(0, 512).every((byte) => byte >= 0x20 || (byte >= 0x08 && byte <= 0x0d) || byte === 0x1b);
  const found =
    beginnings.find(([, begins]) => head.startsWith(begins))?.[0] ??
    (/^\s*<(!doctype html|html|script|body)/i.test(head) ? 'text/html' : text ? 'text/plain' : 'application/octet-stream');
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  const runs = ['text/html', 'application/x-elf', 'application/vnd.microsoft.portable-executable'];
  const expected = served[extension];
  const fits =
    !expected || (pictures.includes(expected) ? pictures : expected === 'text/csv' ? ['text/plain'] : [expected]).includes(found);
  const unclear = expected && !beginnings.some(([known]) => known === expected) && found === 'application/octet-stream';
  if (!accepted.includes(extension) || runs.includes(found) || runs.includes(type) || (!fits && !unclear)) {
    const detail = `${JSON.stringify(name)} cannot be sent: its content is ${found}; allowed are ${accepted.join(', ')}`;
    throw new Refusal('403 file-type', 'File type is not allowed', detail);
  }
  return { type: pictures.includes(found) ? found : (expected ?? found), name };
}
