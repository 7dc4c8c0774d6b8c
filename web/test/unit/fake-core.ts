// A fake core: answers each export with the batches that a test gives, in linear memory like
// the real one, and records its calls.

import { Engine } from '../../src/engine/engine';
import type { HostObject, Program, startProgram } from '../../src/engine/program';
import type { Exports } from '../../src/shared/abi';
import type { CoreFiles } from '../../src/shared/contract';

type Batch = unknown[][];

/** A call of an export; `text` is what was in the memory. */
export type Entry = { name: string; text?: string; numbers: number[] };

export class FakeCore {
  readonly entries: Entry[] = [];
  readonly memory = new WebAssembly.Memory({ initial: 1 });
  host!: HostObject;
  resumes = 0;
  starts = 0;
  end!: () => void;
  /** Gives the batch for a command. */
  answer: (command: { id: number; name: string; args: any }) => Batch = ({ id }) => [['settle', id, null]];
  /** Gives the batch for any other export. */
  react: (entry: Entry) => Batch = () => [];
  /** Runs inside of every export, before it answers. */
  within: () => void = () => {};
  private output = new Uint8Array();
  readonly go = {
    exited: false,
    _values: [1, 2, 3],
    _idPool: [1],
    _scheduledTimeouts: new Map<number, NodeJS.Timeout>(),
    _resume: () => void this.resumes++,
  };

  readonly code = {} as WebAssembly.Module;

  /** Starts it in place of a program. */
  readonly begin: typeof startProgram = async (_code, _version, host) => {
    this.starts++;
    this.host = host;
    this.go.exited = false;
    const ended = new Promise<void>((resolve) => (this.end = resolve));
    return { exports: this.exports(), go: this.go, ended } as unknown as Program;
  };

  /** In place of the loader, which would fetch the program. */
  readonly loader = {
    address: 'http://chat.example/sdk/1/icf.sdk.js',
    beside: (name: string) => `http://chat.example/sdk/1/${name}`,
    compiled: async () => this.code,
    engine: async () => {
      const { begin } = this;
      return class extends Engine {
        constructor(...[core, surface, version, loader]: ConstructorParameters<typeof Engine>) {
          super(core, surface, version, loader, begin);
        }
      };
    },
  } as unknown as CoreFiles;

  /** Makes the program exit, as an unrecovered panic does. */
  exit(): void {
    this.go.exited = true;
    this.end();
  }

  private exports(): Exports {
    const enter = (name: string, numbers: number[], length?: number, skip = 0): number => {
      const entry: Entry = { name, numbers };
      if (length !== undefined) {
        const bytes = new Uint8Array(this.memory.buffer, this.place + skip, length - skip);
        entry.text = new TextDecoder().decode(bytes);
      }
      this.entries.push(entry);
      this.within();
      const batch = name === 'command' ? this.answer({ id: numbers[0]!, ...JSON.parse(entry.text!) }) : this.react(entry);
      return this.put(batch.length ? JSON.stringify(batch) : '');
    };
    return {
      mem: this.memory,
      parley_input: (size) => this.room(size),
      parley_output: () => this.outputPlace,
      parley_command: (call, length) => enter('command', [call], length),
      parley_frames: (epoch, length) => {
        const size = new DataView(this.memory.buffer).getUint32(this.place, true);
        return enter('frames', [epoch, size], length, 4);
      },
      parley_said: (...numbers) =>
        enter(
          'said',
          numbers,
          numbers.slice(3, 8).reduce((all, length) => all + length),
        ),
      parley_socket: (...numbers) => enter('socket', numbers),
      parley_timer: (id) => enter('timer', [id]),
      parley_fetched: (callId, status, length) => enter('fetched', [callId, status], length),
      parley_page: (kind) => enter('page', [kind]),
      parley_moment: () => 0,
      parley_trace: () => 0,
      parley_stats: () => this.put(JSON.stringify({ heap: 7 })),
    };
  }

  private place = 0;
  private outputPlace = 0;

  // Each input has new memory, as after growth in Go.
  private room(size: number): number {
    this.place = this.memory.buffer.byteLength;
    this.memory.grow(Math.ceil((size + 1) / 65536));
    return this.place;
  }

  private put(text: string): number {
    this.output = new TextEncoder().encode(text);
    if (this.output.length === 0) return 0;
    this.outputPlace = this.memory.buffer.byteLength;
    this.memory.grow(Math.ceil(this.output.length / 65536));
    new Uint8Array(this.memory.buffer).set(this.output, this.outputPlace);
    return this.output.length;
  }
}
