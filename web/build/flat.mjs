// Templates are indented for whoever reads the source. Pages are the same without, and smaller: lines stay apart, and
// outside of templates the minifier drops indentation by itself.

import { readFile } from 'node:fs/promises';

/** esbuild plugin for our own pages: takes the indentation from each line of their modules. */
export const flat = {
  name: 'flat',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(/^ +/gm, ''),
      loader: 'ts',
    }));
  },
};
