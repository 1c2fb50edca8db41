import { Logger } from '@aws-lambda-powertools/logger';
import type { Dimensions } from '../contract/metrics';
import { keepYoungGenerationSmall } from '../core/memory';
import type { Place } from '../core/notices/notice';
import { S3Store } from '../core/stores/s3';
import { readSettings } from './settings';

keepYoungGenerationSmall();

/** What holds for the whole life of a function: read once, when it starts. */
export const settings = readSettings();

export const log = new Logger({ serviceName: settings.deployment });

export const store = new S3Store(settings.store);

/** Where notices lead to. */
export function placeOf(database: string | undefined): Place {
  return {
    store: settings.store,
    database: database ?? settings.database ?? 'the database',
    region: process.env.AWS_REGION,
    deployment: settings.deployment,
    repository: settings.notices.repository,
    assume: settings.notices.assume,
  };
}

/** Whose numbers they are: this deployment's, of a kind of backup. */
export function seriesOf(kind: Dimensions['kind']): Dimensions {
  return { service: settings.deployment, kind };
}
