import { z } from 'zod';
import * as shapes from './shapes';

/**
 * What Neon's answers have to be, for calls that are about one project: what belongs to another one is
 * no answer.
 */
export function answersOf(project: string) {
  const mine = <Shape extends z.ZodType<{ project: string }>>(shape: Shape) =>
    shape.refine((thing) => thing.project === project, 'belongs to another project');
  const branch = mine(shapes.branchShape);
  const operations = z.array(mine(shapes.operationShape));
  const endpoints = z.array(mine(shapes.endpointShape));
  return {
    project: only(
      'project',
      shapes.projectShape.refine(({ id }) => id === project, 'is another project'),
    ),
    changedProject: z.object({
      project: shapes.projectShape.refine(({ id }) => id === project, 'is another project'),
      operations,
    }),
    branch: (id: string) =>
      only(
        'branch',
        branch.refine((found) => found.id === id, 'is another branch'),
      ),
    branches: z
      .object({
        branches: z.array(branch),
        annotations: z.record(z.string(), shapes.annotationShape).default({}),
        pagination: z.object({ next: z.string().optional() }).optional(),
      })
      .transform(({ branches, annotations, pagination }) => ({
        branches: branches.map((each) => ({ ...each, madeBy: annotations[each.id] })),
        next: pagination?.next,
      })),
    made: z.object({ branch, operations, endpoints: endpoints.default([]) }),
    changed: z.object({ branch, operations }),
    /** What was gone already is answered by nothing at all. */
    started: z
      .union([z.object({ operations }), z.literal('').transform(() => ({ operations: [] }))])
      .transform((body) => body.operations),
    endpoints: only('endpoints', endpoints),
    madeEndpoint: z.object({ endpoint: mine(shapes.endpointShape), operations }),
    operation: only('operation', mine(shapes.operationShape)),
    databases: only('databases', z.array(shapes.databaseShape)),
    roles: only('roles', z.array(shapes.roleShape)),
    keyKind: only('auth_method', z.string()),
    uri: only('uri', z.string().min(1)),
    snapshots: only('snapshots', z.array(shapes.snapshotShape)),
    schedule: only('schedule', z.array(shapes.scheduleItemShape)),
    /** Of what is done with the answer. */
    nothing: z.unknown(),
    snapshot: z.object({ snapshot: shapes.snapshotShape, operations }),
  };
}

/** An object of one thing: that thing. */
function only<Name extends string, Shape extends z.ZodType>(name: Name, shape: Shape) {
  return z
    .object({ [name]: shape } as Record<Name, Shape>)
    .transform((body) => (body as Record<Name, z.output<Shape>>)[name]);
}
