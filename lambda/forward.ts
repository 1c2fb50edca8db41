import { BackupError } from '../core/errors';
import { parseAlarms } from './alarm';
import { log, settings } from './deployment';
import { describe } from './failure';
import { post } from './notify';

const CURE = 'Set it: pulumi config set --secret neon-backup:webhookUrl, and deploy.';

/**
 * Hands alarms on to the webhook. What the functions have to say themselves, they post there on their own,
 * so that neither way depends on the other.
 * @param event what SNS calls a function with
 * @throws where there is no webhook, or it does not take it: Lambda then calls again
 */
export async function handler(event: unknown): Promise<void> {
  try {
    const { webhook } = settings.notices;
    if (!webhook) throw new BackupError('usage', 'No webhook is configured.', { cure: CURE });
    for (const text of parseAlarms(event)) await post(webhook, text);
  } catch (error) {
    log.error('not forwarded', describe(error));
    throw error;
  }
}
