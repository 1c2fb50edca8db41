import type { SimulatedNeon } from './simulator';

type Body = Record<string, unknown>;

/** What the simulator is asked in no words of the adapter's; each is waited for. */
export function sendTo(neon: () => SimulatedNeon) {
  async function send(method: string, path: string, body?: Body) {
    const { project, url, apiKey } = neon();
    const answer = await fetch(`${url}/projects/${project.id}${path}`, {
      method,
      headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    while (project.busy) project.tick();
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : undefined };
  }
  const main = () => neon().project.default.branch;
  return {
    send,
    main,
    /** The place of a branch. */
    named: (name: string) =>
      [...neon().project.places.values()].find(({ branch }) => branch.name === name),
    /** Makes a snapshot of the default branch; its id. */
    async snap(): Promise<string> {
      const { body } = await send('POST', `/branches/${main().id}/snapshot?name=s`);
      return body.snapshot.id;
    },
    restore: (snapshot: string, body: Body) => send('POST', `/snapshots/${snapshot}/restore`, body),
    setHistory: (seconds: number) =>
      send('PATCH', '', { project: { history_retention_seconds: seconds } }),
  };
}
