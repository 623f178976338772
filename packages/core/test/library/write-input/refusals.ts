import { expect } from 'vitest';
import { SECRET, type WritingLibrary } from './writing-library.js';

/** What bulk routes answer when nothing of what was asked could be done. */
const NOTHING_DONE: Readonly<Record<string, object>> = {
  bulkEditModels: { changed: 0, failed: 1, results: [{ success: false, changed: false, code: expect.any(String) }] },
  bulkDeleteModels: {
    total_deleted: 0,
    cache_updated: false,
    results: [{ success: false, error: expect.any(String) }],
  },
  moveModelsBulk: { success_count: 0, failure_count: 1, results: [{ success: false, new_file_path: null }] },
  applyDedupe: { total_removed: 0, batch_id: null, results: [{ success: false, error: expect.any(String) }] },
  verifyDuplicates: { verified_as_duplicates: false, mismatched_files: [], new_hash_map: {} },
  autoOrganizeModels: { status: 'success', summary: { total: 0, success: 0 }, results: [] },
};

/** An answer that was read. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

export async function answerOf(response: Promise<Response>): Promise<Answer> {
  const { status, text } = await response.then(async (each) => ({ status: each.status, text: await each.text() }));
  return { status, text };
}

/**
 * Fails unless an answer says no: with a status that blames the client and the envelope, or, of a bulk route, with a 200
 * whose rows have failed.
 */
export function expectRefusal(handler: string, { status, text }: Answer, what: unknown): void {
  const body: unknown = JSON.parse(text);
  if (status === 200 && handler in NOTHING_DONE) {
    expect([what, body]).toMatchObject([what, { success: true, ...NOTHING_DONE[handler] }]);
    return;
  }
  expect([what, status, text]).toEqual([what, expect.toBeOneOf([400, 403, 404, 409, 413, 415]), text]);
  expect([what, body]).toEqual([what, expect.objectContaining({ success: false, error: expect.any(String) })]);
  const keys = Object.keys(body ?? {}).filter((key) => key !== 'details');
  expect([what, keys]).toEqual([what, ['success', 'error', 'code']]);
}

/** The texts of a request: what was sent, and where that is JSON every text in it. */
function* textsIn(sent: unknown): Iterable<string> {
  if (typeof sent === 'string') yield sent;
  else if (typeof sent === 'object' && sent !== null) {
    for (const [key, member] of Object.entries(sent)) yield* [key, ...textsIn(member)];
  }
}

function saidIn(sent: string): string[] {
  try {
    return [sent, ...textsIn(JSON.parse(sent))];
  } catch {
    return [sent];
  }
}

/** Fails when an answer tells what the request did not say itself: outside paths, contents, or how we are made. */
export function expectNoLeak({ text }: Answer, { folder }: WritingLibrary, sent: string): void {
  const said = saidIn(sent).filter((each) => each.includes(folder));
  said.sort((a, b) => b.length - a.length);
  const told = [sent, ...said].reduce((left, each) => left.replaceAll(JSON.stringify(each).slice(1, -1), ''), text);
  for (const secret of [SECRET, `${folder}/outside`, `${folder}/loras2`]) expect(told).not.toContain(secret);
  expect(told).not.toMatch(/E[A-Z]{4,}:|node:|\.[jt]s:\d|Error:|\bat \w+ \(/);
}

/** Fails when anything on disk or in a catalog is other than it was after some work. */
export async function untouched(at: WritingLibrary, what: unknown, work: () => Promise<void>): Promise<void> {
  const before = [what, await at.disk(), await at.versions()];
  await work();
  expect([what, await at.disk(), await at.versions()]).toEqual(before);
}
