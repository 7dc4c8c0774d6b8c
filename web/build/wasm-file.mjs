// Reads and writes the file format of WebAssembly (core specification 2.0, section 5), as far as the build looks
// into it: the sections, and the memory that the data segments make.

const preamble = 8; // magic and version
const importSection = 2;
const codeSection = 10;
const dataSection = 11;

// Only longer runs of zeroes are left out. Go's linker leaves out all from 8 on. That makes the file 15 % shorter, but
// 12 % longer after Brotli: between the pieces stand thousands of addresses and lengths, and repeats are torn apart.
const longestZeroes = 1024;

/** Goes through bytes from a place on. */
class Cursor {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    return this.bytes[this.at++];
  }

  /** An unsigned number in LEB128. */
  number() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  skip(length) {
    this.at += length;
  }
}

/** An unsigned number as LEB128. */
function leb(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

/** A number from 0 to 2^31-1 as signed LEB128: the last byte's bit 6 is the sign. */
function signedLeb(value) {
  const bytes = leb(value);
  if (bytes.at(-1) < 64) return bytes;
  bytes[bytes.length - 1] |= 128;
  return [...bytes, 0];
}

/** The sections in their order: `id`, `start` and `end` of the whole, and `body`, where the content begins. */
function sections(bytes) {
  const cursor = new Cursor(bytes, preamble);
  const found = [];
  while (cursor.at < bytes.length) {
    const start = cursor.at;
    const id = cursor.byte();
    const size = cursor.number();
    found.push({ id, start, body: cursor.at, end: cursor.at + size });
    cursor.skip(size);
  }
  return found;
}

function section(bytes, id) {
  const found = sections(bytes).find((one) => one.id === id);
  if (!found) throw new Error(`the WebAssembly has no section ${id}`);
  return found;
}

/** How many functions the module imports. Their indexes come before those of its own. */
export function importedFunctions(bytes) {
  const { body } = section(bytes, importSection);
  const cursor = new Cursor(bytes, body);
  const count = cursor.number();
  for (let i = 0; i < count; i++) {
    cursor.skip(cursor.number()); // module
    cursor.skip(cursor.number()); // name
    if (cursor.byte() !== 0) throw new Error('the WebAssembly imports more than functions, which Go does not');
    cursor.number(); // type
  }
  return count;
}

/** Where the code of each function of its own begins and ends, in the order of their indexes. */
export function functionBodies(bytes) {
  const cursor = new Cursor(bytes, section(bytes, codeSection).body);
  return Array.from({ length: cursor.number() }, () => {
    const length = cursor.number();
    cursor.skip(length);
    return { start: cursor.at - length, end: cursor.at };
  });
}

/** The memory as the data segments make it, from address 0 to their end. */
export function memoryOf(bytes) {
  const { body } = section(bytes, dataSection);
  const cursor = new Cursor(bytes, body);
  const segments = [];
  for (let left = cursor.number(); left > 0; left--) {
    cursor.number(); // index of the memory
    cursor.byte(); // i32.const
    const address = cursor.number(); // positive, so that the sign bit is 0
    cursor.byte(); // end
    const length = cursor.number();
    segments.push({ address, content: bytes.subarray(cursor.at, cursor.at + length) });
    cursor.skip(length);
  }
  const memory = new Uint8Array(Math.max(...segments.map(({ address, content }) => address + content.length)));
  for (const { address, content } of segments) memory.set(content, address);
  return memory;
}

/** The same file with another memory. Long runs of zeroes are left out, since memory is zero at the start. */
export function withMemory(bytes, memory) {
  const segments = [];
  let count = 0;
  for (let at = 0; ; count++) {
    while (memory[at] === 0) at++;
    if (at >= memory.length) break;
    let end = at;
    for (let next = at; next < memory.length && next - end <= longestZeroes; next++) if (memory[next] !== 0) end = next + 1;
    segments.push(Uint8Array.from([0, 0x41, ...signedLeb(at), 0x0b, ...leb(end - at)]), memory.subarray(at, end));
    at = end;
  }
  const body = Buffer.concat([Uint8Array.from(leb(count)), ...segments]);
  const { start, end } = section(bytes, dataSection);
  return Buffer.concat([bytes.subarray(0, start), Uint8Array.from([dataSection, ...leb(body.length)]), body, bytes.subarray(end)]);
}
