import { median, type Run, type Usage } from './measure';

export type Runs = ReadonlyMap<string, readonly Run[]>;

/** What is known beside the runs; undefined where the case that shows it did not run. */
export interface Facts {
  readonly megabytes: number;
  /** As the server counts it: tables, indexes, catalogue. */
  readonly databaseBytes: number;
  readonly rounds: number;
  readonly strayBytes: number | undefined;
  readonly mostCopies: number | undefined;
  readonly tables: number | undefined;
  /** The functions' code, in bytes, by their names. */
  readonly bundles: ReadonlyMap<string, number>;
  readonly versions: string;
}

/** One line of the table. */
export interface Figure {
  readonly title: string;
  /** Undefined where it was not measured. */
  readonly value: number | undefined;
  /** Shown with so many digits after the point. @default 0 */
  readonly digits?: number;
  /** The most that it may be; none for what is only told. */
  readonly most?: number;
}

export function figures(runs: Runs, facts: Facts): Figure[] {
  return [
    ...ratios(runs),
    ...memory(runs),
    processor(runs),
    coldStart(runs),
    ...bundles(facts),
    ...counts(facts),
    ...price(runs, facts),
  ];
}

const RATIOS: readonly (readonly [string, string, string, number])[] = [
  ['run, archive only, against bare `pg_dump -Fc -Z zstd:3 \\| cat`', 'archive', 'bare', 1.1],
  ['run, both formats, against archive only', 'both', 'archive', 1.3],
  ['run, both formats, against the common script', 'both', 'script', 0.2],
  ['upload, archive only, against the bare dump (1.10 being the aim)', 'upload', 'bare', 1.2],
  ['upload, both formats, against archive only', 'upload both', 'upload', 1.3],
  ['verify, against the bare dump', 'verify', 'bare', 0.8],
  ['verify with a drill, against the bare dump', 'drill', 'bare', 3.5],
  ['pg_restore -j2, against -j1', 'restore -j2', 'restore -j1', 0.8],
];

function ratios(runs: Runs): Figure[] {
  return RATIOS.map(([title, a, b, most]) => ({
    title,
    value: ratio(runs, a, b),
    digits: 2,
    most,
  }));
}

/** The ratio of each round's pair, so that a machine that gets slower meanwhile does no harm. */
function ratio(runs: Runs, a: string, b: string): number | undefined {
  const [over, under] = [secondsOf(runs, a), secondsOf(runs, b)];
  const pairs = over.slice(0, under.length).map((seconds, round) => seconds / Number(under[round]));
  return middle(pairs);
}

const MEMORY: readonly (readonly [string, string, number])[] = [
  ['run, archive only', 'archive', 160],
  ['run, both formats', 'both', 200],
  ['upload, archive only', 'upload', 180],
  ['upload, both formats', 'upload both', 200],
];

function memory(runs: Runs): Figure[] {
  return MEMORY.map(([title, name, most]) => {
    const peaks = usagesOf(runs, name).map(({ peakMiB }) => peakMiB);
    const value = peaks.length > 0 ? Math.max(...peaks) : undefined;
    return { title: `${title}: memory of the Node process, MiB`, value, most };
  });
}

/** The process's work without its start and what any backup costs it, over the bytes that it sent. */
function processor(runs: Runs): Figure {
  const title =
    'upload, archive only: marginal CPU of the Node process (less that of `upload nothing`) per MB of archive, ms';
  const idle = runs.get('upload nothing') ?? [];
  const perMegabyte = (runs.get('upload') ?? []).flatMap(({ usage, output }, round) => {
    const fixed = idle[round]?.usage;
    if (!usage || !fixed) return [];
    return [((usage.cpuSeconds - fixed.cpuSeconds) * 1000) / (archiveBytes(output) / 1e6)];
  });
  return { title, value: middle(perMegabyte), digits: 2, most: 3 };
}

function archiveBytes(manifest: string): number {
  const files: { name: string; bytes: number }[] = JSON.parse(manifest).files;
  return Number(files.find(({ name }) => name === 'database.dump')?.bytes);
}

function coldStart(runs: Runs): Figure {
  const title =
    'backup function in a sandbox: cold start to the first byte that pg_dump gets of a table, s';
  return { title, value: middle(secondsOf(runs, 'cold start')), digits: 2, most: 1.5 };
}

function bundles({ bundles }: Facts): Figure[] {
  return [...bundles].map(([name, bytes]) => ({
    title: `${name} function: its code, MB`,
    value: bytes / 1e6,
    digits: 2,
    most: 3,
  }));
}

function counts({ strayBytes, mostCopies }: Facts): Figure[] {
  return [
    { title: 'bytes on disk beyond the backup itself', value: strayBytes, most: 0 },
    { title: 'COPYs of the table that was copied most often', value: mostCopies, most: 1 },
  ];
}

/** A function of so much memory has one processor. Lambda's MB are MiB, its GB are GiB. */
const FUNCTION_MB = 1769;
/** List price of arm64 in us-east-1, first tier. */
const DOLLARS_PER_GB_SECOND = 0.0000133334;
const PRICE_OF = 'list price of November 2026';

function price(runs: Runs, { databaseBytes }: Facts): Figure[] {
  return ['upload', 'upload both'].flatMap((name) => {
    const seconds = middle(secondsOf(runs, name));
    const gbSeconds = seconds && (seconds * FUNCTION_MB) / 1024 / (databaseBytes / 1e9);
    return [
      {
        title: `${name}: GB-seconds of a ${FUNCTION_MB} MB function per GB of database`,
        value: gbSeconds,
        digits: 1,
      },
      {
        title: `${name}: their price on arm64, $ (${DOLLARS_PER_GB_SECOND.toFixed(10)} each, ${PRICE_OF})`,
        value: gbSeconds && gbSeconds * DOLLARS_PER_GB_SECOND,
        digits: 6,
      },
    ];
  });
}

export function secondsOf(runs: Runs, name: string): number[] {
  return (runs.get(name) ?? []).map(({ seconds }) => seconds);
}

export function usagesOf(runs: Runs, name: string): Usage[] {
  return (runs.get(name) ?? []).flatMap(({ usage }) => usage ?? []);
}

/** The median; undefined of nothing. */
export function middle(values: readonly number[]): number | undefined {
  return values.length > 0 ? median(values) : undefined;
}
