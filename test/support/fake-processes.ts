/** A machine's processes, as a test says. */
import type { ProcessFacts, ProcessTable } from '../../src/engine/index.js';

export class FakeProcesses implements ProcessTable {
  /** Pid → start time, of all that run in this process's namespace. */
  readonly running: Map<number, string | null>;
  private readonly facts: ProcessFacts;

  constructor(facts: Partial<ProcessFacts> = {}) {
    this.facts = { pid: 1, started: '1', namespace: 'pid:[1]', boot: 'boot-1', host: 'memory', ...facts };
    this.running = new Map([[this.facts.pid, this.facts.started]]);
  }

  self(): ProcessFacts {
    return this.facts;
  }

  find(pid: number): { started: string | null } | undefined {
    const started = this.running.get(pid);
    return started === undefined ? undefined : { started };
  }

  /** The machine after a loss of power: whoever ran before is gone. */
  restarted(): FakeProcesses {
    const [name = '', count = ''] = (this.facts.boot ?? 'boot-0').split('-');
    return new FakeProcesses({ ...this.facts, boot: `${name}-${Number(count) + 1}` });
  }
}
