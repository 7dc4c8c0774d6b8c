// The script and its engine are two files with modules in common: those under
// src/shared. A page must have each of them once, so the script hands them over on
// the element that runs the engine (src/shared/index.ts, src/sdk/loader.ts), and
// the engine's imports of them lead there.

import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../src/shared/', import.meta.url));

/** esbuild plugin for the engine. */
export const shared = {
  name: 'shared',
  setup(build) {
    build.onResolve({ filter: /^\.\.\/shared\// }, ({ path: wanted, resolveDir }) => {
      const file = path.resolve(resolveDir, wanted);
      return path.dirname(file) + path.sep === folder ? { path: path.basename(file), namespace: 'shared' } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: 'shared' }, ({ path: name }) => ({
      contents: `module.exports = document.currentScript.parley.${name}`,
    }));
  },
};
