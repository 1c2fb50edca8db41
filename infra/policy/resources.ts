import type { PolicyResource } from '@pulumi/policy';

/** Pulumi's token of a type of AWS: `aws('s3', 'Bucket')` is `aws:s3/bucket:Bucket`. */
export function aws(module: string, name: string): string {
  return `aws:${module}/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;
}

export const ofType =
  (...types: string[]) =>
  (all: PolicyResource[]) =>
    all.filter(({ type }) => types.includes(type));

/** Resources of a type whose property was computed from this one: in a preview, too, where no id is known. */
export function naming(
  all: PolicyResource[],
  type: string,
  property: string,
  target: PolicyResource,
): PolicyResource[] {
  return all.filter(
    (one) =>
      one.type === type &&
      (one.propertyDependencies[property] ?? []).some(({ urn }) => urn === target.urn),
  );
}

/** What a property was computed from, of a type. */
export function named(resource: PolicyResource, property: string, type: string): PolicyResource[] {
  return (resource.propertyDependencies[property] ?? []).filter((one) => one.type === type);
}

/** Whether a property names a key that this stack declares. */
export function hasOurKey(resource: PolicyResource, property: string): boolean {
  return (
    Boolean(resource.props[property]) && named(resource, property, aws('kms', 'Key')).length > 0
  );
}

/** `neon-backup-prod`: the project and the stack that a URN is of. */
export function deploymentOf(urn: string): string {
  const [, , stack = '', project = ''] = urn.split(':').filter(Boolean);
  return `${project}-${stack}`;
}
