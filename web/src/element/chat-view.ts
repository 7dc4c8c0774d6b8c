// What happens in the chat, as the chat window shows it and tells the page.

import type { Chat, Message, ParleyEvents } from '../../index';
import { icf } from '../ui/icf';
import type { Composer } from './composer';
import type { Ending } from './ending';
import type { Frame } from './frame';
import type { Host } from './host';
import { forget } from './kept';
import { listening } from './listening';
import type { Log } from './log';
import type { Pages } from './pages';
import type { Stage } from './shown';
import type { Texts } from './texts';
import type { OwnLine, Rules, Say, Sender, View } from './view';

/** What of the window it is shown in. */
interface Parts {
  readonly host: Host;
  readonly texts: Texts;
  readonly frame: Frame;
  readonly contents: {
    readonly log: Log;
    readonly ending: Ending;
    readonly composer: Composer;
    readonly pages: Pages;
  };
  readonly end: AbortController;
  show(stage: Stage): void;
  resume(open: boolean): void;
  /** Finds a known user's earlier chats. */
  lookBack(): Promise<void>;
}

export class ChatView implements View {
  private listens = false;

  constructor(private readonly parts: Parts) {}

  ready(): void {
    if (this.listens) return;
    this.listens = true;
    const { frame, texts, end } = this.parts;
    listening(icf.Parley, end.signal)
      .on('connection', ({ state }: ParleyEvents['connection']) => {
        if (state === 'waiting') frame.connection(() => texts.say('reconnecting'));
        if (state === 'open' || state === 'closed') frame.connection();
      })
      .on('error', (error) => frame.failed(error))
      .on('fatal', () => frame.problem(() => texts.say('fatal')));
  }

  joined(): void {
    this.parts.resume(false);
  }

  state(text: Say): void {
    this.parts.frame.state(text);
  }

  agents(agents: Sender[]): void {
    this.parts.frame.agents(agents);
  }

  notice(text: Say): void {
    this.parts.contents.log.notice(text);
  }

  message(message: Message, from: Sender | undefined, unread: boolean): void {
    const { host } = this.parts;
    const { log } = this.parts.contents;
    const fresh = log.message(message, from, unread);
    if (fresh && log.live) host.tell('message', { message, own: !from });
  }

  seen(messageId: string): void {
    this.parts.contents.log.seen(messageId);
  }

  own(content: string | File, cancel?: () => void): OwnLine {
    const { host } = this.parts;
    const { log, composer } = this.parts.contents;
    const line = log.own(
      content,
      cancel &&
        (() => {
          composer.focus(); // the button disappears, and would take the focus with it
          cancel();
        }),
    );
    return {
      ...line,
      sent: (message) => {
        const told = log.has(message.id);
        line.sent(message);
        if (!told) host.tell('message', { message, own: true });
      },
    };
  }

  read(messageId: string): void {
    this.parts.contents.log.read(messageId);
  }

  typing(name?: Say): void {
    this.parts.frame.draw({ typing: name });
  }

  opened(chat: Chat, rules: Rules): void {
    const { host } = this.parts;
    const { pages, log, composer } = this.parts.contents;
    pages.media = rules.media;
    log.opened();
    composer.opened(chat, rules);
    void this.parts.lookBack();
    host.tell('start', { chat });
  }

  edit(text: string): void {
    this.parts.contents.composer.edit(text);
  }

  alone(alone: boolean): void {
    this.parts.frame.draw({ alone });
  }

  expiring(text?: Say): void {
    const { frame } = this.parts;
    frame.draw({ expiring: text });
    if (text && frame.shown.stage === 'earlier') this.parts.show('talk');
  }

  ended(text: Say): void {
    const { frame, texts, host } = this.parts;
    const { log, composer, ending } = this.parts.contents;
    forget();
    log.ended();
    composer.ended();
    ending.begin();
    log.notice(text);
    frame.state(() => texts.say('ended'));
    frame.draw({ typing: undefined, alone: false, expiring: undefined });
    frame.agents([]);
    this.parts.show('ended');
    host.tell('end');
  }

  ticket(number: string): void {
    this.parts.contents.ending.ticket(number);
  }

  survey(url: string): void {
    const { contents, host } = this.parts;
    void contents.ending.survey(url, host.options().api);
  }
}
