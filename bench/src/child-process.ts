import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A process of ours that answers each message with one message. */
export interface Child {
  /** The next message of the process, after sending it one if there is one to send; rejects when it ends instead. */
  ask<Answer>(message?: string): Promise<Answer>;
  stop(): Promise<void>;
}

/** Starts a module of the bench in a process of its own, with the loader that this process was started with. */
export function startChild(module: URL, args: readonly string[]): Child {
  const child: ChildProcess = fork(module, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  return {
    async ask<Answer>(message?: string): Promise<Answer> {
      const answered = once(child, 'message');
      if (message !== undefined) child.send(message);
      const ended = exited.then(([code]) => {
        throw new Error(`${module.pathname} ${args.join(' ')} ended with ${String(code)}`);
      });
      // Our own modules send what their exported types say.
      const [answer] = (await Promise.race([answered, ended])) as [Answer];
      return answer;
    },
    async stop() {
      child.kill();
      await exited;
    },
  };
}
