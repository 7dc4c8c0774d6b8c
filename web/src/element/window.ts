// The chat window: a dialog in the corner of the page, or the whole screen on a phone. It shows the chat and takes input; what
// happens in the chat is in conversation.ts.

import { render } from 'lit/html.js';
import type { Chat, Message, ParleyEvents } from '../../index';
import { sayAgain } from '../ui/element';
import { icf } from '../ui/icf';
import { tabEntry } from '../ui/storage';
import { Composer } from './composer';
import { Earlier } from './earlier';
import { find } from './elements';
import { Ending } from './ending';
import type { Visitor } from './fields';
import type { Host } from './host';
import { forget } from './kept';
import { listening } from './listening';
import { Log } from './log';
import { Pages } from './pages';
import { Panel } from './panel';
import { first, type Problems, read } from './pre-chat';
import { type Gestures, nothing, type Shown, type Stage, shell, unshown } from './shell';
import { SupportChat } from './support-chat';
import { Teaser } from './teaser';
import type { Texts } from './texts';
import type { OwnLine, Rules, Say, Sender, View } from './view';

/** Where the focus goes. */
const places = { talk: 'chat-input', ended: 'chat-again', earlier: 'chat-back' };

const minimised = tabEntry('parley.minimised');

export class ChatWindow implements View {
  readonly chat: SupportChat;
  unread = 0;
  private readonly log: Log;
  private readonly ending: Ending;
  private readonly earlier: Earlier;
  private readonly composer: Composer;
  private readonly panel: Panel;
  readonly pages: Pages;
  private readonly end = new AbortController();
  private readonly teaser = new Teaser(
    () => !this.end.signal.aborted && !this.shown.open && !this.chat.chat,
    (teaser) => this.draw({ teaser }),
  );
  private status: Say = nothing;
  private offline: Say | undefined;
  private listens = false;
  private readonly shown = unshown();

  constructor(
    private readonly root: ShadowRoot,
    private readonly host: Host,
    private readonly texts: Texts,
  ) {
    this.draw();
    this.chat = new SupportChat(() => host.options(), this, texts);
    this.panel = new Panel(root, this.end.signal);
    this.log = new Log(
      root,
      texts,
      {
        isOpen: () => this.shown.open,
        open: () => this.open(),
        seen: (id) => this.chat.seen(id),
        choose: (text) => void this.chat.send(text),
        unread: (count) => this.counted(count),
      },
      this.end.signal,
    );
    this.ending = new Ending(root, texts);
    this.earlier = new Earlier(root, texts);
    this.composer = new Composer(
      root,
      texts,
      {
        send: (text) => void this.chat.send(text),
        sendFile: (file) => void this.chat.sendFile(file),
        problem: (text) => this.problem(text),
      },
      this.end.signal,
    );
    this.pages = new Pages(
      this.chat,
      this.log,
      this.composer,
      {
        appId: () => host.options().appId,
        unread: () => this.unread,
        state: () => this.status(),
        expect: (state) => {
          this.status = state;
          this.shown.still = true;
        },
        found: () => this.resume(!minimised.get()),
        lost: () => {
          this.show('form');
          this.state(() => texts.say('ended.other'));
        },
        failed: (error) => this.failed(error),
      },
      this.end.signal,
    );
  }

  /** Draws anew what has changed, also texts and attributes. */
  draw(more: Partial<Shown> = {}): void {
    const { host } = this;
    Object.assign(this.shown, more, {
      heading: host.heading(),
      fields: host.fields(),
      consent: host.consent(),
      settled: host.settled(),
      closed: host.closed(),
      state: this.offline ?? this.status,
    });
    render(shell(this.shown, this.texts, this.gestures), this.root);
  }

  /** Says everything again: the language is another one, or the page has texts of its own. */
  translated(): void {
    this.draw();
    sayAgain(this.root);
    this.log.translated();
    this.composer.translated();
  }

  /** Plans the invitation beside the launcher. */
  tease(): void {
    this.teaser.plan(this.host.teaser());
  }

  /** It is known what the app has set about the form. */
  settled(): void {
    this.draw();
    if (this.shown.open) this.lookBack();
    if (this.shown.open && this.shown.stage === 'form' && this.root.activeElement?.id === 'chat-minimise') this.begin();
  }

  /** Shows the window and puts the focus where the visitor goes on. */
  open(): void {
    if (this.shown.open) return;
    minimised.clear();
    this.draw({ open: true, teaser: '' });
    this.panel.show();
    this.show(this.shown.stage);
    this.log.shown();
    this.host.opened(true);
  }

  minimise(): void {
    if (!this.shown.open) return;
    minimised.set('yes');
    this.panel.close();
    this.draw({ open: false, still: false });
    this.log.minimised();
    find(this.root, 'chat-open').focus();
    this.host.opened(false);
  }

  /** The element stands somewhere else on the page. */
  moved(): void {
    if (this.shown.open) this.panel.again();
  }

  /** The element is gone for good. The chat goes on. */
  leave(): void {
    this.pages.keep();
    this.panel.close();
    this.teaser.stop();
    this.chat.leave();
    this.end.abort();
    render(null, this.root);
  }

  /** Begins a chat; the form's button does it. */
  async start(visitor: Visitor): Promise<void> {
    this.draw({ starting: true, problems: new Map() });
    this.log.clear();
    await this.attempt(async () => {
      await this.chat.start(visitor);
      this.show('talk');
    });
    if (this.shown.stage === 'form') this.status = nothing;
    this.draw({ starting: false });
  }

  ready(): void {
    if (this.listens) return;
    this.listens = true;
    listening(icf.Parley, this.end.signal)
      .on('connection', ({ state }: ParleyEvents['connection']) => {
        if (state === 'waiting') this.connection(() => this.texts.say('reconnecting'));
        if (state === 'open' || state === 'closed') this.connection();
      })
      .on('error', (error) => this.failed(error))
      .on('fatal', () => this.problem(() => this.texts.say('fatal')));
  }

  joined(): void {
    this.resume(false);
  }

  state(text: Say): void {
    this.status = text;
    this.draw();
  }

  notice(text: Say): void {
    this.log.notice(text);
  }

  message(message: Message, from: Sender | undefined, unread: boolean): void {
    const fresh = this.log.message(message, from, unread);
    if (fresh && this.log.live) this.host.tell('message', { message, own: !from });
  }

  seen(messageId: string): void {
    this.log.seen(messageId);
  }

  own(content: string | File, cancel?: () => void): OwnLine {
    const line = this.log.own(
      content,
      cancel &&
        (() => {
          this.composer.focus(); // the button disappears, and would take the focus with it
          cancel();
        }),
    );
    return {
      ...line,
      sent: (message) => {
        const told = this.log.has(message.id);
        line.sent(message);
        if (!told) this.host.tell('message', { message, own: true });
      },
    };
  }

  read(messageId: string): void {
    this.log.read(messageId);
  }

  typing(name?: Say): void {
    this.draw({ typing: name });
  }

  opened(chat: Chat, rules: Rules): void {
    this.pages.media = rules.media;
    this.log.opened();
    this.composer.opened(chat, rules);
    this.host.tell('start', { chat });
  }

  edit(text: string): void {
    this.composer.edit(text);
  }

  alone(alone: boolean): void {
    this.draw({ alone });
  }

  expiring(text?: Say): void {
    this.draw({ expiring: text });
  }

  ended(text: Say): void {
    forget();
    this.log.live = false;
    this.composer.ended();
    this.ending.begin();
    this.notice(text);
    this.status = () => this.texts.say('ended');
    this.draw({ typing: undefined, alone: false, expiring: undefined });
    this.show('ended');
    this.host.tell('end');
  }

  ticket(number: string): void {
    this.ending.ticket(number);
  }

  survey(url: string): void {
    this.ending.survey(url, this.host.options().api);
  }

  private readonly gestures: Gestures = {
    near: () => this.warmUp(),
    open: () => this.open(),
    minimise: () => this.minimise(),
    dismiss: () => {
      this.draw({ teaser: '' });
      find(this.root, 'chat-open').focus();
    },
    ask: (asking) => this.confirm(asking),
    end: () => void this.attempt(() => this.chat.close()),
    start: (event) => {
      event.preventDefault();
      const form = find(this.root, 'chat-form');
      const answers = read(form, this.shown.fields, this.shown.consent !== undefined);
      if (!(answers instanceof Map)) return void this.start(answers as Visitor);
      this.draw({ problems: answers as Problems });
      first(form)?.focus();
    },
    answer: (name) => {
      const { problems } = this.shown;
      this.draw({ problems: new Map([...problems].filter(([one]) => one !== name)) });
    },
    search: () => void this.chat.search(),
    here: () => {
      this.composer.focus(); // the button disappears
      void this.chat.send(this.texts.say('here.said'));
    },
    save: () => void this.attempt(() => this.chat.save()),
    again: () => this.show('form'),
    earlier: () => {
      this.earlier.list();
      this.show('earlier');
    },
    back: () => (this.earlier.back() ? this.draw() : this.show('form')),
    key: (event) => {
      if (event.key !== 'Escape') return;
      if (this.shown.asking) this.confirm(false);
      else this.minimise();
    },
  };

  /** Loads what a chat needs, before it is wanted. A failure is shown when it is. */
  private warmUp(): void {
    this.chat.warmUp().catch(() => {});
  }

  private resume(open: boolean): void {
    if (open && !this.shown.open) {
      this.shown.stage = 'talk';
      this.open();
    } else this.show('talk');
  }

  private counted(count: number): void {
    if (count === this.unread) return;
    this.unread = count;
    this.host.tell('unread', { count });
  }

  private confirm(asking: boolean): void {
    this.draw({ asking });
    find(this.root, asking ? 'chat-close-cancel' : 'chat-close').focus();
  }

  /** Shows a text instead of the state while the connection is lost; without one that is over. */
  private connection(text?: Say): void {
    this.offline = text;
    this.draw();
  }

  /** Shows above the messages what went wrong; without a text nothing does. */
  private problem(text = nothing): void {
    this.draw({ problem: text });
  }

  private failed(error: unknown): void {
    this.problem(this.texts.error(error));
    this.host.tell('error', { error });
  }

  /** Runs `act`, and shows why it failed. */
  private async attempt(act: () => Promise<void>): Promise<void> {
    this.problem();
    try {
      await act();
    } catch (error) {
      this.failed(error);
    }
  }

  /** Offers a known user their earlier conversations, if there are any. */
  private lookBack(): void {
    if (!this.host.looksBack()) return;
    const found = this.chat.warmUp().then(() => this.earlier.find());
    found.then((past) => this.draw({ past })).catch((error: unknown) => console.warn(error));
  }

  /** Puts the focus where the form begins, as soon as that is known. */
  private begin(): void {
    this.warmUp();
    this.lookBack();
    this.host.settle();
    (first(find(this.root, 'chat-form')) ?? find(this.root, 'chat-minimise')).focus();
  }

  private show(stage: Stage): void {
    if (stage === 'form') this.status = nothing;
    this.draw({ stage, asking: false, problem: nothing });
    if (!this.shown.open) return;
    if (stage === 'form') this.begin();
    else find(this.root, places[stage]).focus();
  }
}
