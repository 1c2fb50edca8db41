import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Kind } from '../../contract/keys';
import { ALL_KINDS, METRICS, type MetricId, NAMESPACE } from '../../contract/metrics';

export interface DashboardArgs {
  readonly deployment: string;
  readonly region: string;
  /** The kinds that have a schedule. */
  readonly kinds: readonly Kind[];
  /** The ARNs of all alarms. */
  readonly alarms: pulumi.Output<string>[];
}

/** How the backups are doing, at a glance. */
export class Dashboard extends pulumi.ComponentResource {
  /** Where a browser finds it. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: DashboardArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:Dashboard', name, {}, opts);
    const { deployment, region } = args;
    const dashboard = new aws.cloudwatch.Dashboard(
      `${name}-page`,
      { dashboardName: deployment, dashboardBody: pageOf(args) },
      { parent: this },
    );
    this.url = pulumi.interpolate`https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboard.dashboardName}`;
    this.registerOutputs({ url: this.url });
  }
}

const [WIDTH, HEIGHT] = [12, 6];

function pageOf(args: DashboardArgs): pulumi.Output<string> {
  const graph = (title: string, statistic: string, metrics: readonly MetricId[]) =>
    graphOf(args, title, statistic, metrics);
  const widgets = [
    graph('Age of the newest VERIFIED backup', 'Maximum', ['newestVerifiedAge', 'overdue']),
    graph('Verdicts', 'Sum', ['verified', 'verificationFailed', 'unverifiable', 'failed']),
    graph('Size of each backup, and of all', 'Maximum', ['bytes', 'storedBytes']),
    graph('How long it takes, and what is left', 'Maximum', [
      'duration',
      'verifyDuration',
      'timeToLimit',
    ]),
    graph('Restore time', 'Maximum', ['restoreDuration']),
    graph('Age of the newest drill', 'Maximum', ['drillAge']),
    { type: 'alarm', properties: { title: 'Alarms', alarms: args.alarms } },
  ];
  return pulumi.jsonStringify({ widgets: widgets.map(placed) });
}

/** A line for each series that is emitted: of each kind, or of all of them. */
function graphOf(
  { deployment, region, kinds }: DashboardArgs,
  title: string,
  stat: string,
  ids: readonly MetricId[],
) {
  const metrics = ids.flatMap((id) => {
    const { name, of } = METRICS[id];
    const series = of === 'all' ? [ALL_KINDS] : kinds;
    return series.map((kind) => [NAMESPACE, name, 'service', deployment, 'kind', kind]);
  });
  return {
    type: 'metric',
    properties: { title, region, stat, period: 900, view: 'timeSeries', metrics },
  };
}

function placed<T>(widget: T, index: number) {
  const [x, y] = [(index % 2) * WIDTH, Math.floor(index / 2) * HEIGHT];
  return { ...widget, x, y, width: WIDTH, height: HEIGHT };
}
