// The modules of the npm package: dist/esm has one file for each entry, and those that they share.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { built, scriptOptions } from './bundle.mjs';
import { bundle } from './notices.mjs';
import { sheet } from './sheet.mjs';
import { wasmExec } from './wasm-exec.mjs';

/** Each file of dist/esm that is an entry of the package, and its source. What package.json exports is one of these. */
export const entries = {
  index: 'package/index.ts',
  icf: 'package/icf.ts',
  server: 'package/server.ts',
  testkit: 'testkit/index.ts',
  'testkit-node': 'testkit/node/index.ts',
  store: 'store/store.ts',
  react: 'react/react.ts',
  element: 'element/element.ts',
  'element-server': 'element/element-server.ts',
};

/** Bundles the entries from the folder `source` into <out>/esm; the core of the name `wasm` and the file `worker` lie in `out`. */
export async function bundlePackage(source, out, version, wasm, worker) {
  const folder = path.join(out, 'esm');
  await mkdir(folder);
  await bundle({
    // Strings, which are put in where they stand: an object would be one that the engine and the rest share.
    ...scriptOptions({
      PARLEY_VERSION: version,
      'PARLEY_WASM.name': wasm,
      'PARLEY_WASM.integrity': (await built(out, wasm)).integrity,
      'PARLEY_WORKER.name': worker.name,
      'PARLEY_WORKER.integrity': worker.integrity,
      PARLEY_DEBUG: null, // a part of the package, not a file to load
      PARLEY_WASM_PATH: `../${wasm}`,
    }),
    format: 'esm',
    splitting: true,
    // React, and what only Node has, stay imports; the element has Lit and DOMPurify in it.
    external: ['react', 'ws', 'node:*'],
    banner: { js: `/*! Parley ${version}, MIT licence. */` },
    plugins: [wasmExec(path.join(out, wasm)), sheet],
    entryPoints: Object.entries(entries).map(([name, file]) => ({ in: path.join(source, file), out: name })),
    chunkNames: '[name].[hash]',
    outdir: folder,
  });
}
