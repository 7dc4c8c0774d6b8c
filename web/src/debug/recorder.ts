// Records each call of the core, with all that makes it decide: the input, the moment and the random
// number, and what it orders. So `parleyd replay` can do the same steps again.

import type { RunningProgram } from '../shared/contract';
import { Mask } from './mask';
import { tap } from './tap';
import type { Entry } from './timeline';

/** What a recording holds: so many entries with their effects, and so many characters in all. */
export interface Bounds {
  entries: number;
  characters: number;
}

// Items that a replay needs, also of entries whose effects are no longer kept.
const facts = ['failed'];

export class Recorder {
  /** How many entries were dropped. */
  dropped = 0;
  private kept: string[] = [];
  // The first entries have no effects any more.
  private cut = 0;
  private characters = 0;
  private cores = 0;
  private readonly began = performance.timeOrigin + performance.now();
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
    const from = { core: ++this.cores, fresh, began: this.began };
    const keep = (entry: Entry) => this.keep(this.mask.entry(entry));
    this.undo.push('record' in program ? program.record(from, keep) : tap(program, from, keep));
  }

  /** Ends the recording; what it has stays. */
  stop(): void {
    for (const undo of this.undo.splice(0)) undo();
  }

  /** The entries, each as JSON. */
  lines(): string[] {
    return [...this.kept];
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
