// The pages of the documentation, in the order of the menu. Each is a file of docs/, without its ending.

export const sections = [
  { title: 'Begin', pages: ['start', 'element', 'pages', 'frameworks', 'recipes', 'moving'] },
  {
    title: 'Reference',
    pages: ['reference', 'errors', 'conformance', 'protocol/README', 'webhooks', 'known-users/README', 'connector/README'],
  },
  {
    title: 'Operate',
    pages: ['installing', 'supervisors', 'operating', 'backup', 'proxies', 'security-headers', 'privacy', 'threat-model'],
  },
  { title: 'Test and debug', pages: ['testkit', 'debugging', 'browsers'] },
  { title: 'How it works', pages: ['architecture', 'promise', 'performance', 'scale'] },
  {
    title: 'Decisions',
    pages: [
      'one-log-per-chat',
      'one-socket',
      'stored-sends',
      'http-fallback',
      'bye-frame',
      'json-on-the-wire',
      'nhooyr-websocket',
      'npm-package',
      'safejs',
      'server-packages',
    ].map((name) => `decisions/${name}`),
  },
];

/** The folder of a page's address below /docs/, with a slash at its end; the first page has the root. */
export function addressOf(page) {
  return page === sections[0].pages[0] ? '' : `${page.replace(/\/README$/, '')}/`;
}
