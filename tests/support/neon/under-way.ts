import type { Operation } from '@neondatabase/api-client';
import { operationBody, stamp } from './bodies';
import type { Place } from './place';

const USUAL = ['scheduling', 'running', 'finished'];
const ENDED = ['finished', 'skipped', 'cancelled'];

/** What is under way in a project: operations that are done one after the other, a step with each request. */
export abstract class UnderWay {
  abstract readonly id: string;
  readonly operations: Operation[] = [];
  /** The statuses of an operation for which no others are planned. */
  usual: readonly string[] = USUAL;
  /** What becomes of the next operations of an action, in the place of what usually does. */
  readonly #plans = new Map<string, string[][]>();
  readonly #steps = new Map<string, string[]>();

  abstract now(): number;

  /** What an operation does when it is done. */
  protected abstract finish(operation: Operation): void;

  /** The statuses that the next operation of this action has, one after the other; the last one stays. */
  plan(action: string, statuses: string[]): void {
    this.#plans.set(action, [...(this.#plans.get(action) ?? []), statuses]);
  }

  start(actions: readonly string[], place: Place): Operation[] {
    const started = actions.map((action) => {
      const [statuses = this.usual] = this.#plans.get(action)?.splice(0, 1) ?? [];
      const endpoint = action.endsWith('compute') && place.endpoint?.id;
      const operation = operationBody(this.id, this.now(), {
        action: action as Operation['action'],
        status: statuses[0] as Operation['status'],
        branch_id: place.branch.id,
        ...(endpoint ? { endpoint_id: endpoint } : {}),
      });
      this.#steps.set(operation.id, statuses.slice(1));
      return operation;
    });
    this.operations.push(...started);
    return started.map((operation) => ({ ...operation }));
  }

  get busy(): boolean {
    return this.operations.some((operation) => !this.#isOver(operation));
  }

  /** The operation whose turn it is gets one step further. */
  tick(): void {
    const current = this.operations.find((operation) => !this.#isOver(operation));
    if (!current) return;
    const next = this.#steps.get(current.id)?.shift() ?? current.status;
    Object.assign(current, { status: next, updated_at: stamp(this.now()) });
    if (next === 'failed' || next === 'error')
      Object.assign(current, {
        failures_count: current.failures_count + 1,
        error: 'the simulated compute did not start',
      });
    if (next === 'finished') this.finish(current);
  }

  #isOver({ status }: Operation): boolean {
    return ENDED.includes(status);
  }
}
