// What the agent sends: each message and file has a line in the transcript at once, which stays there if sending fails.

import type { Chat } from '../../../index';
import type { Saying } from '../../ui/element';
import { errorSaying } from '../texts';
import type { Line, Transcript } from './transcript';

export class Outgoing {
  /** `changed` is called after each change of a line. */
  constructor(
    private readonly chat: Chat,
    private readonly transcript: Transcript,
    private readonly changed: () => void,
  ) {}

  /** Sends a text. Gives why it cannot be sent at all, '' if it has its line. */
  async send(text: string): Promise<Saying> {
    let line: Line | undefined;
    const show = () => {
      line ??= this.transcript.pending(text);
      this.changed();
      return line;
    };
    try {
      const sent = await this.chat.sendMessage(text, show);
      this.transcript.sent(show(), sent.message);
    } catch (error) {
      if (!line) return errorSaying(error);
      Object.assign(line, { status: 'failed', error: errorSaying(error) });
    }
    this.changed();
    return '';
  }

  /** The line shows how much of the file has been sent. */
  async sendFile(file: File): Promise<void> {
    const line = this.transcript.pending(file.name, file);
    this.changed();
    try {
      const { media } = await this.chat.sendMedia(file, (percent) => {
        line.progress = percent;
        this.changed();
      });
      const message = this.chat.history.findLast((one) => typeof one.message === 'object' && one.message.id === media.id);
      this.transcript.withdraw(line);
      if (message) this.transcript.add(message);
    } catch (error) {
      Object.assign(line, { status: 'failed', error: errorSaying(error) });
    }
    this.changed();
  }

  /** Sends a failed message or file again. */
  async retry(line: Line): Promise<void> {
    this.transcript.withdraw(line);
    if (line.file) return this.sendFile(line.file);
    const error = await this.send(line.text);
    if (!error) return;
    Object.assign(this.transcript.pending(line.text), { status: 'failed', error });
    this.changed();
  }
}
