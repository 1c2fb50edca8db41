import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

export interface StoredSecretArgs {
  /** What it opens; shown in the console. */
  readonly description: string;
  readonly value: pulumi.Output<string>;
  /** The key that it is encrypted with. */
  readonly keyArn: pulumi.Input<string>;
}

/** A secret of the configuration, kept in Secrets Manager for the functions to read when they run. */
export class StoredSecret extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** Another one for each value. */
  readonly version: pulumi.Output<string>;

  constructor(name: string, args: StoredSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super('neon-backup:infra:StoredSecret', name, {}, opts);
    const secret = new aws.secretsmanager.Secret(
      `${name}-secret`,
      { description: args.description, kmsKeyId: args.keyArn },
      { parent: this },
    );
    const value = new aws.secretsmanager.SecretVersion(
      `${name}-value`,
      { secretId: secret.id, secretString: pulumi.secret(args.value) },
      { parent: this },
    );
    this.arn = secret.arn;
    this.version = value.versionId;
    this.registerOutputs({ arn: this.arn });
  }
}
