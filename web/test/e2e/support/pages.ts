// What a person does on our two pages, in their own words.
import { expect, type Locator, type Page } from '@playwright/test';
import { type ChosenFile, give, type PageFile } from './files.ts';

/** A visitor at the demo page. */
export class Visitor {
  constructor(readonly page: Page) {}

  get state(): Locator {
    return this.page.getByTestId('chat-state');
  }

  get log(): Locator {
    return this.page.getByTestId('chat-log');
  }

  get messages(): Locator {
    return this.log.getByTestId('chat-message');
  }

  get typing(): Locator {
    return this.page.getByTestId('chat-typing');
  }

  message(text: string): Locator {
    return this.messages.filter({ hasText: text });
  }

  async visit(): Promise<this> {
    await this.page.goto('demo/');
    return this;
  }

  /** Opens the chat window and starts a chat. */
  async start(name: string): Promise<void> {
    await this.page.getByTestId('chat-open').click();
    await this.page.getByTestId('chat-name').fill(name);
    await this.page.getByTestId('chat-start').click();
    await expect(this.page.getByTestId('chat-input')).toBeVisible();
  }

  async say(text: string): Promise<void> {
    await this.page.getByTestId('chat-input').fill(text);
    await this.page.getByTestId('chat-send').click();
    await expect(this.message(text)).toBeVisible();
  }

  /** Types without sending. */
  async type(text: string): Promise<void> {
    await this.page.getByTestId('chat-input').pressSequentially(text);
  }

  async sees(text: string): Promise<void> {
    await expect(this.message(text)).toBeVisible();
  }

  /** Chooses files in the file dialog. */
  async attach(...files: ChosenFile[]): Promise<void> {
    await this.page.getByTestId('chat-file').setInputFiles(files);
  }

  /** Drops a file onto the messages, or pastes it into the input. */
  async give(how: 'drop' | 'paste', file: PageFile): Promise<void> {
    await give(how === 'drop' ? this.log : this.page.getByTestId('chat-input'), how, file);
  }

  async close(): Promise<void> {
    await this.page.getByTestId('chat-close').click();
    await this.page.getByTestId('chat-close-confirm').click();
  }
}

/** An agent at the console. */
export class Agent {
  constructor(readonly page: Page) {}

  get invitations(): Locator {
    return this.page.getByTestId('invitation');
  }

  get chats(): Locator {
    return this.page.getByTestId('chat-list-item');
  }

  /** Chats of the waiting list. */
  get waiting(): Locator {
    return this.page.getByTestId('waiting-chat');
  }

  /** A message of the chat that is shown. */
  message(text: string, pane = this.pane()): Locator {
    return pane.getByTestId('chat-message').filter({ hasText: text });
  }

  /** Turns to one of the lists. */
  async list(name: 'own' | 'waiting' | 'active' | 'closed'): Promise<void> {
    await this.page.getByTestId(`tab-${name}`).click();
  }

  /** Chooses files in the file dialog of the chat that is shown. */
  async attach(...files: ChosenFile[]): Promise<void> {
    await this.pane().getByTestId('chat-file').setInputFiles(files);
  }

  /** Drops a file onto the chat that is shown, or pastes it into the input. */
  async give(how: 'drop' | 'paste', file: PageFile): Promise<void> {
    await give(how === 'drop' ? this.pane() : this.pane().getByTestId('chat-input'), how, file);
  }

  /** The chat that is shown; with several side by side, the one that holds `text`. */
  pane(text?: string): Locator {
    const panes = this.page.getByTestId('chat-pane');
    return text === undefined ? panes.first() : panes.filter({ hasText: text });
  }

  async visit(): Promise<this> {
    await this.page.goto('console/');
    return this;
  }

  async login(user = 'agent1', password = 'demo', app = 'demo'): Promise<void> {
    await this.page.getByTestId('login-app').fill(app);
    await this.page.getByTestId('login-user').fill(user);
    await this.page.getByTestId('login-password').fill(password);
    await this.page.getByTestId('login-submit').click();
    await expect(this.page.getByTestId('duty-toggle')).toBeVisible();
  }

  /** Goes on duty; the toggle is pressed only when it stands the other way. */
  async goOnDuty(): Promise<void> {
    const state = this.page.getByTestId('duty-state');
    if ((await state.innerText()).trim() !== 'Available') await this.page.getByTestId('duty-toggle').click();
    await expect(state).toHaveText('Available');
  }

  /** Logs in and goes on duty. */
  async begin(user = 'agent1'): Promise<this> {
    await this.visit();
    await this.login(user);
    await this.goOnDuty();
    return this;
  }

  /** Accepts the invitation that mentions `text`, or the only one. */
  async accept(text = ''): Promise<void> {
    await this.invitations.filter({ hasText: text }).getByTestId('invitation-accept').click();
  }

  async reject(text = ''): Promise<void> {
    await this.invitations.filter({ hasText: text }).getByTestId('invitation-reject').click();
  }

  /** Hands the chat that is shown over, to whom typing this finds. */
  async transfer(typed: string): Promise<void> {
    await this.page.getByTestId('chat-transfer').click();
    await this.page.getByTestId('transfer-search').fill(typed);
    await this.page.getByTestId('transfer-target').filter({ hasText: typed }).getByRole('radio').check();
    await this.page.getByTestId('transfer-confirm').click();
    await expect(this.page.getByTestId('transfer-dialog')).toHaveCount(0);
  }

  async say(text: string, pane = this.pane()): Promise<void> {
    await pane.getByTestId('chat-input').fill(text);
    await pane.getByTestId('chat-send').click();
    await expect(pane.getByTestId('chat-message').filter({ hasText: text })).toBeVisible();
  }

  async type(text: string, pane = this.pane()): Promise<void> {
    await pane.getByTestId('chat-input').pressSequentially(text);
  }

  async sees(text: string, pane = this.pane()): Promise<void> {
    await expect(pane.getByTestId('chat-message').filter({ hasText: text })).toBeVisible();
  }

  async close(pane = this.pane()): Promise<void> {
    await pane.getByTestId('chat-close').click();
    await pane.getByTestId('chat-close-confirm').click();
  }
}
