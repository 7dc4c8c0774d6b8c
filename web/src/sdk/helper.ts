// What pages need beside the chat: reporting that the user types, and saving files and
// conversations.

import type * as Public from '../../index';
import * as args from '../shared/args';
import { guarded, refused } from '../shared/errors';
import type { Core } from './core';
import { monitor } from './monitor';
import { save } from './save';

const formats = ['text', 'json', 'csv'] as const;

export class Helper implements Public.Helper {
  readonly monitorUserActivity: Public.Helper['monitorUserActivity'];
  readonly downloadMedia: Public.Helper['downloadMedia'];
  readonly downloadConversation: Public.Helper['downloadConversation'];

  constructor(core: () => Pick<Core, 'download'>, logged: () => boolean) {
    this.monitorUserActivity = (inputElement, chat, intervalTime, noChangeMax) => {
      try {
        monitor(inputElement, chat, intervalTime, noChangeMax, () => !logged());
      } catch (thrown) {
        throw refused(thrown);
      }
    };

    this.downloadMedia = (file) =>
      guarded(async () => {
        const { url, name } = args.object('file', file);
        const path = args.text('file.url', url);
        const called = args.optText('file.name', name) || path.replace(/.*\//, '');
        const content = await core().download(path);
        save(content, called);
        return content;
      });

    this.downloadConversation = (chatId, props, requestData) =>
      guarded(async () => {
        const id = args.text('chatId', chatId);
        const { download: saved, format, ticketId } = args.optObject('props', props) ?? {};
        const kind = args.oneOf('props.format', format ?? 'text', formats);
        const name = args.optLabel('props.ticketId', ticketId) ?? id;
        const wanted = args.optBoolean('props.download', saved) ?? true;
        const token = args.optText('requestData.token', args.optObject('requestData', requestData)?.token);
        const content = await core().download(`/chats/${encodeURIComponent(id)}/history.${kind}`, token);
        if (wanted) save(content, `conversation-${name}.${kind === 'text' ? 'txt' : kind}`);
        const text = await content.text();
        return kind === 'json' ? JSON.parse(text) : text;
      });
  }
}
