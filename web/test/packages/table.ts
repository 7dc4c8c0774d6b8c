// Playwright reporter: one line for each project, with the seconds of each step.
import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter';

const steps = ['install', 'production', 'development'];

export default class Table implements Reporter {
  onBegin(): void {
    console.log(row('project', steps));
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    const cells = steps.map((name) => {
      const step = result.steps.find(({ title }) => title === name);
      if (!step) return '-';
      return step.error ? 'FAILED' : `${(step.duration / 1000).toFixed(0)} s`;
    });
    const verdict = result.status === 'passed' ? 'ok' : 'FAILED';
    const plain = cells.every((cell) => cell === '-');
    console.log(plain ? `${verdict.padEnd(8)}${test.title}` : `${row(test.title, cells)}  ${verdict}`);
    for (const { message, stack } of result.errors) console.error(`${stack ?? message}\n`);
  }

  printsToStdio(): boolean {
    return true;
  }
}

const row = (name: string, cells: string[]) => name.padEnd(32) + cells.map((cell) => cell.padStart(12)).join('');
