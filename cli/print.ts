import { styleText } from 'node:util';
import type { Backup } from '../core/catalog';
import type { Verification } from '../core/manifest';

/** Words for people; every function returns text and prints nothing. */

export { bytes, duration } from '../core/words';

/** `3 h`, `12 days`: how long ago. */
export function age(since: string, now: Date): string {
  const hours = (now.getTime() - new Date(since).getTime()) / 3_600_000;
  if (hours < 1) return `${Math.max(0, Math.round(hours * 60))} min`;
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`;
}

export function number(count: number): string {
  return count.toLocaleString('en-US');
}

/** Columns as wide as they have to be. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `VERIFIED (restored)`, `not verified yet`. */
export function verdict(verification: Verification | undefined): string {
  if (!verification) return 'not verified yet';
  return verification.proof ? `${verification.state} (${verification.proof})` : verification.state;
}

export function size({ manifest }: Backup): number {
  return manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
}

type Colour = 'green' | 'red' | 'yellow' | 'bold' | 'dim';

/** Colours only where standard output or error takes them: NO_COLOR and --no-color turn them off. */
export function paint(
  colour: Colour,
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return styleText(colour, text, { stream });
}

export function paintVerdict(verification: Verification | undefined): string {
  const text = verdict(verification);
  if (!verification) return paint('dim', text);
  return paint(
    ({ VERIFIED: 'green', FAILED: 'red', UNVERIFIABLE: 'yellow' } as const)[verification.state],
    text,
  );
}

export function mark(ok: boolean | null): string {
  return ok === null ? paint('yellow', '?') : ok ? paint('green', '✓') : paint('red', '✗');
}
