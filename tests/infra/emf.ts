/** One number, as CloudWatch reads it from a function's log; the names are those of an alarm's inputs. */
export interface Emitted {
  readonly namespace: string;
  readonly metricName: string;
  readonly unit: string;
  readonly dimensions: Record<string, string>;
  readonly value: number;
}

/** The lines that a function printed while `work` ran, errors too. */
export async function printedBy(work: () => unknown): Promise<string[]> {
  const chunks: string[] = [];
  const keep = (chunk: unknown) => {
    chunks.push(String(chunk));
    return true;
  };
  const output = jest.spyOn(process.stdout, 'write').mockImplementation(keep);
  const errors = jest.spyOn(process.stderr, 'write').mockImplementation(keep);
  try {
    await work();
  } finally {
    output.mockRestore();
    errors.mockRestore();
  }
  return chunks.join('').split('\n').filter(Boolean);
}

/** The metrics among the lines that a function printed, in CloudWatch's embedded metric format. */
export function emittedIn(lines: readonly string[]): Emitted[] {
  return lines.map((line) => JSON.parse(line)).flatMap(metricsOf);
}

interface Line {
  readonly _aws?: { readonly CloudWatchMetrics: readonly Group[] };
  readonly [name: string]: unknown;
}

interface Group {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}

function metricsOf({ _aws, ...values }: Line): Emitted[] {
  return (_aws?.CloudWatchMetrics ?? []).flatMap(({ Namespace, Dimensions, Metrics }) =>
    Metrics.map(({ Name, Unit }) => ({
      namespace: Namespace,
      metricName: Name,
      unit: Unit,
      dimensions: Object.fromEntries(Dimensions.flat().map((name) => [name, String(values[name])])),
      value: Number(values[Name]),
    })),
  );
}
