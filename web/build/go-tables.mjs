// The tables of functions that Go's linker puts into the memory of a program: runtime.pclntab and
// runtime.moduledata (src/runtime/symtab.go and src/runtime/runtime2.go of Go 1.26).

const magic = 0xfffffff1; // abi.CurrentPCLnTabMagic
const widths = 0x08010000; // two zeroes, the least size of an instruction, the size of a pointer
const word = 8; // of a pointer, in WebAssembly too

// Offsets of the fields of struct _func, and its size; then follow the offsets of tables and of data.
const fields = { name: 4, stack: 16, file: 20, line: 24, tables: 28, unit: 32, startLine: 36, kind: 40, data: 43 };
const fixed = 44;

// internal/abi/symtab.go
const inlineIndex = 2;
const inlineTree = 3;
const inlinedSize = 16;

/** Those of a function's data that say how a trace prints its arguments. */
export const argumentForms = [5, 6];
/** The kind of a function that the compiler generated, such as the method of a pointer for that of a value. */
export const wrapper = 23;
/** How many program counters a record of `searches` is for, and its size: struct findfuncbucket. */
const searched = 4096;
const searchSize = 20;

/** The offset of data that is not there. */
export const noData = 0xffffffff;

/** A function whose code is within another's: struct inlinedCall. */
class InlinedCall {
  constructor(tables, at) {
    this.tables = tables;
    this.at = at;
  }

  get name() {
    return this.tables.name(this.tables.number(this.at + 4));
  }

  /** Where it is called, counted from the entry of the function that it is in. */
  get calledAt() {
    return this.tables.number(this.at + 8);
  }

  erase() {
    this.tables.memory.fill(0, this.at, this.at + inlinedSize);
  }
}

class GoFunction {
  /** `entry` is its program counter: the number of the function, and in the lower 16 bits that of a place in it (cmd/link/internal/wasm/asm.go). */
  constructor(tables, at, entry) {
    this.tables = tables;
    this.at = at;
    this.entry = entry;
  }

  get(field) {
    return this.tables.number(this.at + fields[field]);
  }

  set(field, value) {
    this.tables.set(this.at + fields[field], value);
  }

  get kind() {
    return this.tables.memory[this.at + fields.kind];
  }

  get name() {
    return this.tables.name(this.get('name'));
  }

  /** The offsets of its tables for the program: where pointers are, and what was inlined. */
  get counters() {
    return Array.from({ length: this.get('tables') }, (_, i) => this.tables.number(this.at + fixed + 4 * i));
  }

  dataAt(index) {
    if (index >= this.tables.memory[this.at + fields.data]) return undefined;
    return this.at + fixed + 4 * (this.get('tables') + index);
  }

  setData(index, offset) {
    const at = this.dataAt(index);
    if (at !== undefined) this.tables.set(at, offset);
  }

  /** The functions inlined into it, by their index in the table that says where. */
  get inlined() {
    const counter = this.counters[inlineIndex];
    const at = this.dataAt(inlineTree);
    if (!counter || at === undefined || this.tables.number(at) === noData) return [];
    const first = this.tables.data + this.tables.number(at);
    const last = Math.max(...this.tables.steps(counter).map(({ value }) => value));
    return Array.from({ length: last + 1 }, (_, i) => new InlinedCall(this.tables, first + inlinedSize * i));
  }

  /** Removes the functions inlined into it; gives the offset of the table that says where, if it had one. */
  forgetInlined() {
    const { inlined } = this;
    if (inlined.length === 0) return [];
    for (const call of inlined) call.erase();
    this.setData(inlineTree, noData);
    const table = this.counters[inlineIndex];
    this.tables.set(this.at + fixed + 4 * inlineIndex, 0);
    return [table];
  }

  /** What the program does at a counter, from the inside out: {name, file, line}. */
  frames(counter) {
    const { inlined } = this;
    const found = [];
    for (let from = counter - this.entry, inner; ; from = inner.calledAt) {
      const place = { file: this.tables.file(this, from), line: this.tables.value(this.get('line'), from) };
      inner = inlined[this.tables.value(this.counters[inlineIndex] ?? 0, from)];
      found.push({ name: (inner ?? this).name, ...place });
      if (!inner) return found;
    }
  }
}

/** The tables in a memory. What is set changes the memory. */
export class GoTables {
  constructor(memory) {
    this.memory = memory;
    this.view = new DataView(memory.buffer, memory.byteOffset, memory.length);
    const header = this.find('a table of functions', (at) => this.number(at) === magic && this.number(at + 4) === widths);
    const [count, , , names, units, files, tables, records] = Array.from({ length: 8 }, (_, i) => this.pointer(header + word * (i + 1)));
    Object.assign(this, { names: header + names, units: header + units, files: header + files, tables: header + tables });
    // It begins with the addresses of the header and of the names.
    const module = this.find('runtime.moduledata', (at) => this.pointer(at) === header && this.pointer(at + word) === this.names);
    const of = (index) => this.pointer(module + word * index);
    this.data = of(40);
    /** Where the search for the function of a program counter begins: addresses of the numbers of functions. */
    this.searches = Array.from({ length: Math.ceil((of(21) - of(20)) / searched) }, (_, i) => of(19) + searchSize * i);
    this.functions = Array.from({ length: count }, (_, i) => {
      const row = header + records + 8 * i;
      return new GoFunction(this, header + records + this.number(row + 4), (of(22) + this.number(row)) * 65536);
    });
  }

  find(what, is) {
    for (let at = 0; at + 42 * word <= this.memory.length; at += word) if (is(at)) return at;
    throw new Error(`the WebAssembly has no ${what} as Go 1.26 writes it`);
  }

  number(at) {
    return this.view.getUint32(at, true);
  }

  set(at, value) {
    this.view.setUint32(at, value, true);
  }

  pointer(at) {
    return Number(this.view.getBigUint64(at, true));
  }

  text(at) {
    return Buffer.from(this.memory.subarray(at, this.memory.indexOf(0, at))).toString();
  }

  name(offset) {
    return this.text(this.names + offset);
  }

  file(f, from) {
    const index = this.value(f.get('file'), from);
    return index < 0 ? '?' : this.text(this.files + this.number(this.units + 4 * (f.get('unit') + index)));
  }

  /** The values of a table by program counter, each with `until`, the first counter after it, counted from the entry. */
  steps(offset) {
    return this.walk(offset).steps;
  }

  /** How many bytes a table has. */
  length(offset) {
    return this.walk(offset).length;
  }

  /** A table's value for a program counter, counted from the entry; -1 if there is none. */
  value(offset, counter) {
    return offset === 0 ? -1 : (this.steps(offset).find(({ until }) => counter < until)?.value ?? -1);
  }

  // runtime.step: pairs of a change of the value, with its sign in the lowest bit, and one of the counter. The first
  // change may be 0, another one is the end.
  walk(offset) {
    const begin = this.tables + offset;
    let at = begin;
    const next = () => {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = this.memory[at++];
        value |= (byte & 127) << shift;
        if (byte < 128) return value;
      }
    };
    const steps = [];
    let value = -1;
    let until = 0;
    for (;;) {
      const change = next();
      if (change === 0 && steps.length > 0) return { steps, length: at - begin };
      value += change & 1 ? ~(change >>> 1) : change >>> 1;
      until += next();
      steps.push({ value, until });
    }
  }
}
