// web/runs/bench.json, or another file: what was measured of one build, row by row. Rows of another build, or beside another, go.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../../runs/bench.json', import.meta.url));

/** Keeps a row, in place of an earlier one of its name. */
export async function keep(row, of, to = file) {
  const earlier = await readFile(to, 'utf8').then(JSON.parse, () => undefined);
  const same = earlier?.parley === of.parley && earlier.base === of.base;
  const rows = [...(same ? earlier.rows.filter(({ name }) => name !== row.name) : []), row];
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to, JSON.stringify({ ...of, rows }, null, 1));
}
