import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Account } from '../account';
import type { StackConfig } from '../config/config';
import { EncryptionKey } from '../key';
import type { Scope } from '../permissions';
import { roleFor, type Statement, serviceTrust } from '../role';
import { keepingOf, Vault } from './vault';

export interface ReplicaArgs {
  readonly config: StackConfig;
  readonly account: Account;
  readonly deployment: string;
  /** The vault that is copied, and its key. */
  readonly vault: Vault;
  readonly keyArn: pulumi.Output<string>;
  /** Where to. */
  readonly region: string;
}

/**
 * A second vault in another region, with a key, a lock and a lifecycle of its own, into which S3 copies
 * every object, tag and lock of the first. Deletions are not copied.
 */
export class Replica extends pulumi.ComponentResource {
  readonly url: pulumi.Output<string>;
  /** What reading it takes. */
  readonly scope: Scope;

  constructor(name: string, args: ReplicaArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:Replica', name, {}, opts);
    const there = {
      parent: this,
      provider: new aws.Provider(
        `${name}-region`,
        { region: args.region as aws.Region },
        { parent: this },
      ),
    };
    const { account, config, deployment } = args;
    const key = new EncryptionKey(
      `${name}-encryption`,
      { account: { ...account, region: args.region }, deployment },
      there,
    );
    const copy = new Vault(
      `${name}-vault`,
      { ...keepingOf(config), keyArn: key.arn, accountId: account.id },
      there,
    );
    const role = this.#role(name, args, key, copy);
    this.#replication(name, args.vault, copy, key, role);
    this.url = copy.url;
    this.scope = { region: args.region, bucketArn: copy.bucketArn, keyArn: key.arn };
    this.registerOutputs({ url: this.url });
  }

  #role(name: string, args: ReplicaArgs, key: EncryptionKey, copy: Vault) {
    const { account, vault, keyArn, region } = args;
    // Only a bucket of this account can be given the role, and S3 is not known to say on whose behalf it copies.
    const trust = serviceTrust('s3.amazonaws.com');
    const statements = [
      ...readVersions(vault.bucketArn),
      allow('WriteCopies', REPLICATE, pulumi.interpolate`${copy.bucketArn}/*`),
      viaS3('ReadKey', ['kms:Decrypt'], keyArn, account.region),
      viaS3('WriteKey', ['kms:Encrypt', 'kms:GenerateDataKey'], key.arn, region),
    ];
    const description = 'Copies the vault into the second region';
    return roleFor(name, { description, trust, statements }, { parent: this });
  }

  #replication(
    name: string,
    vault: Vault,
    copy: Vault,
    key: EncryptionKey,
    role: ReturnType<typeof roleFor>,
  ) {
    return new aws.s3.BucketReplicationConfig(
      `${name}-replication`,
      {
        bucket: vault.bucketName,
        role: role.arn,
        rules: [
          {
            id: 'everything',
            status: 'Enabled',
            priority: 0,
            filter: {},
            deleteMarkerReplication: { status: 'Disabled' },
            sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: 'Enabled' } },
            destination: {
              bucket: copy.bucketArn,
              encryptionConfiguration: { replicaKmsKeyId: key.arn },
            },
          },
        ],
      },
      { parent: this, dependsOn: [vault.versioning, copy.versioning, role.policy] },
    );
  }
}

/** A second vault where the settings name a second region. */
export function replicaOf(name: string, args: Omit<ReplicaArgs, 'region'>): Replica | undefined {
  const { replicaRegion: region } = args.config;
  return region ? new Replica(name, { ...args, region }) : undefined;
}

const REPLICATE = ['s3:ReplicateObject', 's3:ReplicateTags'];

function readVersions(bucketArn: pulumi.Output<string>): Statement[] {
  const objects = [
    's3:GetObjectVersionForReplication',
    's3:GetObjectVersionAcl',
    's3:GetObjectVersionTagging',
    's3:GetObjectRetention',
    's3:GetObjectLegalHold',
  ];
  return [
    allow('ReadSettings', ['s3:GetReplicationConfiguration', 's3:ListBucket'], bucketArn),
    allow('ReadVersions', objects, pulumi.interpolate`${bucketArn}/*`),
  ];
}

function viaS3(Sid: string, Action: string[], keyArn: pulumi.Output<string>, region: string) {
  const Condition = { StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } };
  return { ...allow(Sid, Action, keyArn), Condition };
}

function allow(Sid: string, Action: string[], Resource: pulumi.Output<string>): Statement {
  return { Sid, Effect: 'Allow', Action, Resource };
}
