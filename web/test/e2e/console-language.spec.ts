// The console in its agent's language: all that is shown is said again, and a chat is answered in it.
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { usable } from './support/usable.ts';

test('an agent chooses German and then Arabic, and answers a chat', async ({ people, server, guard }) => {
  guard.allow(/401/u); // the wrong password
  const agent = await people.agent('agent1');
  const { page } = agent;
  const choose = async (lang: string) => {
    await page.getByTestId('account').click();
    await page.getByTestId('language').selectOption(lang);
    await expect(page.locator('html')).toHaveAttribute('lang', lang);
  };
  await choose('de');
  await expect(page.getByTestId('account-dialog')).toHaveAccessibleName('Ihr Konto');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('duty-state')).toHaveText('Verfügbar');
  const visitor = await restVisitor(server.url, { name: 'Ada' });
  await visitor.search();
  await page.getByRole('button', { name: 'Ada annehmen' }).click();
  await visitor.say('Hello, is <b>order 12</b> ready?');
  await agent.sees('Hello, is');
  await agent.say('Guten Tag');
  await expect(agent.pane().getByTestId('chat-input')).toHaveAccessibleName('Nachricht an Ada');
  await usable(page);

  await choose('ar');
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
  const dialog = page.getByTestId('account-dialog');
  await expect(dialog).toHaveAccessibleName('حسابك');
  await page.getByTestId('account-password').fill('wrong');
  await page.getByTestId('account-newPassword').fill('several words of mine');
  await page.getByTestId('password-change').click();
  await expect(page.getByTestId('account-error')).toHaveText('كلمة المرور غير صحيحة.');
  await usable(page);
  await page.keyboard.press('Escape');
  await visitor.close();
  const notice = agent.pane().locator('.notice').last();
  await expect(notice).toHaveText('أغلق الزائر \u2068Ada\u2069 المحادثة.');
  await usable(page);
  await page.reload();
  await expect(page.getByTestId('duty-state')).toHaveText('متاح');
  await choose('en');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('duty-state')).toHaveText('Available');
});
