// Writes <file>.br and <file>.gz beside a file. The best Brotli takes seconds for the
// core, so results are cached by the hash of the content.

import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

// How Brotli writes distances (RFC 7932, section 4). Which one is shortest is known only
// afterwards, and for the core they differ by some KB.
const postfixBits = [0, 1, 2, 3];

/** The shortest Brotli of some bytes. */
export async function brotli(bytes) {
  const tries = postfixBits.map((bits) =>
    promisify(zlib.brotliCompress)(bytes, {
      params: {
        [zlib.constants.BROTLI_PARAM_QUALITY]: 11,
        [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        [zlib.constants.BROTLI_PARAM_NPOSTFIX]: bits,
      },
    }),
  );
  return (await Promise.all(tries)).reduce((best, made) => (made.length < best.length ? made : best));
}

const methods = {
  br: brotli,
  gz: (bytes) => promisify(zlib.gzip)(bytes, { level: 9 }),
};

// The cached files that this build used.
const used = new Set();

/** Compresses one file; gives the sizes in bytes. */
export async function compress(file, cache) {
  const bytes = await readFile(file);
  const hash = createHash('sha256').update(bytes).digest('hex');
  const sizes = { raw: bytes.length };
  for (const [kind, method] of Object.entries(methods)) {
    const kept = path.join(cache, `${hash}.${kind}`);
    used.add(path.basename(kept));
    const packed = await readFile(kept).catch(async () => {
      const made = await method(bytes);
      await writeFile(kept, made);
      return made;
    });
    await writeFile(`${file}.${kind}`, packed);
    sizes[kind] = packed.length;
  }
  return sizes;
}

/** Removes the cached files that this build did not use. */
export async function prune(cache) {
  for (const name of await readdir(cache)) if (!used.has(name)) await rm(path.join(cache, name));
}
