/** `pulumi preview --policy-pack infra/policy`, and the same with `up`. */
import { PolicyPack } from '@pulumi/policy';
import { RULES } from './rules';

new PolicyPack('neon-backup', { policies: RULES, enforcementLevel: 'mandatory' });
