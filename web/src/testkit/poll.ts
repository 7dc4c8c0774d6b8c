// Connections by HTTP long polling, where WebSockets are cut off. The text of a request has
// lines: an act, frames, and "end"; package server/internal/gateway of Parley describes them.

import type { Clock } from './clock';
import { Refusal } from './protocol';

/** One end of a connection by HTTP, as the fake server's network has it. */
export interface Line {
  toServer(text: string): void;
  closed(): void;
}

const gone = () => new Refusal('410 connection-gone', 'there is no such connection, or it has ended; open another one');

// A poll is answered within this time, in milliseconds.
const pollWithin = 18_750;

class Polled {
  sends = 0;
  polls = 0;
  ended = false;
  private out: string[] = [];
  private wake: (() => void) | undefined;

  constructor(private readonly clock: Clock) {}

  put(text: string): void {
    this.out.push(text);
    this.wake?.();
  }

  end(): void {
    this.ended = true;
    this.wake?.();
  }

  async take(): Promise<string[]> {
    if (!this.out.length && !this.ended) {
      let cancel = () => {};
      await new Promise<void>((resolve) => {
        cancel = this.clock.after(pollWithin, resolve);
        this.wake = resolve;
      });
      cancel();
    }
    if (this.ended && !this.out.length) throw gone();
    const lines = this.out;
    this.out = [];
    return lines;
  }
}

export class Polls {
  private readonly lines = new Map<string, { polled: Polled; line: Line }>();

  constructor(
    private readonly clock: Clock,
    private readonly newId: () => string,
    private readonly connect: (client: { send(text: string): void; close(): void }) => Line,
  ) {}

  /** Answers a request; gives the text of the answer. */
  async exchange(text: string): Promise<string> {
    const lines = text.split('\n');
    if (lines.pop() !== 'end') throw new Refusal('400 request-cut', 'the request is cut: its last line must be "end"');
    const [act, id = '', number] = lines.shift()?.split(' ') ?? [];
    if (act === 'open') return this.open();
    const found = this.lines.get(id);
    if (!found) throw gone();
    if (act === 'close') {
      this.remove(id);
      found.line.closed();
      return 'end';
    }
    return [...(await this.carryOut(act!, id, Number(number), lines)), 'end'].join('\n');
  }

  private open(): string {
    const id = `${this.newId()}.${this.newId()}`;
    const polled = new Polled(this.clock);
    const line = this.connect({ send: (frame) => polled.put(frame), close: () => this.remove(id) });
    this.lines.set(id, { polled, line });
    return `${id}\nend`;
  }

  private remove(id: string): void {
    this.lines.get(id)?.polled.end();
    this.lines.delete(id);
  }

  private async carryOut(act: string, id: string, number: number, frames: string[]): Promise<string[]> {
    const { polled, line } = this.lines.get(id)!;
    if (act === 'poll' && number === polled.polls + 1) {
      polled.polls = number;
      return polled.take();
    }
    if (act === 'send' && number === polled.sends) return [];
    if (act === 'send' && number === polled.sends + 1) {
      polled.sends = number;
      for (const frame of frames) line.toServer(frame);
      return [];
    }
    if (act !== 'send' && act !== 'poll') {
      throw new Refusal('400 bad-frame', 'the first line must be open, send ID NUMBER, poll ID NUMBER or close ID');
    }
    this.remove(id);
    line.closed();
    throw gone();
  }
}
