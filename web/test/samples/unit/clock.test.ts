// A sample of docs/testkit.md: the fake server's time is that of Vitest's fake timers.
import { fakeServer } from 'parley-chat/testkit';
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => vi.useRealTimers());

test('fake timers move the server too', async () => {
  vi.useFakeTimers({ now: new Date('2030-01-01T00:00:00Z') });
  const server = fakeServer({ clock: 'system' });
  server.faults.delay(300, { to: 'client' });
  const answer = vi.fn();
  void fetch(`${server.url}/v1/users`, { method: 'POST', headers: { 'x-hyper-appId': 'demo' }, body: '{"name":"Ada"}' }).then(answer);
  await vi.advanceTimersByTimeAsync(299);
  expect(answer).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await vi.waitFor(() => expect(answer).toHaveBeenCalled());
  expect(server.clock.now()).toBeGreaterThanOrEqual(Date.UTC(2030, 0, 1, 0, 0, 0, 300));
  server.close();
});
