import type { TocEntry } from './format';

/**
 * What Neon puts into a database for its own sake, and puts there again by itself: what its superuser
 * grants to `neon_superuser`, and its extension. No user made it, and none could restore it.
 */
export function withoutNeons(entries: readonly TocEntry[]): TocEntry[] {
  return entries.flatMap((entry) => {
    if (isItsExtension(entry)) return [];
    if (!holdsItsGrants(entry)) return entry;
    const definition = entry.definition.replace(ITS_GRANTS, '');
    return definition.trim() === '' ? [] : { ...entry, definition };
  });
}

/** @param name of an extension */
export function isNeonsExtension(name: string): boolean {
  return name === 'neon';
}

function isItsExtension({ type, tag }: TocEntry): boolean {
  const about = type === 'COMMENT' ? /^EXTENSION (.*)$/.exec(tag)?.[1] : undefined;
  return isNeonsExtension(type === 'EXTENSION' ? tag : (about ?? ''));
}

/** What a user grants to the same role, on anything of the user's own, is the user's. */
function holdsItsGrants({ type, tag, owner }: TocEntry): boolean {
  if (type === 'DEFAULT ACL') return owner === 'cloud_admin';
  return type === 'ACL' && tag.startsWith('DATABASE ');
}

const ITS_GRANTS =
  /^(?:ALTER DEFAULT PRIVILEGES FOR ROLE cloud_admin .*|GRANT .* ON DATABASE .*) TO neon_superuser(?: WITH GRANT OPTION)?;\n?/gm;
