// A script and what it loads are files with modules in common. A page must have each of them once, so the script hands over, on the
// element that runs the other file, what a module of its own lists: the others' imports lead there. What is not listed fails the build.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../src/', import.meta.url));

/**
 * Makes an esbuild plugin. `list` is the module below src that lists them, `member` of the script's element has them; `common` says
 * whether a file is one of them.
 */
function handedOver(list, member, common) {
  const text = readFileSync(path.join(source, list), 'utf8');
  const names = Object.fromEntries(Array.from(text.matchAll(/^ {2}'?([\w-]+)'?: \{([\w,\s]+)\}/gm), ([, name, these]) => [name, these]));
  return {
    name: 'shared',
    setup(build) {
      build.onResolve({ filter: /^\./ }, ({ path: wanted, resolveDir }) => {
        const file = path.resolve(resolveDir, wanted);
        return common(file, text) ? { path: path.basename(file), namespace: 'shared' } : undefined;
      });
      build.onLoad({ filter: /.*/, namespace: 'shared' }, ({ path: name }) => ({
        contents: `export const {${names[name]}} = document.currentScript.${member}[${JSON.stringify(name)}]`,
      }));
    },
  };
}

/** For the engine: all of src/shared. */
export const shared = handedOver('shared/index.ts', 'parley', (file) => path.dirname(file) === path.join(source, 'shared'));

/** For what the element's script loads: what src/element/shared.ts imports. `checkOnce` finds what it has forgotten. */
export const elementShared = handedOver('element/shared.ts', 'shared', (file, text) =>
  Array.from(text.matchAll(/from '(\..*)'/g)).some(([, one]) => path.resolve(source, 'element', one) === file),
);

/** Fails if a module is in two bundles, by esbuild's lists of them. */
export function checkOnce(one, other) {
  const twice = Object.keys(one.inputs).filter((file) => file in other.inputs);
  if (twice.length > 0) throw new Error(`${twice.join(', ')}: in two scripts of the element; list it in src/element/shared.ts`);
}
