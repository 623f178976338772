import { describe, expect, it } from 'vitest';
import { ModelshelfError, type ErrorCode } from '../../src/errors.js';
import { encodeProblem, STATUS_OF, toProblem } from '../../src/http/problem.js';
import { textOf } from './serve.js';

const asked = (accept?: string) => ({ method: 'GET', headers: { accept } });
const bodyOf = (error: unknown, accept?: string): unknown =>
  JSON.parse(textOf(encodeProblem(toProblem(error), asked(accept))));

describe('toProblem', () => {
  it.each(Object.entries(STATUS_OF))('%s is a %i', (code, status) => {
    expect(toProblem(new ModelshelfError(code as ErrorCode, 'text'))).toMatchObject({ status, code, message: 'text' });
  });

  it.each([new Error('secret /home/me'), 'secret', null, undefined, { code: 'not_found' }])(
    'tells nothing of a foreign value: %s',
    (thrown) => {
      expect(toProblem(thrown)).toEqual({ status: 500, code: 'internal', message: 'Internal server error' });
    },
  );

  it('tells nothing of a code that another copy of the package made up', () => {
    const error = Object.assign(new Error('secret'), { name: 'ModelshelfError', code: 'toString' });
    expect(toProblem(error)).toMatchObject({ status: 500, code: 'internal' });
  });

  it('knows the error of another copy of the package by its name and code', () => {
    const error = Object.assign(new Error('gone'), { name: 'ModelshelfError', code: 'not_found' });
    expect(toProblem(error)).toEqual({ status: 404, code: 'not_found', message: 'gone' });
  });
});

describe('encodeProblem', () => {
  it('writes the envelope with code and details', () => {
    expect(bodyOf(new ModelshelfError('validation_failed', 'bad', { details: [{ path: 'a' }] }))).toEqual({
      success: false,
      error: 'bad',
      code: 'validation_failed',
      details: [{ path: 'a' }],
    });
  });

  it('writes the body that clients of the reference compare when nothing is attached', () => {
    const wire = encodeProblem(toProblem(new ModelshelfError('service_not_ready', 'whatever')), asked());
    expect(textOf(wire)).toBe('{"success":false,"error":"Service not ready"}');
    expect(wire.headers['retry-after']).toBe('1');
  });

  it.each([
    ['application/problem+json', true],
    ['text/html, Application/Problem+JSON;q=0.5', true],
    ['application/problem+json;q=0', false],
    ['*/*', false],
    ['application/json', false],
    ['x-application/problem+json-not', false],
    [undefined, false],
  ])('Accept %s: problem+json %s', (accept, expected) => {
    const wire = encodeProblem(toProblem(new ModelshelfError('not_found', 'gone')), asked(accept));
    expect(wire.headers['content-type']?.startsWith('application/problem+json')).toBe(expected);
    if (!expected) return;
    expect(JSON.parse(textOf(wire))).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'gone',
      code: 'not_found',
    });
  });

  it('sends the length and no body to HEAD', () => {
    const problem = toProblem(new ModelshelfError('not_found', 'gone'));
    const whole = encodeProblem(problem, asked());
    const head = encodeProblem(problem, { ...asked(), method: 'HEAD' });
    expect(head.payload).toBeNull();
    expect(head.headers).toEqual(whole.headers);
  });
});
