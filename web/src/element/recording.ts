// A voice message: recorded, listened to, and sent as a file like others, or thrown away.

import { element } from '../ui/element';
import type { Texts } from './texts';
import type { Say } from './view';

/** In milliseconds. A recording ends then by itself. */
const longest = 300_000;

export interface Wants {
  sendFile(file: File): void;
  problem(text?: Say): void;
  /** The recording is sent or thrown away. */
  done(): void;
}

export class Recording {
  private recorder: MediaRecorder | undefined;
  /** The recording that is wanted now: the browser may ask for the microphone meanwhile. */
  private turn = 0;

  /** Fills `place`; `extension` and `type` are of the file that it makes. */
  constructor(
    private readonly place: HTMLElement,
    private readonly texts: Texts,
    private readonly wants: Wants,
    private readonly extension: string,
    private readonly type: string,
  ) {}

  /** Throws away what was recorded. */
  clear(): void {
    this.turn++;
    const { recorder } = this;
    this.recorder = undefined;
    if (recorder && recorder.state !== 'inactive') recorder.stop();
    const audio = this.place.querySelector('audio');
    if (audio) URL.revokeObjectURL(audio.src);
    this.place.replaceChildren();
  }

  async begin(): Promise<void> {
    const turn = ++this.turn;
    let stream: MediaStream | undefined;
    const hangUp = () => {
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    let recorder: MediaRecorder;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      if (turn !== this.turn) return hangUp();
      recorder = new MediaRecorder(stream, { mimeType: this.type });
    } catch (error) {
      hangUp();
      console.warn(error);
      return this.wants.problem(() => this.texts.say('voice.denied'));
    }
    const parts: Blob[] = [];
    const timer = setTimeout(() => recorder.stop(), longest);
    this.recorder = recorder;
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => {
      clearTimeout(timer);
      hangUp();
      const file = new File(parts, `${this.texts.say('voice.name')}.${this.extension}`, { type: this.type.split(';')[0]! });
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
        this.wants.done();
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
      this.wants.done();
    });
    this.place.replaceChildren(...what, discard);
  }

  private act(key: 'voice.stop' | 'send' | 'delete', id: string, act: () => void, look = 'button'): HTMLElement {
    const button = element('button', { class: look, type: 'button', 'data-testid': id }, () => this.texts.say(key));
    button.addEventListener('click', act);
    return button;
  }
}
