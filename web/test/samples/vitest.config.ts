import { defineConfig } from 'vitest/config';

// The package's build for pages, not the one for servers: jsdom and happy-dom are pages in Node.
const page = {
  resolve: { conditions: ['browser', 'module', 'development', 'import', 'default'] },
  ssr: { resolve: { conditions: ['browser', 'module', 'development', 'import', 'default'] } },
};

const project = (environment: 'jsdom' | 'happy-dom') => ({
  ...page,
  test: {
    name: environment,
    environment,
    include: ['unit/*.test.ts', 'storybook/*.test.ts'],
    server: { deps: { inline: ['parley-chat'] } },
  },
});

export default defineConfig({ test: { projects: [project('jsdom'), project('happy-dom')] } });
