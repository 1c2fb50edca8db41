import type { Rule } from '../rule';
import { ALARM_RULES } from './alarms';
import { BUCKET_RULES } from './buckets';
import { FUNCTION_RULES } from './functions';
import { GITHUB_RULES } from './github';
import { KEY_RULES } from './key';
import { LAYER_RULES } from './layer';
import { LOG_RULES } from './logs';
import { MESSAGE_RULES } from './messages';
import { RETENTION_RULES } from './retention';
import { ROLE_RULES } from './roles';
import { SCHEDULE_RULES } from './schedules';
import { SECRET_RULES } from './secrets';
import { TRUST_RULES } from './trust';
import { VAULT_RULES } from './vault';
import { VAULT_POLICY_RULES } from './vault-policy';
import { WORKFLOW_RULES } from './workflows';

/** Everything that a stack has to keep to. */
export const RULES: Rule[] = [
  ...[...BUCKET_RULES, ...VAULT_RULES, ...VAULT_POLICY_RULES, ...RETENTION_RULES, ...KEY_RULES],
  ...[...ROLE_RULES, ...TRUST_RULES, ...FUNCTION_RULES, ...LAYER_RULES],
  ...[...SCHEDULE_RULES, ...ALARM_RULES, ...MESSAGE_RULES, ...LOG_RULES, ...SECRET_RULES],
  ...[...GITHUB_RULES, ...WORKFLOW_RULES],
];
