// Where the visitor writes: Enter sends, Shift+Enter starts a new line; files are chosen, dropped or pasted.

import type { Chat } from '../index';
import { acceptedFiles, type MediaSettings, refusedFile } from '../src/ui/files';
import { Draft } from './draft';
import { find, on } from './elements';

interface Wants {
  send(text: string): void;
  sendFile(file: File): void;
  /** Why something cannot be sent; '' removes the message. */
  problem(text: string): void;
}

export class Composer {
  private readonly input = find<HTMLTextAreaElement>('chat-input');
  private readonly chooser = find<HTMLInputElement>('chat-file');
  private readonly place = find('chat-talk');
  private media: MediaSettings | undefined;
  private draft: Draft | undefined;

  constructor(private readonly wants: Wants) {
    find('chat-composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
    this.input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    });
    this.input.addEventListener('input', () => this.draft?.set(this.input.value));
    on('chat-attach', () => this.chooser.click());
    this.chooser.addEventListener('change', () => {
      this.sendFiles(this.chooser.files);
      this.chooser.value = '';
      this.input.focus();
    });
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

  /** A chat is open; from now on the others see when the visitor types. */
  opened(chat: Chat, media: MediaSettings): void {
    this.media = media;
    this.chooser.accept = acceptedFiles(media);
    find('chat-attach').hidden = !media.active;
    this.draft = new Draft(chat.id);
    this.input.value ||= this.draft.get();
    ICF.Helper.monitorUserActivity(this.input, chat, 200, 10);
  }

  focus(): void {
    this.input.focus();
  }

  ended(): void {
    this.media = undefined;
    this.keep('');
    this.draft = undefined;
    this.dropping(false);
  }

  private send(): void {
    const text = this.input.value.trim();
    if (text === '' || !this.media) return;
    this.keep('');
    this.input.focus();
    this.wants.send(text);
  }

  /** Puts a text into the field, and keeps it. */
  private keep(text: string): void {
    this.input.value = text;
    this.draft?.set(text);
  }

  private take(event: Event, data: DataTransfer | null): void {
    if (!data?.files.length) return;
    event.preventDefault();
    this.sendFiles(data.files);
  }

  /** Sends the files that may be sent, and reports why the others may not. */
  private sendFiles(files: FileList | null): void {
    const media = this.media;
    if (!media) return;
    const problems: string[] = [];
    for (const file of files ?? []) {
      const refused = refusedFile(file, media);
      if (refused) problems.push(refused);
      else this.wants.sendFile(file);
    }
    this.wants.problem(problems.join(' '));
  }

  private dropping(yes: boolean): void {
    this.place.classList.toggle('dropping', yes && this.media?.active === true);
  }
}
