// The figures of pages in which the chat begins and ends many times: `make figures`, or alone
//   cd web && LIVES=1000 npx playwright test --project=figures lives.spec.ts
import { takeCensus } from '../e2e/support/census.ts';
import { test } from '../e2e/support/fixtures.ts';
import { type Held, held, live } from '../e2e/support/lives.ts';

const lives = Number(process.env.LIVES ?? 300);
const steps = 10;

test.setTimeout(1_800_000);

test('lives', async ({ sdk, context }) => {
  const page = await context.newPage();
  await takeCensus(page);
  await sdk({ page });
  const devtools = await context.newCDPSession(page);
  const rows: ({ life: number } & Held)[] = [];
  const look = async (life: number) => rows.push({ life, ...(await held(page, devtools)) });
  await look(0);
  await live(page, 1);
  await look(1);
  for (let life = 1, step = 1; step <= steps; step++) {
    const next = Math.round((lives * step) / steps);
    await live(page, next - life);
    life = next;
    await look(life);
  }
  console.log('\nInit, a chat, a message and destroy, so many times; after collecting garbage:');
  console.table(rows.map(({ heap, ...row }) => ({ 'heap KB': (heap / 1000).toFixed(1), ...row })));
});
