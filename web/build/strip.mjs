// Takes out of a linked core what Go's runtime reads only to print a trace: names of functions, files and lines, and
// which functions were inlined where. It is a tenth of what pages load. A trace has program counters instead, from which
// `make symbolize` finds all of it again.

import { argumentForms, GoTables, noData, wrapper } from './go-tables.mjs';
import { memoryOf, withMemory } from './wasm-file.mjs';

// The names that stay. Whether a function is the runtime's is told by its name, for traces and for goroutines of the
// system. runtime.panicwrap makes its message from the name of a generated wrapper, and ends the program if it has not
// this form. runtime.argMapInternal knows the two of package reflect by their names.
const runtime = 'runtime.';
const method = '?.(*?).?';
const reflect = ['reflect.makeFuncStub', 'reflect.methodValueCall'];
const names = ['', runtime, method, ...reflect];

const table = Buffer.from(names.map((name) => `${name}\0`).join(''));
const placeOf = (name) => (name === '' ? 0 : table.indexOf(`\0${name}\0`) + 1);

// The runtime searches a function from a number on that it looks up by the program counter: it is that of the function,
// or a smaller one. Numbers that repeat need less space, and so few steps more no time.
const searchFrom = 16;

function shortName({ name, kind }) {
  if (name.startsWith(runtime)) return runtime;
  if (kind === wrapper && name.includes('.(*')) return method;
  return reflect.includes(name) ? name : '';
}

/** Gives the file without names, files, lines and inlined functions. */
export function strip(wasm) {
  const memory = memoryOf(wasm);
  const tables = new GoTables(memory);
  const kept = new Set([0]);
  const dropped = new Set();
  for (const f of tables.functions) {
    for (const table of f.forgetInlined()) dropped.add(table);
    for (const offset of [f.get('stack'), ...f.counters]) kept.add(offset);
    for (const field of ['file', 'line']) dropped.add(f.get(field));
    for (const field of ['file', 'line', 'unit', 'startLine']) f.set(field, 0);
    for (const index of argumentForms) f.setData(index, noData);
    f.set('name', placeOf(shortName(f)));
  }
  for (const offset of dropped) {
    const at = tables.tables + offset;
    if (!kept.has(offset)) memory.fill(0, at, at + tables.length(offset));
  }
  for (const at of tables.searches) tables.set(at, tables.number(at) - (tables.number(at) % searchFrom));
  memory.fill(0, tables.names, tables.tables);
  memory.set(table, tables.names);
  return withMemory(wasm, memory);
}
