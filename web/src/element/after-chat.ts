// What follows a chat: its ticket, the conversation to keep, a survey, and leaving.

import type { LobbyEvents } from '../../index';
import { icf } from '../ui/icf';
import { isKnown } from './people';
import type { View } from './view';

/** The server makes the ticket within two seconds; the rest is for the network. */
const ticketMs = 5_000;

export type Ticket = LobbyEvents['system:info']['data'];

export class AfterChat {
  /** Gives the conversation also after the session has ended. */
  private readonly token = icf.Connection.getToken();
  private readonly timer = setTimeout(() => void this.leave(), ticketMs);
  private number: string | undefined;
  private left = false;

  constructor(
    private readonly chatId: string,
    private readonly surveyId: string | undefined,
    private readonly view: View,
    ticket: Ticket | undefined,
  ) {
    icf.Lobby.addEventListener('system:info', this.info);
    if (ticket) this.info({ chatId, data: ticket });
  }

  /** Ends the session, unless it is that of a known user: the site has begun it, and ends it. */
  async leave(): Promise<void> {
    clearTimeout(this.timer);
    if (this.left) return;
    this.left = true;
    icf.Lobby.removeListener('system:info', this.info);
    if (!isKnown()) await icf.Lobby.close();
  }

  /** Saves the conversation as a file. */
  async save(): Promise<void> {
    await icf.Helper.downloadConversation(this.chatId, { ticketId: this.number ?? this.chatId }, { token: this.token });
  }

  private readonly info = ({ chatId, data: { ticketId, ticketNumber } }: Pick<LobbyEvents['system:info'], 'chatId' | 'data'>): void => {
    if (chatId !== this.chatId || !ticketId || this.number || this.left) return;
    clearTimeout(this.timer);
    this.number = ticketNumber ?? ticketId;
    this.view.ticket(this.number);
    void this.ask(ticketId).finally(() => this.leave());
  };

  /** Shows the survey. If there is none, the visitor misses nothing. */
  private async ask(ticketId: string): Promise<void> {
    if (!this.surveyId) return;
    try {
      const { data } = await icf.Api.request(`/surveys/${this.surveyId}`, 'GET', { sourceType: 'ticket', sourceId: ticketId });
      if (!this.left) this.view.survey(data.survey.url);
    } catch (error) {
      console.warn('There is no survey.', error);
    }
  }
}
