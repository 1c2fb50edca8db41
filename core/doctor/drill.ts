import { EMBEDDED_MAJORS, startEmbeddedServer } from '../postgres/server';
import { examine, type Finding, ok } from './finding';

/** Whether a drill can run on this machine: by starting the server that it would use. */
export function examineDrill(): Promise<Finding[]> {
  return examine('drill', async () => {
    const server = await startEmbeddedServer();
    await server.stop();
    return [
      ok('drill', `the embedded server starts here (PostgreSQL ${EMBEDDED_MAJORS.join(', ')})`),
    ];
  });
}
