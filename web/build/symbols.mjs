// Names the functions, files and lines of a trace that has numbers in place of them (strip.mjs).

import { GoTables } from './go-tables.mjs';
import { importedFunctions, memoryOf } from './wasm-file.mjs';

/** The number that the first function has in program counters. */
export const firstFunction = 0x1000; // funcValueOffset of cmd/link/internal/wasm/asm.go

// Program counters, by Go's runtime in hexadecimal and by jsbridge/trace.go in decimal; and functions by their index,
// as browsers have them.
const places = /\bpc=(0x[0-9a-f]+|\d+)|\bwasm-function\[(\d+)\]/g;

/**
 * Gives a function from a text to the same with a line after each of its own for every call that it has the number of.
 * `linked` is the core before strip.mjs.
 */
export function symbols(linked) {
  const { functions } = new GoTables(memoryOf(linked));
  const imported = importedFunctions(linked);

  function at(counter) {
    const f = functions.findLast(({ entry }) => entry <= counter);
    if (!f || counter >>> 16 !== f.entry >>> 16) return [`no function of this core is at ${counter}`];
    // It is where the call returns to. The line of the call is that of the counter before.
    return f.frames(counter > f.entry ? counter - 1 : counter).map(({ name, file, line }) => `${name}  ${file}:${line}`);
  }

  function numbered(index) {
    const f = functions.find(({ entry }) => (entry >>> 16) - firstFunction === index - imported);
    if (!f) return [`no function of this core has the index ${index}`];
    const { name, file } = f.frames(f.entry).at(-1);
    return [`${name}  ${file}:${f.get('startLine')}, where it begins`];
  }

  const inLine = (line) =>
    Array.from(line.matchAll(places), ([, counter, index]) => (counter ? at(Number(counter)) : numbered(Number(index)))).flat();
  return (text) =>
    text
      .split('\n')
      .flatMap((line) => [line, ...inLine(line).map((found) => `    ${found}`)])
      .join('\n');
}
