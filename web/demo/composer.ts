// Where the visitor writes: Enter sends, Shift+Enter starts a new line; files are chosen, dropped or pasted.

import type { Chat } from '../index';
import { charactersLeft, showsNothing } from '../src/ui/draft';
import { acceptedFiles, refusedFile } from '../src/ui/files';
import { composing } from '../src/ui/keys';
import { Draft } from './draft';
import { find, on } from './elements';
import type { Rules } from './view';

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
  private readonly room = find('chat-left');
  private rules: Rules | undefined;
  private draft: Draft | undefined;

  constructor(private readonly wants: Wants) {
    find('chat-composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
    this.input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || composing(event)) return;
      event.preventDefault();
      this.send();
    });
    this.input.addEventListener('input', () => this.keep(this.input.value));
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
  opened(chat: Chat, rules: Rules): void {
    const { media } = rules;
    this.rules = rules;
    this.chooser.accept = acceptedFiles(media);
    find('chat-attach').hidden = !media.active;
    this.draft = new Draft(chat.id);
    this.keep(this.input.value || this.draft.get());
    ICF.Helper.monitorUserActivity(this.input, chat, 200, 10);
  }

  /** Puts a text before what the visitor is writing. */
  edit(text: string): void {
    this.keep([text, this.input.value].filter(Boolean).join('\n'));
    this.input.focus();
  }

  focus(): void {
    this.input.focus();
  }

  ended(): void {
    this.rules = undefined;
    this.keep('');
    this.draft = undefined;
    this.dropping(false);
  }

  private send(): void {
    const text = this.input.value;
    if (showsNothing(text) || !this.rules) return;
    this.input.focus();
    if ((this.left ?? 0) < 0) return this.wants.problem(`The message is too long: ${roomText(this.left!)}.`);
    this.keep('');
    this.wants.problem('');
    this.wants.send(text);
  }

  /** Puts a text into the field, and keeps it. */
  private keep(text: string): void {
    if (text !== this.input.value) this.input.value = text;
    this.draft?.set(text);
    const left = this.left;
    this.room.textContent = left === undefined ? '' : roomText(left);
    this.input.setAttribute('aria-invalid', String((left ?? 0) < 0));
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
  private sendFiles(files: FileList | null): void {
    const media = this.rules?.media;
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
    this.place.classList.toggle('dropping', yes && this.rules?.media.active === true);
  }
}

function roomText(left: number): string {
  const count = Math.abs(left);
  const characters = `${count} ${count === 1 ? 'character' : 'characters'}`;
  return left < 0 ? `${characters} too many` : `${characters} left`;
}
