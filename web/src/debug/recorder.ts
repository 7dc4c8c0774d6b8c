// Records each call of the core, with all that makes it decide: the input, the moment and the random
// number, and what it orders. So `parleyd replay` can do the same steps again.

import type { Exports } from '../shared/abi';
import type { RunningProgram } from '../shared/contract';
import { Mask } from './mask';
import type { Entry } from './timeline';

/** What a recording holds: so many entries with their effects, and so many characters in all. */
export interface Bounds {
  entries: number;
  characters: number;
}

// Items that a replay needs, also of entries whose effects are no longer kept.
const facts = ['failed'];

const encoded = new TextDecoder();

export class Recorder {
  /** How many entries were dropped. */
  dropped = 0;
  private kept: string[] = [];
  // The first entries have no effects any more.
  private cut = 0;
  private characters = 0;
  private cores = 0;
  private began = performance.now();
  private readonly mask = new Mask();
  private readonly undo: (() => void)[] = [];
  private readonly seen = new WeakSet<RunningProgram>();

  constructor(
    private readonly bounds: Bounds,
    private readonly told: (entry: Entry) => void,
  ) {}

  /** Records this program from now on; `fresh` says that nothing has called it yet. */
  attach(program: RunningProgram, fresh: boolean): void {
    if (this.seen.has(program)) return;
    this.seen.add(program);
    const real = program.exports;
    const core = ++this.cores;
    let n = 0;
    let pointer = 0;
    let moment: Entry['moment'] = [0, 0, '0'];
    const read = (from: number, length: number) => encoded.decode(new Uint8Array(real.mem.buffer, from, length));
    const step = (input: unknown[], run: () => number): number => {
      const at = Math.round((performance.now() - this.began) * 10) / 10;
      const entry: Entry = { core, n: ++n, at, moment, in: input, out: [] };
      if (fresh && n === 1) entry.fresh = true;
      try {
        const length = run();
        if (length > 0) entry.out = JSON.parse(read(real.parley_output(), length)).map((item: unknown[]) => this.mask.item(item));
        return length;
      } catch (thrown) {
        entry.out = [['fatal', String(thrown)]];
        throw thrown;
      } finally {
        this.keep(entry);
      }
    };
    const exports: Exports = {
      ...real,
      parley_moment: (now, wall, random) => {
        moment = [Math.trunc(now), Math.trunc(wall), String(BigInt.asUintN(64, random))];
        return real.parley_moment(now, wall, random);
      },
      parley_input: (size) => (pointer = real.parley_input(size)),
      parley_command: (call, length) =>
        step(['command', call, this.mask.command(read(pointer, length))], () => real.parley_command(call, length)),
      parley_frames: (epoch, length) =>
        step(['frames', epoch, this.frames(real, pointer, length)], () => real.parley_frames(epoch, length)),
      parley_said: (epoch, seq, prev, chat, user, message, sender, request, imported) => {
        let from = pointer;
        const ids = [chat, user, message, sender, request].map((length) => read((from += length) - length, length));
        const input = this.mask.item(['said', epoch, seq, prev, ...ids, imported > 0]);
        return step(input, () => real.parley_said(epoch, seq, prev, chat, user, message, sender, request, imported));
      },
      parley_socket: (epoch, kind, code) => step(['socket', epoch, kind, code], () => real.parley_socket(epoch, kind, code)),
      parley_timer: (id) => step(['timer', id], () => real.parley_timer(id)),
      parley_fetched: (call, status, length) =>
        step(this.mask.item(['fetched', call, status, read(pointer, length)]), () => real.parley_fetched(call, status, length)),
      parley_page: (kind) => step(['page', kind], () => real.parley_page(kind)),
    };
    real.parley_trace(1);
    program.exports = exports;
    this.undo.push(() => {
      program.exports = real;
      if (!program.go.exited) real.parley_trace(0);
    });
  }

  /** Ends the recording; what it has stays. */
  stop(): void {
    for (const undo of this.undo.splice(0)) undo();
  }

  /** The entries, each as JSON. */
  lines(): string[] {
    return [...this.kept];
  }

  // Each frame follows its length.
  private frames({ mem }: Exports, pointer: number, length: number): unknown[] {
    const view = new DataView(mem.buffer, pointer, length);
    const found: unknown[] = [];
    for (let at = 0; at + 4 <= length; ) {
      const size = view.getUint32(at, true);
      found.push(this.mask.frame(encoded.decode(new Uint8Array(mem.buffer, pointer + at + 4, size))));
      at += 4 + size;
    }
    return found;
  }

  private keep(entry: Entry): void {
    const json = JSON.stringify(entry);
    this.kept.push(json);
    this.characters += json.length;
    // What an entry has ordered goes first, since it can be had again by a replay; then whole entries.
    while (this.cut < this.kept.length - 1 && (this.kept.length - this.cut > this.bounds.entries || this.full())) this.shorten(this.cut++);
    while (this.kept.length > 1 && this.full()) {
      this.characters -= this.kept.shift()!.length;
      this.cut--;
      this.dropped++;
    }
    this.told(entry);
  }

  private full(): boolean {
    return this.characters > this.bounds.characters;
  }

  private shorten(at: number): void {
    const entry: Entry = JSON.parse(this.kept[at]!);
    const out = entry.out.filter(([name]) => facts.includes(name as string));
    const json = JSON.stringify({ ...entry, out, cut: true });
    this.characters += json.length - this.kept[at]!.length;
    this.kept[at] = json;
  }
}
