// A sample of docs/testkit.md: a story whose play function is a conversation with the fake server.
import type { Meta, StoryObj } from '@storybook/html-vite';
import { ICF } from 'parley-chat';
import { type FakeServer, fakeServer } from 'parley-chat/testkit';
import { expect, userEvent, waitFor, within } from 'storybook/test';
import { teaChat } from '../unit/tea-chat';

interface Args {
  /** What the shop answers. */
  answer: string;
  /** In Node: what serves the core's file. A browser finds it by itself. */
  files?: (name: string) => Promise<Uint8Array | undefined>;
}

let server: FakeServer | undefined;

const meta: Meta<Args> = {
  title: 'Tea chat',
  beforeEach: () => async () => {
    await ICF.Lobby.close();
    server?.close();
  },
  render: ({ answer, files }) => {
    // The clock of the system, so that the answer comes to whoever looks at the story.
    server = fakeServer({ agents: ['Grace'], settings: { rooms: ['tea'] }, clock: 'system', ...(files && { files }) });
    server.agent('Grace').answers(true, answer, { after: 100, typing: 300 });
    const root = document.createElement('div');
    teaChat(root, ICF, { server: server.url, ...(files && { baseURL: `${server.url}/sdk/1/` }) });
    return root;
  },
};

export default meta;

export const Answered: StoryObj<Args> = {
  args: { answer: 'Yes, from Uji.' },
  play: async ({ canvasElement }) => {
    const canvas = within(canvasElement);
    await userEvent.click(canvas.getByRole('button', { name: 'Ask us' }));
    await server!.until('the agent is there', () => server!.chats[0]?.users.includes('Grace'), { within: 20_000 });
    await userEvent.type(canvas.getByLabelText('Your message'), 'Green tea?{Enter}');
    await server!.expectMessage('Green tea?', { from: 'visitor' });
    await waitFor(() => expect(canvas.getByText('Shop: Yes, from Uji.')).toBeTruthy(), { timeout: 10_000 });
  },
};
