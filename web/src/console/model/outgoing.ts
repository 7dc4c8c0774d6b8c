// Sending a file: the line that stands for it until the log has its message.

import type { Chat } from '../../../index';
import { errorText } from '../../ui/format';
import type { Transcript } from './transcript';

/** Sends a file into a chat and keeps its line in the transcript up to date; `changed` is called when it is. */
export async function uploadTo(chat: Chat, file: File, transcript: Transcript, changed: () => void): Promise<void> {
  const line = transcript.pending(file.name, file);
  changed();
  try {
    const { media } = await chat.sendMedia(file, (percent) => {
      line.progress = percent;
      changed();
    });
    const message = chat.history.findLast((one) => typeof one.message === 'object' && one.message.id === media.id);
    transcript.withdraw(line);
    if (message) transcript.add(message);
  } catch (error) {
    Object.assign(line, { status: 'failed', error: errorText(error) });
  }
  changed();
}
