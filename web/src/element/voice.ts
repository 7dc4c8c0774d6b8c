// The button for voice messages, where the browser records what the app takes.

import { find, type Root } from './elements';
import { loadExtras } from './extras-loader';
import type { Recording } from './recording';
import type { Texts } from './texts';
import type { Say } from './view';

/** What browsers record, the first that this one does, by the extension of its files. */
const kinds: [extension: string, type: string][] = [
  ['webm', 'audio/webm;codecs=opus'],
  ['m4a', 'audio/mp4'],
  ['ogg', 'audio/ogg;codecs=opus'],
];

interface Wants {
  sendFile(file: File): void;
  problem(text?: Say): void;
}

export class Voice {
  private readonly button: HTMLElement;
  private kind: (typeof kinds)[number] | undefined;
  private recording: Recording | undefined;
  /** How often the visitor has begun one, or the chat has ended. */
  private turn = 0;

  constructor(
    private readonly root: Root,
    private readonly texts: Texts,
    private readonly wants: Wants,
    end: AbortSignal,
  ) {
    this.button = find(root, 'chat-voice');
    this.button.addEventListener('click', () => void this.record());
    end.addEventListener('abort', () => this.clear());
  }

  /** Offers it if the browser records what the app takes; `waits` until the chat is there. */
  offer(extensions: readonly string[], waits: boolean): void {
    const can = (type: string) => 'MediaRecorder' in window && MediaRecorder.isTypeSupported(type);
    const asks = navigator.mediaDevices as MediaDevices | undefined; // a page without TLS has none
    this.kind = asks && kinds.find(([extension, type]) => extensions.includes(extension) && can(type));
    this.button.hidden = !this.kind;
    this.button.toggleAttribute('disabled', waits);
  }

  /** Throws away what was recorded. */
  clear(): void {
    this.turn++;
    this.recording?.clear();
    this.recording = undefined;
  }

  private async record(): Promise<void> {
    this.clear();
    const { turn, wants } = this;
    wants.problem();
    try {
      const { Recording } = await loadExtras();
      if (turn !== this.turn) return; // pressed again, or the chat is over
      const around = { ...wants, done: () => this.button.focus() };
      this.recording = new Recording(find(this.root, 'chat-recording'), this.texts, around, ...this.kind!);
      await this.recording.begin();
    } catch (error) {
      wants.problem(this.texts.error(error));
    }
  }
}
