// The chat window: a dialog in the corner of the page, or the whole screen on a phone. It shows the chat and takes input; what
// happens in the chat is in conversation.ts.

import type { Chat, Message } from '../index';
import { isolate } from '../src/ui/direction';
import { errorText } from '../src/ui/format';
import { tabEntry } from '../src/ui/storage';
import { Composer } from './composer';
import { find, on } from './elements';
import { Ending } from './ending';
import { Log } from './log';
import type { Acts, OwnLine, Rules, View } from './view';

type Stage = 'form' | 'talk' | 'ended';

const phone = matchMedia('(max-width: 519px)');
const minimised = tabEntry('demo.minimised');

export class ChatWindow implements View {
  private readonly panel = find('chat');
  private readonly launcher = find<HTMLButtonElement>('chat-open');
  private readonly form = find<HTMLFormElement>('chat-form');
  private readonly confirm = find('chat-confirm');
  private readonly alert = find('chat-problem');
  private readonly log = new Log({ isOpen: () => !this.panel.hidden, seen: (id) => this.acts.seen(id) });
  private readonly ending = new Ending();
  private readonly composer = new Composer({
    send: (text) => void this.acts.send(text),
    sendFile: (file) => void this.acts.sendFile(file),
    problem: (text) => this.problem(text),
  });
  private acts!: Acts;
  private stage: Stage = 'form';
  private status = '';
  private offline = '';

  /** Connects the buttons to what they do. */
  connect(acts: Acts): void {
    this.acts = acts;
    on('chat-open', () => this.open());
    on('chat-minimise', () => this.minimise());
    on('chat-close', () => this.ask(true));
    on('chat-close-cancel', () => this.ask(false));
    on('chat-close-confirm', () => void this.attempt(() => acts.close()));
    on('chat-search', () => void acts.search());
    on('chat-here', () => {
      // The button disappears, and would take the focus with it.
      this.composer.focus();
      void acts.send('I am still here.');
    });
    on('chat-save', () => void this.attempt(() => acts.save()));
    on('chat-again', () => this.show('form'));
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.start();
    });
    this.panel.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      if (this.confirm.hidden) this.minimise();
      else this.ask(false);
    });
    phone.addEventListener('change', () => this.coverPage());
  }

  /** Shows the window and puts the focus where the visitor goes on. */
  open(): void {
    this.panel.hidden = false;
    this.launcher.hidden = true;
    minimised.clear();
    this.coverPage();
    if (this.stage === 'form') this.acts.warmUp();
    this.show(this.stage);
    this.log.opened();
  }

  minimise(): void {
    this.panel.hidden = true;
    this.launcher.hidden = false;
    minimised.set('yes');
    this.coverPage();
    this.log.minimised();
    this.launcher.focus();
  }

  /** Shows the chat of an earlier page. A window that was minimised stays so. */
  resume(): void {
    this.stage = 'talk';
    if (!minimised.get()) this.open();
    else this.show('talk');
  }

  state(text: string): void {
    this.status = text;
    find('chat-state').textContent = this.offline || text;
  }

  /** Shows a text instead of the state, such as while the connection is lost; '' ends that. */
  connection(text: string): void {
    this.offline = text;
    this.state(this.status);
  }

  /** Shows above the messages what went wrong; '' removes it. */
  problem(text: string): void {
    this.alert.textContent = text;
  }

  notice(text: string): void {
    this.log.notice(text);
  }

  message(message: Message, from: string, unread: boolean): void {
    this.log.message(message, from, unread);
  }

  seen(messageId: string): void {
    this.log.seen(messageId);
  }

  own(content: string | File): OwnLine {
    return this.log.own(content);
  }

  read(messageId: string): void {
    this.log.read(messageId);
  }

  typing(name: string): void {
    find('chat-typing').hidden = name === '';
    find('chat-typing-name').textContent = name && `${isolate(name)} is writing`;
  }

  opened(chat: Chat, rules: Rules): void {
    this.log.live = true;
    this.composer.opened(chat, rules);
  }

  edit(text: string): void {
    this.composer.edit(text);
  }

  alone(alone: boolean): void {
    find('chat-alone').hidden = !alone;
  }

  expiring(text: string): void {
    find('chat-expiring').hidden = text === '';
    find('chat-expiring-text').textContent = text;
  }

  ended(text: string): void {
    this.log.live = false;
    this.composer.ended();
    this.ending.begin();
    this.notice(text);
    this.state('This chat has ended');
    this.typing('');
    this.alone(false);
    this.expiring('');
    this.show('ended');
  }

  ticket(number: string): void {
    this.ending.ticket(number);
  }

  survey(url: string): void {
    this.ending.survey(url);
  }

  private async start(): Promise<void> {
    const button = find<HTMLButtonElement>('chat-start');
    button.disabled = true;
    this.log.clear();
    await this.attempt(async () => {
      await this.acts.start(find<HTMLInputElement>('chat-name').value.trim());
      this.show('talk');
    });
    button.disabled = false;
    if (this.stage === 'form') this.state('');
  }

  private ask(asking: boolean): void {
    this.confirm.hidden = !asking;
    find(asking ? 'chat-close-cancel' : 'chat-close').focus();
  }

  /** Runs `act`, and shows why it failed. */
  private async attempt(act: () => Promise<void>): Promise<void> {
    this.problem('');
    try {
      await act();
    } catch (error) {
      this.problem(errorText(error));
    }
  }

  private show(stage: Stage): void {
    this.stage = stage;
    this.confirm.hidden = true;
    this.problem('');
    this.form.hidden = stage !== 'form';
    find('chat-talk').hidden = stage === 'form';
    find('chat-log').classList.toggle('ended', stage === 'ended');
    find('chat-composer').hidden = stage !== 'talk';
    find('chat-over').hidden = stage !== 'ended';
    find('chat-close').hidden = stage !== 'talk';
    if (stage === 'form') this.state('');
    if (this.panel.hidden) return;
    find({ form: 'chat-name', talk: 'chat-input', ended: 'chat-again' }[stage]).focus();
  }

  /** On a phone the window covers the page, which must not get the focus then. */
  private coverPage(): void {
    const covered = phone.matches && !this.panel.hidden;
    find('page').inert = covered;
    this.panel.setAttribute('aria-modal', String(covered));
    document.documentElement.classList.toggle('covered', covered);
  }
}
