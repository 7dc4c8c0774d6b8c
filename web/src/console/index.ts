// The agent console: one element that is the whole page. The SDK's script is loaded before it, as on any page.

import './icf';
import './app';
