// A voice message: recorded, listened to, and sent as a file like others, or thrown away.

import { element } from '../ui/element';
import { find, type Root } from './elements';
import type { Texts } from './texts';
import type { Say } from './view';

/** What browsers record, the first that this one does, by the extension of its files. */
const kinds: [extension: string, type: string][] = [
  ['webm', 'audio/webm;codecs=opus'],
  ['m4a', 'audio/mp4'],
  ['ogg', 'audio/ogg;codecs=opus'],
];

/** In milliseconds. A recording ends then by itself. */
const longest = 300_000;

interface Wants {
  sendFile(file: File): void;
  problem(text?: Say): void;
}

export class Voice {
  private readonly button: HTMLElement;
  private readonly place: HTMLElement;
  private kind: (typeof kinds)[number] | undefined;
  private recorder: MediaRecorder | undefined;

  constructor(
    root: Root,
    private readonly texts: Texts,
    private readonly wants: Wants,
    end: AbortSignal,
  ) {
    this.button = find(root, 'chat-voice');
    this.place = find(root, 'chat-recording');
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
    const { recorder } = this;
    this.recorder = undefined;
    if (recorder && recorder.state !== 'inactive') recorder.stop();
    const audio = this.place.querySelector('audio');
    if (audio) URL.revokeObjectURL(audio.src);
    this.place.replaceChildren();
  }

  private async record(): Promise<void> {
    this.clear();
    this.wants.problem();
    const [extension, type] = this.kind!;
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (error) {
      console.warn(error);
      return this.wants.problem(() => this.texts.say('voice.denied'));
    }
    const recorder = new MediaRecorder(stream, { mimeType: type });
    const parts: Blob[] = [];
    const timer = setTimeout(() => recorder.stop(), longest);
    this.recorder = recorder;
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => {
      clearTimeout(timer);
      for (const track of stream.getTracks()) track.stop();
      const file = new File(parts, `${this.texts.say('voice.name')}.${extension}`, { type: type.split(';')[0]! });
      if (this.recorder === recorder) this.listen(file);
    };
    recorder.start();
    const stop = this.act('voice.stop', 'voice-stop', () => recorder.stop(), 'button primary');
    this.show(
      element('span', { class: 'live', role: 'status' }, () => this.texts.say('voice.recording')),
      stop,
    );
    stop.focus();
  }

  private listen(file: File): void {
    const send = this.act(
      'send',
      'voice-send',
      () => {
        this.clear();
        this.wants.sendFile(file);
        this.button.focus();
      },
      'button primary',
    );
    const label = () => this.texts.say('voice.name');
    this.show(element('audio', { controls: '', src: URL.createObjectURL(file), 'aria-label': label, 'data-testid': 'voice-audio' }), send);
    send.focus();
  }

  private show(...what: HTMLElement[]): void {
    const discard = this.act('delete', 'voice-discard', () => {
      this.clear();
      this.button.focus();
    });
    this.place.replaceChildren(...what, discard);
  }

  private act(key: 'voice.stop' | 'send' | 'delete', id: string, act: () => void, look = 'button'): HTMLElement {
    const button = element('button', { class: look, type: 'button', 'data-testid': id }, () => this.texts.say(key));
    button.addEventListener('click', act);
    return button;
  }
}
