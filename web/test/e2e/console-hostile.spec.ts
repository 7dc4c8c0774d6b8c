// Whatever visitors and colleagues write is text in the console: names, details, messages, names of files.
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { png } from './support/png.ts';

const attack = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
const link = `<a href="javascript:document.title='owned'">click</a> javascript:document.title='owned'`;

test('HTML and scripts in names, details, messages and file names are shown as text', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, {
    name: `Eve ${attack}`,
    contact: link,
    extraInfo: { page: link, [attack]: attack, deep: { attack } },
  });
  await visitor.say(attack);
  await visitor.say(link);
  await visitor.search();
  await expect(agent.invitations).toContainText(attack);
  await agent.accept();
  for (const text of [attack, link]) await expect(agent.pane().locator('.bubble').filter({ hasText: text })).toHaveCount(1);
  await visitor.send(`"><img src=x onerror=document.title='owned'>.txt`, 'text/plain', attack);
  await visitor.send(`' onerror='document.title=1.png`, 'image/png', png());
  await expect(agent.pane().getByTestId('media')).toHaveCount(2);
  await expect(agent.pane().locator('.picture img')).toHaveCount(1);
  await agent.page.getByTestId('details-toggle').click();
  const details = agent.page.getByTestId('details');
  await expect(details).toContainText(`Eve ${attack}`);
  await expect(details).toContainText(link);
  await expect(details.locator('img, script, a')).toHaveCount(0);
  await expect(agent.page.locator('parley-console a, parley-console script, parley-console [onerror]')).toHaveCount(0);
  await agent.say(`<b>from the agent</b> ${link}`);
  expect(await agent.page.title()).toContain('Parley console');
});

test('a picture that could run is no picture: SVG is not even taken', async ({ server }) => {
  const visitor = await restVisitor(server.url);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg"><script>document.title='owned'</script></svg>`;
  await expect(visitor.send('logo.svg', 'image/svg+xml', svg)).rejects.toMatchObject({ code: 403 });
  await expect(visitor.send('logo.png', 'image/svg+xml', svg)).rejects.toMatchObject({ code: 403 });
  await expect(visitor.send('logo.png', 'image/png', svg)).rejects.toMatchObject({ code: 403 });
});
