// The door into the core: exported functions, with text as UTF-8 in the
// program's linear memory. Every step gives back one batch of effects.

import type { Effect, Exports, PageEvent, PageEvents, SocketEvent, SocketEvents } from '../shared/abi';
import { reason } from '../shared/errors';
import type { Program } from './program';

/** What a socket reports. */
export const SOCKET: SocketEvents = { opened: 1, closed: 2 };

/** What the page reports. */
export const PAGE: PageEvents = { online: 1, offline: 2, visible: 3, hidden: 4 };

// Go runs finalizers (they free the page's objects that Go let go of) and its
// other background work only when it is resumed, which an export never does.
const stepsBetweenResumes = 256;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Calls the core, one step at a time, and hands on each batch. */
export class Door {
  private readonly exports: Exports;
  private inside = false;
  private waiting: (() => number)[] = [];
  private steps = 0;
  private closed = false;

  /**
   * `deliver` gets each batch. `broken` is told when the program can no
   * longer be trusted; nothing is called after that.
   */
  constructor(
    private readonly program: Program,
    private readonly deliver: (batch: Effect[]) => void,
    private readonly broken: (message: string) => void,
  ) {
    this.exports = program.exports;
  }

  command(call: number, json: string): void {
    this.step(() => this.exports.parley_command(call, this.write(json)));
  }

  frame(epoch: number, frame: string): void {
    this.step(() => this.exports.parley_frames(epoch, this.write(frame, true)));
  }

  socket(epoch: number, kind: SocketEvent, code: number): void {
    this.step(() => this.exports.parley_socket(epoch, kind, code));
  }

  timer(id: number): void {
    this.step(() => this.exports.parley_timer(id));
  }

  /** The outbox has done with all writes up to this one. */
  stored(write: number): void {
    this.step(() => this.exports.parley_stored(write));
  }

  fetched(callId: number, status: number, body: string): void {
    this.step(() => this.exports.parley_fetched(callId, status, this.write(body)));
  }

  page(kind: PageEvent): void {
    this.step(() => this.exports.parley_page(kind));
  }

  /** The core's figures, with the memory and the page's objects that it holds. */
  stats(): Record<string, number> | null {
    if (this.closed || this.inside || this.program.go.exited) return null;
    const figures = JSON.parse(this.read(this.exports.parley_stats()));
    const { _values, _idPool } = this.program.go;
    return { ...figures, memory: this.exports.mem.buffer.byteLength, references: _values.length - _idPool.length };
  }

  /** Ends all dealings with the program, its own timers too: they would throw after its exit. */
  close(): void {
    this.closed = true;
    this.waiting = [];
    for (const timer of this.program.go._scheduledTimeouts.values()) clearTimeout(timer);
  }

  // A step is whole before the next begins, also when the page's own code,
  // called from within Go (a patched fetch, say), calls us.
  private step(run: () => number): void {
    this.waiting.push(run);
    if (this.inside) return;
    let next: (() => number) | undefined;
    while ((next = this.waiting.shift())) this.enter(next);
  }

  private enter(run: () => number): void {
    if (this.closed) return;
    let batch: Effect[] = [];
    this.inside = true;
    try {
      const length = run();
      if (!this.program.go.exited && length > 0) batch = JSON.parse(this.read(length));
      if (++this.steps % stepsBetweenResumes === 0 && !this.program.go.exited) this.program.go._resume();
    } catch (thrown) {
      this.broken(`the chat core broke: ${reason(thrown)}`);
    } finally {
      this.inside = false;
    }
    if (this.program.go.exited) this.broken('the chat core ended');
    this.deliver(batch);
  }

  // Writes text at the core's input, with its length before it when framed;
  // gives the length in bytes. Asking for room can grow the memory, so the
  // view is made after it.
  private write(text: string, framed = false): number {
    const head = framed ? 4 : 0;
    const room = text.length * 3 + head;
    const pointer = this.exports.parley_input(room);
    const buffer = this.exports.mem.buffer;
    const { written } = encoder.encodeInto(text, new Uint8Array(buffer, pointer + head, room - head));
    if (framed) new DataView(buffer).setUint32(pointer, written, true);
    return head + written;
  }

  private read(length: number): string {
    return decoder.decode(new Uint8Array(this.exports.mem.buffer, this.exports.parley_output(), length));
  }
}
