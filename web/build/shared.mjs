// The script and its engine are two files with modules in common: those under
// src/shared. A page must have each of them once, so the script hands over, on the
// element that runs the engine, what src/shared/index.ts lists (src/sdk/loader.ts), and
// the engine's imports lead there. What is not listed fails the build.

import { readFileSync } from 'node:fs';
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
    const lists = readFileSync(path.join(folder, 'index.ts'), 'utf8').matchAll(/^ {2}(\w+): \{([\w,\s]+)\}/gm);
    const names = Object.fromEntries(Array.from(lists, ([, name, list]) => [name, list]));
    build.onLoad({ filter: /.*/, namespace: 'shared' }, ({ path: name }) => ({
      contents: `export const {${names[name]}} = document.currentScript.parley.${name}`,
    }));
  },
};
