// The colour scheme of Firefox's pages, which its WebDriver BiDi cannot set yet: the browser's own scripts can, for each
// page that opens in a profile that asked for one.

/** Plays `emulation.setMediaFeaturesOverride`; `command` sends one to Firefox and gives its result. */
export function colours(command) {
  const dark = new Set(); // the profiles that are; a headless Firefox is light by itself
  let browserWindow;

  const give = async (page, scheme) => {
    browserWindow ??= command('browsingContext.getTree', { 'moz:scope': 'chrome', maxDepth: 0 });
    const [{ context }] = (await browserWindow).contexts;
    const { exceptionDetails } = await command('script.evaluate', {
      expression: `ChromeUtils.importESModule('chrome://remote/content/shared/NavigableManager.sys.mjs')
        .NavigableManager.getBrowsingContextById(${JSON.stringify(page)}).prefersColorSchemeOverride = ${JSON.stringify(scheme)}`,
      target: { context },
      awaitPromise: false,
    });
    if (exceptionDetails) throw new Error(`Firefox cannot give a page its colours: ${exceptionDetails.text}`);
  };

  return {
    /** Does what the command says. */
    async set({ features, userContexts = [], contexts = [] }) {
      const scheme = features['prefers-color-scheme'];
      for (const profile of userContexts) {
        if (scheme === 'dark') dark.add(profile);
        else dark.delete(profile);
      }
      for (const page of contexts) await give(page, scheme ?? 'none');
    },
    /** Gives a page that has opened, and is empty yet, the scheme of its profile. */
    async opened({ context, parent, userContext }) {
      if (dark.has(userContext) && !parent) await give(context, 'dark');
    },
  };
}
