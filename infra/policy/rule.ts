import type {
  PolicyResource,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from '@pulumi/policy';

export type Rule = ResourceValidationPolicy | StackValidationPolicy;

/** A resource's properties, as its provider's schema has them. */
export type Props = PolicyResource['props'];

export interface About {
  /** What it is about; the first of the ids is put in front, `own` where there is none. */
  readonly name: string;
  /** What it asks for, as a sentence. */
  readonly asks: string;
  /** The rules of checkov, trivy, cdk-nag, cfn_nag, AWS and prowler that it stands for. @default none has it */
  readonly ids?: readonly string[];
}

/**
 * A rule on each resource of a type, by what goes in: a resource that breaks it is never made.
 * @param types Pulumi's type tokens; empty: every type
 * @param problems a sentence for each thing that is wrong; empty: nothing is
 */
export function onEach(
  about: About,
  types: readonly string[],
  problems: (props: Props, args: ResourceValidationArgs) => string[] | Promise<string[]>,
): ResourceValidationPolicy {
  return {
    ...described(about),
    validateResource: async (args, report) => {
      if (types.length > 0 && !types.includes(args.type)) return;
      for (const problem of await problems(args.props, args)) report(`${args.name} ${problem}`);
    },
  };
}

/**
 * A rule on how the resources of a stack belong together, at the end of a preview or an update.
 * @param subjects the resources that are looked at, one by one
 * @param problems a sentence for each thing that is wrong with one of them; empty: nothing is
 */
export function together(
  about: About,
  subjects: (all: PolicyResource[]) => PolicyResource[],
  problems: (subject: PolicyResource, all: PolicyResource[]) => string[],
): StackValidationPolicy {
  return {
    ...described(about),
    validateStack: ({ resources }, report) => {
      for (const subject of subjects(resources))
        for (const problem of problems(subject, resources))
          report(`${subject.name} ${problem}`, subject.urn);
    },
  };
}

/** The one sentence, unless all is well. */
export function unless(well: boolean, problem: string): string[] {
  return well ? [] : [problem];
}

function described({ name, asks, ids = [] }: About) {
  const origin = ids.length > 0 ? `Stands for ${ids.join(', ')}.` : 'No scanner has this rule.';
  return { name: `${ids[0] ?? 'own'}-${name}`, description: `${asks} ${origin}`, tags: [...ids] };
}
