/** A flag as Git declares it: an export of Unleash's own, in a ConfigMap. Pure. */
import { z } from 'zod';
import { usageError } from '../../errors/harness-error.ts';
import { asRecord, type ManifestFile, parseManifestSet } from '../../lint/manifest-set.ts';
import type { FeatureFlagsClaim } from './feature-flags-claim.ts';

/** The environment that the clients' token is for. */
export const ENVIRONMENT = 'production';

const strategySchema = z.looseObject({
  name: z.string(),
  featureName: z.string(),
  environment: z.string().optional(),
  parameters: z.record(z.string(), z.coerce.string()).default({}),
  constraints: z.array(z.unknown()).default([]),
  segments: z.array(z.unknown()).default([]),
});
const exportSchema = z.looseObject({
  features: z.array(z.looseObject({ name: z.string() })),
  featureStrategies: z.array(strategySchema),
});

export interface FlagStrategy {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly constraints: readonly unknown[];
}

export interface DeclaredFlag {
  readonly strategy: FlagStrategy;
  /** Of the users, 0 to 1. */
  readonly share: number;
  /** `by userId`. */
  readonly stickiness: string;
}

type Asked = Pick<FeatureFlagsClaim, 'flag' | 'declaredIn' | 'home'>;

/** @throws HarnessError FLAG_UNDECLARED, FLAG_STRATEGY (exit 2) */
export function declaredFlag(files: readonly ManifestFile[], claim: Asked): DeclaredFlag {
  const { flag, declaredIn, home } = claim;
  const found = parseManifestSet(files, home).objects.find(
    ({ kind, name, namespace }) =>
      kind === 'ConfigMap' && name === declaredIn.name && namespace === declaredIn.namespace,
  );
  const place = `ConfigMap ${declaredIn.namespace}/${declaredIn.name}`;
  const strategies = found && strategiesIn(asRecord(found.value.data), flag);
  if (!found || !strategies)
    throw usageError('FLAG_UNDECLARED', `Git declares no flag ${flag}`, {
      where: found ? found.path : place,
      hint: found
        ? 'A value of the ConfigMap must be the JSON of an export of Unleash, with the flag among its features.'
        : 'It is read from that ConfigMap: commit it, with an export of Unleash as one of its values.',
    });
  const [strategy, ...others] = strategies;
  const share = Number(strategy?.parameters.rollout) / 100;
  const stickiness = strategy?.parameters.stickiness ?? 'default';
  const why =
    strategy === undefined || others.length > 0
      ? `it has ${strategies.length} strategies`
      : strategy.name !== 'flexibleRollout'
        ? `its strategy is ${strategy.name}`
        : strategy.constraints.length > 0
          ? 'its strategy has constraints or segments'
          : !['userId', 'default'].includes(stickiness)
            ? `its stickiness is ${stickiness}`
            : !(share > 0 && share < 1)
              ? `its rollout is ${strategy.parameters.rollout}`
              : undefined;
  if (strategy === undefined || why !== undefined)
    throw usageError('FLAG_STRATEGY', `the share of users that get flag ${flag} cannot be told: ${why}`, {
      where: found.path,
      hint: 'One strategy flexibleRollout with a rollout from 1 to 99 and stickiness userId (or default) promises a share of users.',
    });
  return { strategy, share, stickiness };
}

/** Of the flag, in the first value that is an export and has it; undefined: none is. */
export function strategiesIn(
  data: Readonly<Record<string, unknown>> | undefined,
  flag: string,
): readonly FlagStrategy[] | undefined {
  for (const text of Object.values(data ?? {})) {
    const exported = exportSchema.safeParse(jsonOf(String(text)));
    if (!exported.success || !exported.data.features.some(({ name }) => name === flag)) continue;
    return exported.data.featureStrategies
      .filter(({ featureName, environment = ENVIRONMENT }) => featureName === flag && environment === ENVIRONMENT)
      .map(({ name, parameters, constraints, segments }) => ({
        ...{ name, parameters },
        constraints: [...constraints, ...segments],
      }));
  }
  return undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
