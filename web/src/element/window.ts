// The chat window: a dialog in the corner of the page, or the whole screen on a phone. It is opened and minimised here; what is in
// it is in contents.ts, what happens in the chat is in chat-view.ts, what the visitor does in gestures.ts.

import { sayAgain } from '../ui/element';
import { tabEntry } from '../ui/storage';
import { ChatView } from './chat-view';
import { Contents } from './contents';
import { find } from './elements';
import { loadExtras } from './extras-loader';
import type { Visitor } from './fields';
import { Frame } from './frame';
import { gesturesOn } from './gestures';
import type { Host } from './host';
import { isKnown } from './people';
import { first } from './pre-chat';
import { nothing, type Stage } from './shown';
import type { EarlierChats } from './source';
import { SupportChat } from './support-chat';
import { Teaser } from './teaser';
import type { Texts } from './texts';

/** Where the focus goes. */
const places = { talk: 'chat-input', ended: 'chat-again', earlier: 'chat-back' };

const minimised = tabEntry('parley.minimised');

export class ChatWindow {
  unread = 0;
  readonly end = new AbortController();
  readonly frame: Frame;
  readonly chat: SupportChat;
  private made: Contents | undefined;
  private readonly teaser: Teaser;
  private earlier: EarlierChats | undefined;
  /** What was shown before the earlier chats. */
  private before: Stage = 'form';

  constructor(
    readonly root: ShadowRoot,
    readonly host: Host,
    readonly texts: Texts,
  ) {
    const frame = new Frame(root, host, texts, gesturesOn(this));
    this.frame = frame;
    this.chat = new SupportChat(() => host.options(), new ChatView(this), texts);
    this.teaser = new Teaser(
      () => !this.end.signal.aborted && !frame.shown.open && !this.chat.chat,
      (teaser) => frame.draw({ teaser }),
    );
  }

  /** What the window has in it: made now, unless it is there. */
  get contents(): Contents {
    this.made ??= new Contents(this);
    return this.made;
  }

  /** Says everything again: the language is another one, or the page has texts of its own. */
  translated(): void {
    this.frame.draw();
    sayAgain(this.root);
    this.made?.log.translated();
    this.made?.composer.translated();
  }

  /** Plans the invitation beside the launcher. */
  tease(): void {
    this.teaser.plan(this.host.teaser());
  }

  /** It is known what the app has set about the form. */
  settled(): void {
    const { frame, root } = this;
    frame.draw();
    if (!frame.shown.open) return;
    void this.lookBack();
    if (frame.shown.stage === 'form' && root.activeElement?.id === 'chat-minimise') this.begin();
  }

  /** Shows the window and puts the focus where the visitor goes on. */
  open(): void {
    const { frame } = this;
    if (frame.shown.open) return;
    const { panel, log } = this.contents;
    minimised.clear();
    frame.draw({ open: true, teaser: '' });
    panel.show();
    this.show(frame.shown.stage);
    if (frame.shown.stage !== 'form') void this.lookBack();
    log.shown();
    this.host.opened(true);
  }

  minimise(): void {
    if (!this.frame.shown.open) return;
    const { panel, log } = this.contents;
    minimised.set('yes');
    panel.close();
    this.frame.draw({ open: false, still: false });
    log.minimised();
    find(this.root, 'chat-open').focus();
    this.host.opened(false);
  }

  /** The element stands somewhere else on the page. */
  moved(): void {
    if (this.frame.shown.open) this.contents.panel.again();
  }

  /** The element is gone for good. The chat goes on. */
  leave(): void {
    this.made?.pages.keep();
    this.made?.panel.close();
    this.teaser.stop();
    this.chat.leave();
    this.end.abort();
    this.frame.clear();
  }

  /** Begins a chat; the form's button does it. */
  async start(visitor: Visitor): Promise<void> {
    const { frame } = this;
    frame.draw({ starting: true, problems: new Map() });
    this.contents.log.clear();
    await frame.attempt(async () => {
      await this.chat.start(visitor);
      if (this.chat.chat) this.show('talk');
    });
    if (frame.shown.stage === 'form') frame.state(nothing);
    frame.draw({ starting: false });
  }

  /** Goes on with the chat of an earlier page, or of another element. */
  async restore(): Promise<void> {
    await this.contents.pages.restore();
  }

  found(): void {
    this.resume(!minimised.get());
  }

  /** Goes on with a chat. */
  resume(open: boolean): void {
    if (open && !this.frame.shown.open) {
      this.frame.shown.stage = 'talk';
      this.open();
    } else this.show('talk');
  }

  /** Makes the window, and loads what a chat needs, before it is wanted. A failure is shown when it is. */
  warmUp(): void {
    void this.contents;
    this.chat.warmUp().catch(() => {});
  }

  /** Shows the list of earlier chats. */
  listEarlier(): void {
    this.before = this.frame.shown.stage;
    this.earlier?.list();
    this.show('earlier');
  }

  /** Goes back from an earlier chat to their list, and from there to what was shown before. */
  back(): void {
    if (!this.earlier?.back()) this.endEarlier();
  }

  /** The visitor wants to see what has come. */
  called(): void {
    if (this.frame.shown.stage === 'earlier') this.endEarlier();
    this.open();
  }

  show(stage: Stage): void {
    this.frame.stage(stage);
    if (!this.frame.shown.open) return;
    if (stage === 'form') this.begin();
    else find(this.root, places[stage]).focus();
  }

  counted(count: number): void {
    if (count === this.unread) return;
    this.unread = count;
    const { frame } = this;
    frame.shown.unread = count;
    if (frame.shown.stage === 'earlier') frame.draw(); // which alone shows it
    this.host.tell('unread', { count });
  }

  /** Offers a known user their earlier conversations, if there are any, while the window is open. */
  async lookBack(): Promise<void> {
    if (!this.host.looksBack() || !this.frame.shown.open) return;
    try {
      await this.chat.warmUp();
      const past = isKnown() && (await this.findEarlier());
      if (!this.end.signal.aborted) this.frame.draw({ past });
    } catch (error) {
      console.warn(error);
    }
  }

  private async findEarlier(): Promise<boolean> {
    const { Earlier } = await loadExtras();
    this.earlier ??= new Earlier(this.root, this.texts);
    return this.earlier.find();
  }

  private endEarlier(): void {
    this.show(this.before);
    this.contents.log.shown();
  }

  /** Puts the focus where the form begins, as soon as that is known. */
  private begin(): void {
    this.warmUp();
    void this.lookBack();
    this.host.settle();
    (first(find(this.root, 'chat-form')) ?? find(this.root, 'chat-minimise')).focus();
  }
}
