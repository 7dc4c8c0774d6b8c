// Which files may be sent and shown.

import type { Media } from '../../index';
import { sizeText } from './format';
import type { Words } from './words';

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
export function refusedFile(file: File, { active, maxBytes, types }: MediaSettings, words: Words): string {
  const { name, size } = file;
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  if (!active) return words.say('file.inactive');
  if (extension && !types.includes(extension)) return words.say('file.type', { name, types: types.join(', ') });
  if (size === 0) return words.say('file.empty', { name });
  if (size > maxBytes)
    return words.say('file.large', { name, size: sizeText(size, words.locale), limit: sizeText(maxBytes, words.locale) });
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
