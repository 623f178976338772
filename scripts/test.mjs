// Runs the tests and closes with one plain line, `N passed, M failed`. `--deep` asks the tests for their longer runs;
// every other argument goes to vitest.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const args = process.argv.slice(2);
const deep = args.includes('--deep');
const folder = mkdtempSync(join(tmpdir(), 'vitest-'));
const reportFile = join(folder, 'report.json');
const cli = fileURLToPath(new URL('node_modules/vitest/vitest.mjs', root));

const run = spawnSync(
  process.execPath,
  [
    cli,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...args.filter((argument) => argument !== '--deep'),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, ...(deep ? { MODELSHELF_DEEP: '1' } : {}) } },
);

let code = run.status ?? 1;
try {
  /** @type {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests?: number, testResults: { status: string, assertionResults: unknown[] }[] }} */
  const report = JSON.parse(readFileSync(reportFile, 'utf8'));
  // vitest counts a file that does not even load as no failed test.
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const failed = Math.max(report.numFailedTests + broken.length, code === 0 ? 0 : 1);
  const skipped = report.numPendingTests + (report.numTodoTests ?? 0);
  if (report.numPassedTests === 0) code ||= 1;
  rmSync(folder, { recursive: true, force: true });
  console.log(`${report.numPassedTests} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
} catch {
  code ||= 1;
  rmSync(folder, { recursive: true, force: true });
  console.error('no test report was written');
}
process.exitCode = code;
