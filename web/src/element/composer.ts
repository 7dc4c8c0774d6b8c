// Where the visitor writes: Enter sends, Shift+Enter starts a new line; files are chosen, dropped or pasted.

import type { Chat } from '../../index';
import { charactersLeft, showsNothing } from '../ui/draft';
import { acceptedFiles, type MediaSettings, refusedFile } from '../ui/files';
import { icf } from '../ui/icf';
import { composing } from '../ui/keys';
import { Draft } from './draft';
import { find, type Root } from './elements';
import type { Texts } from './texts';
import type { Rules, Say } from './view';
import { Voice } from './voice';

interface Wants {
  send(text: string): void;
  sendFile(file: File): void;
  /** Why something cannot be sent; without a text the message goes. */
  problem(text?: Say): void;
}

export class Composer {
  private readonly input: HTMLTextAreaElement;
  /** The buttons for files, each with the input that it opens: for any, and for a photo that is taken now. */
  private readonly choosers: { button: HTMLElement; input: HTMLInputElement }[];
  private readonly voice: Voice;
  private readonly place: HTMLElement;
  private readonly room: HTMLElement;
  private rules: Rules | undefined;
  private draft: Draft | undefined;
  /** The visitor has sent before the chat was there. */
  private early = false;

  constructor(
    root: Root,
    private readonly texts: Texts,
    private readonly wants: Wants,
    end: AbortSignal,
  ) {
    this.input = find(root, 'chat-input');
    this.choosers = [
      { button: find(root, 'chat-attach'), input: find(root, 'chat-file') },
      { button: find(root, 'chat-camera'), input: find(root, 'chat-camera-file') },
    ];
    const { problem } = wants;
    this.voice = new Voice(root, texts, { sendFile: (file) => this.sendFiles([file]), problem }, end);
    this.place = find(root, 'chat-talk');
    this.room = find(root, 'chat-left');
    find(root, 'chat-composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
    this.input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || composing(event)) return;
      event.preventDefault();
      this.send();
    });
    this.input.addEventListener('input', () => {
      this.early = false;
      this.keep(this.input.value);
    });
    for (const { button, input } of this.choosers) {
      button.addEventListener('click', () => input.click());
      input.addEventListener('change', () => {
        this.sendFiles(input.files);
        input.value = '';
        this.input.focus();
      });
    }
    this.input.addEventListener('paste', (event) => this.take(event, event.clipboardData));
    this.place.addEventListener('dragover', (event) => {
      // By default the browser would open the file in place of the page.
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      this.dropping(true);
    });
    this.place.addEventListener('dragleave', (event) => {
      if (!this.place.contains(event.relatedTarget as Node | null)) this.dropping(false);
    });
    this.place.addEventListener('drop', (event) => {
      this.dropping(false);
      this.take(event, event.dataTransfer);
    });
  }

  /** Shows how the chat was left on an earlier page, until it is open: what is written waits for it. */
  expect(chatId: string, media: MediaSettings): void {
    const [files, camera] = this.choosers;
    files!.input.accept = acceptedFiles(media);
    files!.button.hidden = !media.active;
    // What a camera makes.
    camera!.button.hidden = !media.active || !media.types.includes('jpg');
    for (const { button } of this.choosers) button.toggleAttribute('disabled', !this.rules);
    this.voice.offer(media.active ? media.types : [], !this.rules);
    this.draft = new Draft(chatId);
    this.keep(this.input.value || this.draft.get());
  }

  /** A chat is open; from now on the others see when the visitor types. */
  opened(chat: Chat, rules: Rules): void {
    this.rules = rules;
    this.expect(chat.id, rules.media);
    icf.Helper.monitorUserActivity(this.input, chat, 200, 10);
    if (this.early) this.send();
    this.early = false;
  }

  /** Puts a text before what the visitor is writing. */
  edit(text: string): void {
    this.keep([text, this.input.value].filter(Boolean).join('\n'));
    this.input.focus();
  }

  /** Says in the window's language how much room is left. */
  translated(): void {
    const left = this.left;
    this.room.textContent = left === undefined ? '' : this.roomText(left);
  }

  focus(): void {
    this.input.focus();
  }

  ended(): void {
    this.rules = undefined;
    this.early = false;
    this.keep('');
    this.draft = undefined;
    this.dropping(false);
    this.voice.clear();
  }

  private send(): void {
    const text = this.input.value;
    if (showsNothing(text)) return;
    if (!this.rules) {
      this.early = true;
      return;
    }
    this.input.focus();
    if ((this.left ?? 0) < 0) {
      const left = this.left!;
      return this.wants.problem(() => this.texts.say('tooLong', { over: this.roomText(left) }));
    }
    this.keep('');
    this.wants.problem();
    this.wants.send(text);
  }

  /** Puts a text into the field, and keeps it. */
  private keep(text: string): void {
    if (text !== this.input.value) this.input.value = text;
    this.draft?.set(text);
    this.translated();
    this.input.setAttribute('aria-invalid', String((this.left ?? 0) < 0));
  }

  /** How many characters are left for the message, if few are. */
  private get left(): number | undefined {
    return charactersLeft(this.input.value, this.rules?.longest ?? Number.POSITIVE_INFINITY);
  }

  private take(event: Event, data: DataTransfer | null): void {
    if (!data?.files.length) return;
    event.preventDefault();
    this.sendFiles(data.files);
  }

  /** Sends the files that may be sent, and reports why the others may not. */
  private sendFiles(files: Iterable<File> | null): void {
    const media = this.rules?.media;
    if (!media) return;
    const problems: Say[] = [];
    for (const file of files ?? []) {
      const refused = () => refusedFile(file, media, this.texts);
      if (refused()) problems.push(refused);
      else this.wants.sendFile(file);
    }
    this.wants.problem(() => problems.map((say) => say()).join(' '));
  }

  private dropping(yes: boolean): void {
    this.place.classList.toggle('dropping', yes && this.rules?.media.active === true);
  }

  private roomText(left: number): string {
    return this.texts.say(left < 0 ? 'over' : 'left', { n: Math.abs(left) });
  }
}
