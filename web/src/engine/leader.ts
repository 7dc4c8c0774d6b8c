// The tab whose WebSocket all tabs use. Frames of its own connection are as they are; those of a follower's have the number of
// its channel before them, in both directions, and the number alone ends the channel (core/wire/doc.go).

import type { FromLeader, ToLeader } from './follower';
import type { End, Socket } from './socket';
import { nextTask } from './task';

/** So many tabs follow one leader; the server takes no more. Others have sockets of their own. */
const mostFollowers = 64;
// What the server answers whatever happens: requests and pings, of all channels.
const answered = /^\d*{"(id|event":"ping)"/;
// It does so sooner, in milliseconds. A socket that says nothing for longer may be half open.
const answersWithin = 3000;
// So much may be on its way to a follower, in characters. One that stands still is let go, and resumes when it goes on.
const mostUnread = 1 << 23;

// What a leader knows of a follower.
interface Channel {
  /** 0 before its first frame, since the server takes channels in the order of their numbers. */
  number: number;
  link: BroadcastChannel;
  unread: number;
  over: AbortController;
}

export class Leader {
  onopen: any;
  onmessage: any;
  onclose: any;
  /** Is kept when this tab is the leader no longer. */
  readonly ended: Promise<void>;
  private release!: () => void;
  private opened = false;
  private over = false;
  private last = 0;
  // When the first frame was sent after the last that came, 0 if there was none.
  private unanswered = 0;
  private readonly channels = new Map<string, Channel>();
  // On it tabs ask to follow, and new leaders say that they are there.
  private readonly bus: BroadcastChannel;

  constructor(
    name: string,
    private readonly socket: Socket,
  ) {
    this.ended = new Promise((resolve) => (this.release = resolve));
    this.bus = new BroadcastChannel(name);
    this.bus.onmessage = async ({ data }) => {
      if (!data) return;
      if (this.isSilent()) await nextTask(); // an answer may wait behind this
      if (this.over) return;
      if (this.isSilent()) this.giveUp();
      else this.accept(data);
    };
    socket.onopen = (event) => {
      this.opened = true;
      this.onopen?.(event);
      for (const { link } of this.channels.values()) post(link, ['opened']);
    };
    socket.onmessage = (event) => this.receive(event);
    socket.onclose = ({ code, wait }: End) => {
      this.dismiss({ code, wait });
      this.onclose?.({ code, wait });
    };
    this.bus.postMessage(''); // followers of another one, and those who look for one, come to this
  }

  get readyState(): number | undefined {
    return this.socket.readyState;
  }

  send(frame: string): void {
    if (!this.unanswered && answered.test(frame)) this.unanswered = performance.now();
    this.socket.send(frame);
  }

  close(code: number): void {
    this.dismiss({ code: 1006, moved: true });
    this.socket.close(code);
  }

  /** The socket is given up: another tab has taken the lock, as this one stood still, or is to have it. */
  giveUp(): void {
    this.socket.onclose = null;
    this.close(1000);
    this.onclose?.({ code: 1006, moved: true });
  }

  private isSilent(): boolean {
    return this.unanswered > 0 && performance.now() - this.unanswered > answersWithin;
  }

  private dismiss(end: End): void {
    if (this.over) return;
    this.over = true;
    this.bus.close();
    for (const id of [...this.channels.keys()]) this.end(id, end);
    this.release();
  }

  // A follower asks, by the name of its link.
  private accept(id: string): void {
    if (this.channels.has(id)) return;
    const channel: Channel = { number: 0, link: new BroadcastChannel(id), unread: 0, over: new AbortController() };
    const { link, over } = channel;
    if (this.channels.size >= mostFollowers) {
      post(link, ['full']);
      return link.close();
    }
    this.channels.set(id, channel);
    link.onmessage = ({ data }: { data: ToLeader }) => {
      if (typeof data === 'string') this.pass(channel, data);
      else if (data === null) this.end(id);
      else if (data) channel.unread -= data;
      else post(link, ['here']);
    };
    // Granted when the follower has gone, however it ended.
    navigator.locks.request(id, { mode: 'shared', signal: over.signal }, () => this.end(id)).catch(() => {});
    post(link, [this.opened ? 'opened' : 'here']);
  }

  private receive(event: { data: unknown }): void {
    const { data } = event;
    this.unanswered = 0;
    const number = typeof data === 'string' ? Number.parseInt(data, 10) : NaN;
    if (!(number > 0)) return this.onmessage?.(event);
    for (const [id, channel] of this.channels) {
      if (channel.number !== number) continue;
      const frame = (data as string).slice(String(number).length);
      if (!frame) return this.end(id, { code: 1006 });
      channel.unread += frame.length;
      post(channel.link, frame);
      if (channel.unread > mostUnread) this.end(id, { code: 1006, moved: true });
      return;
    }
  }

  // Ends a channel, and says so to the follower if that has not ended it.
  private end(id: string, end?: End): void {
    const channel = this.channels.get(id);
    if (!channel) return;
    this.channels.delete(id);
    channel.over.abort();
    if (end) post(channel.link, ['closed', end]);
    channel.link.close();
    if (channel.number) this.pass(channel, '');
  }

  private pass(channel: Channel, frame: string): void {
    if (this.opened && !(this.socket.readyState! > WebSocket.OPEN)) this.send((channel.number ||= ++this.last) + frame);
  }
}

const post = (link: BroadcastChannel, message: FromLeader) => link.postMessage(message);
