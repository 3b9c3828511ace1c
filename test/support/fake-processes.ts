/** A machine's processes, as a test says. */
import type { KernelFacts, ProcessFacts, ProcessTable } from '../../src/engine/index.js';

export class FakeProcesses implements ProcessTable {
  /** Pid → start time, of all that run in this process's namespace. */
  readonly running: Map<number, string | null>;
  private readonly facts: ProcessFacts & KernelFacts;

  constructor(facts: Partial<ProcessFacts & KernelFacts> = {}) {
    const kernel = { kernelStart: 1_700_000_000, uptime: 5000 };
    this.facts = { pid: 1, started: '1', namespace: 'pid:[1]', boot: 'boot-1', host: 'memory', ...kernel, ...facts };
    this.running = new Map([[this.facts.pid, this.facts.started]]);
  }

  self(): ProcessFacts {
    const { pid, started, namespace, boot, host } = this.facts;
    return { pid, started, namespace, boot, host };
  }

  kernel(): KernelFacts {
    const { kernelStart, uptime } = this.facts;
    return { kernelStart, uptime };
  }

  find(pid: number): { started: string | null } | undefined {
    const started = this.running.get(pid);
    return started === undefined ? undefined : { started };
  }

  /** The machine after a loss of power: whoever ran before is gone. */
  restarted(): FakeProcesses {
    const [name = '', count = ''] = (this.facts.boot ?? 'boot-0').split('-');
    const boot = `${name}-${Number(count) + 1}`;
    return new FakeProcesses({ ...this.facts, boot, kernelStart: (this.facts.kernelStart ?? 0) + 6000 });
  }
}
