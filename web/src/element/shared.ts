// What the element's script hands over to extras.js, so that a page has each of these once: the texts of an element are said again
// by the module that has made it, and there is one `ICF`. build/shared.mjs reads the names here, and makes the imports of extras.js lead here.

import { ask, fetchBlob } from '../ui/api';
import { element, saying } from '../ui/element';
import { icon } from '../ui/icons';
import { find } from './elements';
import { MessageList } from './message-list';
import { agentName, me, senderOf } from './people';

export const shared = {
  api: { ask, fetchBlob },
  element: { element, saying },
  elements: { find },
  icons: { icon },
  'message-list': { MessageList },
  people: { agentName, me, senderOf },
};
