import type { z } from 'zod';
import type { answersOf } from './answers';
import type { Answer, Client } from './http';
import * as requests from './requests';
import type { Branch, Endpoint, Operation, ScheduleItem, Snapshot } from './shapes';

/** Makes one call of the project's, with its manners. */
export type Ask = <Shape extends z.ZodType>(
  shape: Shape,
  send: (more: object) => Promise<Answer>,
) => Promise<z.output<Shape>>;

/**
 * Neon's own snapshots of a project, and their schedules: of root branches only, paid, and beta.
 * Every method throws as those of `Neon` do.
 */
export class NativeSnapshots {
  readonly #project: string;
  readonly #client: Client;
  readonly #answers: ReturnType<typeof answersOf>;
  readonly #ask: Ask;

  constructor(project: string, client: Client, answers: ReturnType<typeof answersOf>, ask: Ask) {
    this.#project = project;
    this.#client = client;
    this.#answers = answers;
    this.#ask = ask;
  }

  list(): Promise<Snapshot[]> {
    return this.#ask(this.#answers.snapshots, (more) =>
      this.#client.listSnapshots(this.#project, more),
    );
  }

  create(of: requests.NewSnapshot): Promise<{ snapshot: Snapshot; operations: Operation[] }> {
    const asked = { projectId: this.#project, ...requests.snapshotRequest(of) };
    return this.#ask(this.#answers.snapshot, (more) => this.#client.createSnapshot(asked, more));
  }

  delete(id: string): Promise<Operation[]> {
    return this.#ask(this.#answers.started, (more) =>
      this.#client.deleteSnapshot(this.#project, id, more),
    );
  }

  /** Into a branch of its own, or, where that is asked for, in the place of another one. */
  restore(
    snapshotId: string,
    restoration: requests.SnapshotRestoration,
  ): Promise<{ branch: Branch; endpoints: Endpoint[]; operations: Operation[] }> {
    const asked = { projectId: this.#project, snapshotId };
    const request = requests.snapshotRestoreRequest(restoration);
    return this.#ask(this.#answers.made, (more) =>
      this.#client.restoreSnapshot(asked, request, more),
    );
  }

  /** When Neon makes one of a branch by itself; empty where it never does. */
  schedule(branch: string): Promise<ScheduleItem[]> {
    return this.#ask(this.#answers.schedule, (more) =>
      this.#client.getSnapshotSchedule(this.#project, branch, more),
    );
  }

  /** Puts all of a branch's schedule in the place of the one that it had. */
  async setSchedule(branch: string, schedule: readonly ScheduleItem[]): Promise<void> {
    const request = requests.scheduleRequest(schedule);
    await this.#ask(this.#answers.nothing, (more) =>
      this.#client.setSnapshotSchedule(this.#project, branch, request, more),
    );
  }
}
