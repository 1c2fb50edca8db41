import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { World } from './world';

const FUNCTION = 'aws:lambda/function:Function';
const ALARM = 'aws:cloudwatch/metricAlarm:MetricAlarm alarms-storage-over-budget';
const LAYER = 'aws:lambda/layerVersion:LayerVersion client-tools';

/** What changes make Pulumi do: of a setting, of a function's code, and of the client tools. */
export function changes({ deployment }: World): void {
  it('changes just what they are about, and replaces nothing but the layer', async () => {
    const { stack, checkout } = deployment();
    const file = join(checkout.folder, 'lambda/status.ts');
    const code = readFileSync(file, 'utf8');
    await stack.set('neon-backup:storageBudgetGb', '200');
    writeFileSync(file, code.replace("'no status'", "'no status at all'"));
    writeFileSync(checkout.layer, withComment(readFileSync(checkout.layer)));

    const steps = await stack.up();

    const updated = steps.filter(({ op }) => op === 'update').map(({ resource }) => resource);
    expect(updated.sort()).toEqual([
      ALARM,
      // They have the layer.
      `${FUNCTION} backup-function`,
      `${FUNCTION} drill-function`,
      `${FUNCTION} status-function`,
      `${FUNCTION} verify-function`,
    ]);
    expect(steps.filter(({ op }) => op !== 'update')).toEqual([
      { op: 'create-replacement', resource: LAYER },
      { op: 'replace', resource: LAYER },
      { op: 'delete-replaced', resource: LAYER },
    ]);
  });
}

/** The same archive with other bytes: it ends with a comment and, before it, the comment's length. */
function withComment(zip: Buffer): Buffer {
  const changed = Buffer.concat([zip, Buffer.from('!')]);
  changed.writeUInt16LE(1, zip.length - 2);
  return changed;
}
