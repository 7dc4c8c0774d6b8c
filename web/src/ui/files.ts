// Which files may be sent and shown.

import type { Media } from '../../index';
import { isolate } from './direction';
import { sizeText } from './format';

/** The app's settings for files. */
export interface MediaSettings {
  active: boolean;
  /** The largest size of one file, in bytes. */
  maxBytes: number;
  /** File name extensions without a dot. */
  types: readonly string[];
}

/**
 * Why a file cannot be sent, in words; '' if it can. The server checks again, by the content, and alone judges a file
 * without an extension.
 */
export function refusedFile(file: File, { active, maxBytes, types }: MediaSettings): string {
  const extension = /\.([^.]+)$/.exec(file.name)?.[1]?.toLowerCase() ?? '';
  if (!active) return 'Files cannot be sent here.';
  if (extension && !types.includes(extension)) return `“${isolate(file.name)}” cannot be sent. Allowed types: ${types.join(', ')}.`;
  if (file.size === 0) return `“${isolate(file.name)}” is empty.`;
  if (file.size > maxBytes) return `“${isolate(file.name)}” is ${sizeText(file.size)}; the limit is ${sizeText(maxBytes)}.`;
  return '';
}

/** The `accept` of a file dialog. */
export function acceptedFiles({ types }: MediaSettings): string {
  return types.map((type) => `.${type}`).join(',');
}

const pictures = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/heic', 'image/heif']);
const largestPicture = 10 << 20;

/** Whether a file is shown as a picture. SVG is not: it may hold a script. */
export function isPicture({ type, size }: Media): boolean {
  return pictures.has(type) && size <= largestPicture;
}
