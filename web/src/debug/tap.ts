// Has each call of a core's program give an entry: its input, the moment and the random number, and what the core orders.
// Nothing in it is masked yet.

import type { Exports } from '../shared/abi';
import type { LocalProgram, RecordFrom } from '../shared/contract';
import type { Entry } from './timeline';

const encoded = new TextDecoder();

/** Gives `keep` an entry for each call of this program from now on, until the function that it gives is called. */
export function tap(program: LocalProgram, { core, fresh, began }: RecordFrom, keep: (entry: Entry) => void): () => void {
  const real = program.exports;
  let n = 0;
  let pointer = 0;
  let moment: Entry['moment'] = [0, 0, '0'];
  const read = (from: number, length: number) => encoded.decode(new Uint8Array(real.mem.buffer, from, length));
  const step = (input: unknown[], run: () => number): number => {
    const at = Math.round((performance.timeOrigin + performance.now() - began) * 10) / 10;
    const entry: Entry = { core, n: ++n, at, moment, in: input, out: [] };
    if (fresh && n === 1) entry.fresh = true;
    try {
      const length = run();
      if (length > 0) entry.out = JSON.parse(read(real.parley_output(), length));
      return length;
    } catch (thrown) {
      entry.out = [['fatal', String(thrown)]];
      throw thrown;
    } finally {
      keep(entry);
    }
  };
  // Each frame follows its length.
  const frames = (length: number): unknown[] => {
    const view = new DataView(real.mem.buffer, pointer, length);
    const found: unknown[] = [];
    for (let at = 0; at + 4 <= length; ) {
      const size = view.getUint32(at, true);
      found.push(read(pointer + at + 4, size));
      at += 4 + size;
    }
    return found;
  };
  const exports: Exports = {
    ...real,
    parley_moment: (now, wall, random) => {
      moment = [Math.trunc(now), Math.trunc(wall), String(BigInt.asUintN(64, random))];
      return real.parley_moment(now, wall, random);
    },
    parley_input: (size) => (pointer = real.parley_input(size)),
    parley_command: (call, length) => step(['command', call, read(pointer, length)], () => real.parley_command(call, length)),
    parley_frames: (epoch, length) => step(['frames', epoch, frames(length)], () => real.parley_frames(epoch, length)),
    parley_said: (epoch, seq, prev, chat, user, message, sender, request, imported) => {
      let from = pointer;
      const ids = [chat, user, message, sender, request].map((length) => read((from += length) - length, length));
      return step(['said', epoch, seq, prev, ...ids, imported > 0], () =>
        real.parley_said(epoch, seq, prev, chat, user, message, sender, request, imported),
      );
    },
    parley_socket: (epoch, kind, code) => step(['socket', epoch, kind, code], () => real.parley_socket(epoch, kind, code)),
    parley_timer: (id) => step(['timer', id], () => real.parley_timer(id)),
    parley_fetched: (call, status, length) =>
      step(['fetched', call, status, read(pointer, length)], () => real.parley_fetched(call, status, length)),
    parley_page: (kind) => step(['page', kind], () => real.parley_page(kind)),
  };
  real.parley_trace(1);
  program.exports = exports;
  return () => {
    program.exports = real;
    if (!program.go.exited) real.parley_trace(0);
  };
}
