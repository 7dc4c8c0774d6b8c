// The agent console: one element that holds the page. It is loaded after the SDK's script, as on any customer's page.

import './app';
