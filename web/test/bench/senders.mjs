// Pages that send: with a chat that nobody else is in, and of the first build with the peers' clients too.

import { hasItsWorker } from './builds.mjs';
import * as people from './people.mjs';

/** Gives a contender for each way to send: its page holds the function under the name in `contenders`. */
export async function open({ browser, address, builds, peers }) {
  const { addresses, script } = await peers();
  const opened = [];
  for (const [i, build] of builds.entries()) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${address}?server=${build.server}`);
    await page.addScriptTag({ content: script });
    const visitor = await people.visitor(build.server);
    const { token } = await people.visitor(build.server);
    const names = await page.evaluate(
      async ([options, { id, token }, given]) => {
        await ICF.init(options);
        await ICF.Lobby.init({ id, token });
        const chat = await ICF.Chat.init({ room: '1', lang: 'en', source: '3' });
        return contend({ chat, ...given });
      },
      [build.options, visitor, { token, server: build.server, peers: i === 0 ? addresses : undefined }],
    );
    hasItsWorker(page, build);
    opened.push(...names.map((name) => ({ name, context, page, title: name === 'parley' ? build.title : name, build })));
  }
  return opened;
}
