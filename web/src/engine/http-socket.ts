// Frames by HTTP long polling, where WebSockets are cut off. One request polls for frames and
// another brings them, each one at a time and numbered; package gateway of the server has the
// other end, and the form of the text. Whatever goes wrong ends the connection.

// In characters: some frames in one request, and a request that the browser sends after the page too.
const batch = 50_000;
const keptAlive = 9_000;
// Longer than a poll takes, in milliseconds.
const silence = 40_000;
// A goodbye must not take longer.
const goodbye = 5_000;

export class HttpSocket {
  onopen: any;
  onmessage: any;
  onclose: any;
  private readonly over = new AbortController();
  private readonly waiting: string[] = [];
  private id = '';
  private sends = 0;
  private busy = false;
  private code = 1006;
  private wait = 0;

  constructor(private readonly url: string) {
    void this.run();
  }

  send(frame: string): void {
    this.waiting.push(frame);
    void this.pump();
  }

  close(): void {
    if (this.over.signal.aborted) return;
    this.code = 1000;
    const late = setTimeout(() => this.over.abort(), goodbye);
    this.over.signal.addEventListener('abort', () => clearTimeout(late));
    void this.pump();
  }

  private async run(): Promise<void> {
    try {
      this.id = (await this.ask(['open']))[0]!;
      this.onopen?.({});
      for (let polls = 1, next = this.poll(polls); ; ) {
        const frames = await next;
        next = this.poll(++polls); // before the frames are handed over, so that none has to wait
        for (const data of frames) this.onmessage?.({ data });
      }
    } catch {
      this.over.abort();
      this.onclose?.({ code: this.code, wait: this.wait });
    }
  }

  private poll(number: number): Promise<string[]> {
    const frames = this.code === 1000 ? Promise.reject() : this.ask([`poll ${this.id} ${number}`]);
    frames.catch(() => {}); // `run` gets it later
    return frames;
  }

  // Sends what waits, then closes if that is wanted.
  private async pump(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.id && this.waiting[0]) {
        let length = 0;
        const frames = this.waiting.splice(0, this.waiting.findIndex((frame) => (length += frame.length) > batch) + 1 || Infinity);
        await this.ask([`send ${this.id} ${++this.sends}`, ...frames]);
      }
      if (this.code === 1006) return;
      if (this.id) await this.ask([`close ${this.id}`]);
      this.over.abort();
    } catch {
      this.over.abort();
    } finally {
      this.busy = false;
    }
  }

  // Gives the lines of the answer without the last one, which proves that it is whole.
  private async ask(text: string[]): Promise<string[]> {
    const late = setTimeout(() => this.over.abort(), silence);
    try {
      const body = [...text, 'end'].join('\n');
      const keepalive = /^[sc]/.test(body) && body.length < keptAlive; // not a poll, by whose end the server notices that of the page
      const answer = await fetch(this.url, { method: 'POST', body, credentials: 'omit', keepalive, signal: this.over.signal });
      this.wait = +answer.headers.get('retry-after')!;
      const lines = (await answer.text()).split('\n');
      if (!answer.ok || lines.pop() !== 'end') throw new Error();
      return lines;
    } finally {
      clearTimeout(late);
    }
  }
}
