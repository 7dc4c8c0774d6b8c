// The parts of the window, with the dialog that they stand in. They are made when a visitor comes near, or has a chat: most visits to
// a page do without.

import { Composer } from './composer';
import { Ending } from './ending';
import type { Frame } from './frame';
import type { Host } from './host';
import { Log } from './log';
import { Pages } from './pages';
import { Panel } from './panel';
import type { Stage } from './shown';
import type { SupportChat } from './support-chat';
import type { Texts } from './texts';

/** What they ask of the window. */
interface Around {
  readonly root: ShadowRoot;
  readonly host: Host;
  readonly texts: Texts;
  readonly frame: Frame;
  readonly chat: SupportChat;
  readonly end: AbortController;
  readonly unread: number;
  /** The visitor wants to see what has come. */
  called(): void;
  show(stage: Stage): void;
  /** A chat of an earlier page, or of another element, is there. */
  found(): void;
  /** The number of unread messages may have changed. */
  counted(count: number): void;
}

export class Contents {
  readonly panel: Panel;
  readonly log: Log;
  readonly ending: Ending;
  readonly composer: Composer;
  readonly pages: Pages;

  constructor(around: Around) {
    const { root, host, texts, frame, chat } = around;
    const { signal } = around.end;
    frame.draw({ made: true });
    this.panel = new Panel(root, signal);
    this.log = new Log(
      root,
      texts,
      {
        inView: () => frame.shown.open && frame.shown.stage !== 'earlier',
        open: () => around.called(),
        seen: (id) => chat.seen(id),
        choose: (text) => void chat.send(text),
        unread: (count) => around.counted(count),
      },
      signal,
    );
    this.ending = new Ending(root, texts);
    this.composer = new Composer(
      root,
      texts,
      {
        send: (text) => void chat.send(text),
        sendFile: (file) => void chat.sendFile(file),
        problem: (text) => frame.problem(text),
      },
      signal,
    );
    this.pages = new Pages(
      chat,
      this.log,
      this.composer,
      {
        options: () => host.options(),
        unread: () => around.unread,
        state: () => frame.said,
        people: () => frame.people,
        expect: (state, people) => frame.expect(state, people),
        found: () => around.found(),
        lost: () => {
          around.show('form');
          frame.agents([]);
          frame.state(() => texts.say('ended.other'));
        },
        failed: (error) => frame.failed(error),
      },
      signal,
    );
  }
}
