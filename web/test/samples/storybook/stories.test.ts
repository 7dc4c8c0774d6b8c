// Runs the stories with their play functions in Vitest, as Storybook's portable stories.
import { readFile } from 'node:fs/promises';
import * as html from '@storybook/html/entry-preview';
import { composeStories, composeStory, setProjectAnnotations } from 'storybook/preview-api';
import { beforeAll, test } from 'vitest';
import * as stories from './tea-chat.stories';

const project = setProjectAnnotations([html as any]);
beforeAll(project.beforeAll);

const dist = new URL('.', import.meta.resolve('parley-chat/icf.sdk.js'));
const files = (name: string) => readFile(new URL(name, dist)).catch(() => undefined);

const composed: Record<string, any> = composeStories(stories as any, project, composeStory as any);
for (const [name, story] of Object.entries(composed)) {
  test(`story ${name}`, () => story.run({ args: { ...story.args, files } }), 30_000);
}
