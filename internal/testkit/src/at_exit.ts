const tasks: (() => void)[] = [];

/**
 * Runs `task` when the process ends, also when it is told to by SIGTERM: that is how vitest ends its workers, and Node
 * emits no `exit` for it. Tasks must be synchronous.
 */
export function atExit(task: () => void): void {
  if (tasks.length === 0) {
    process.once('exit', () => {
      for (const one of tasks) one();
    });
    process.once('SIGTERM', () => process.exit(143));
  }
  tasks.push(task);
}
