/** The functions' own parts, as one deployment loads them. */
export { seriesOf } from '../../../lambda/deployment';
export { emit } from '../../../lambda/metrics';
export { verdictMetrics } from '../../../lambda/verdict';
export { handler as watch } from '../../../lambda/watch';
