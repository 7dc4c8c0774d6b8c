// Pages whose user was here before: their chats come back with ICF.init.

import { visit } from './starts.mjs';

/** Gives a contender for each build, for whose server `grow` gives a user. */
export async function open({ browser, address, builds }, grow) {
  const opened = [];
  for (const build of builds) {
    const user = await grow(build.server);
    const contender = { title: build.title, build, address, context: await browser.newContext(), user };
    // A page that logs them in and goes; the session stays.
    await visit(contender, {
      look: async (page, work) => {
        await work();
        await page.evaluate((user) => ICF.Lobby.init(user), { id: user.id, token: user.token });
      },
    });
    opened.push(contender);
  }
  return opened;
}

/** Visits the page, where `look` gets what a visit does. All that the user had must be there then. */
export const restore = (contender, look) =>
  visit(contender, {
    look: async (page, work) => {
      const found = await look(page, work);
      const histories = await page.evaluate(() => Object.values(ICF.Lobby.chats).map(({ history }) => history.length));
      const entries = histories.reduce((sum, length) => sum + length, 0);
      const { user } = contender;
      if (histories.length < user.chats || entries < user.entries)
        throw new Error(`${entries} entries in ${histories.length} chats came back, not ${user.entries} in ${user.chats}`);
      return found;
    },
  });
