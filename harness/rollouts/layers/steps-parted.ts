/** Git against the controller: it was given other steps, or it believes a weight that its step does not declare. Pure. */
import { formatClock } from '../../../reports/model/figures.ts';
import { seconds } from '../../documents/figures.ts';
import { fieldOwner } from '../../ledger/field-owner.ts';
import type { RolloutStep } from '../rollout-object.ts';
import { TOGETHER_MS } from './belief-parted.ts';
import { type Parting, type RolloutEvidence, rolloutName } from './rollout-evidence.ts';

const STEPS = 'spec.strategy.canary.steps';

export function stepsParted(evidence: RolloutEvidence): readonly Parting[] {
  return [...otherSteps(evidence), ...offSteps(evidence)];
}

/** Only weights and what holds them: an API server fills in defaults. */
const inWords = (steps: readonly RolloutStep[]): string =>
  steps
    .map(({ setWeight, pause, analysis }) =>
      setWeight === undefined ? (pause ? 'pause' : analysis ? 'analysis' : 'step') : `${setWeight} %`,
    )
    .join(', ');

function otherSteps({ git, rollout, watch, endMs }: RolloutEvidence): readonly Parting[] {
  if (git === undefined || inWords(git.steps) === inWords(rollout.steps)) return [];
  const { managedFields } = watch.rollout?.metadata ?? {};
  const writer = fieldOwner(managedFields, STEPS.split('.'));
  const written = managedFields?.find(({ manager }) => manager === writer)?.time;
  const atMs = written === undefined ? (watch.statuses[0]?.atMs ?? endMs) : Date.parse(written);
  return [
    {
      code: 'STEPS_NOT_AS_DECLARED',
      layer: 'controller',
      ...{ atMs, lastedMs: endMs - atMs },
      said: `Git declares the steps ${inWords(git.steps)} (${git.where}), but ${rolloutName(rollout)} was given ${inWords(rollout.steps)}`,
      object: rolloutName(rollout),
      field: STEPS,
      ...(writer === undefined ? {} : { writer }),
      hint: 'Somebody changed the Rollout behind Git, or an overlay does: look at its managedFields.',
    },
  ];
}

/** Weights that a controller may rightly believe at a step: its own, the one before while pods start, and none without pods. */
function allowedAt(steps: readonly RolloutStep[], index: number): ReadonlySet<number> {
  const declared = [0];
  for (const { setWeight } of steps.slice(0, index + 1)) if (setWeight !== undefined) declared.push(setWeight);
  if (index >= steps.length) declared.push(100);
  return new Set([0, ...declared.slice(-2)]);
}

/** Against the steps that it was given: what those part from Git in was said before. */
function offSteps({ rollout, watch, git, endMs }: RolloutEvidence): readonly Parting[] {
  const { beliefs, statuses } = watch;
  const from = git ? ` (${git.where})` : '';
  return statuses.flatMap(({ atMs, status }, i): readonly Parting[] => {
    const { stepIndex, abort, currentHash, stableHash } = status;
    const untilMs = statuses[i + 1]?.atMs ?? endMs;
    // it is not under way, or was told to go back, where pods decide how fast
    if (abort || stepIndex === undefined || currentHash === stableHash) return [];
    const allowed = allowedAt(rollout.steps, stepIndex);
    return beliefs.flatMap((belief, k) => {
      const startMs = Math.max(atMs, belief.atMs);
      const lastedMs = Math.min(untilMs, beliefs[k + 1]?.atMs ?? endMs) - startMs;
      if (allowed.has(belief.weight) || lastedMs <= TOGETHER_MS) return [];
      const should = [...allowed].at(-1) ?? 0;
      return [
        {
          code: 'BELIEF_NOT_AS_DECLARED',
          layer: 'controller',
          ...{ atMs: startMs, lastedMs },
          said: `From ${formatClock(startMs, true)} on ${rolloutName(rollout)} believed ${belief.weight} % (status.canary.weights) for ${seconds(lastedMs)}, while its step ${stepIndex} declares ${should} %${from}`,
          object: rolloutName(rollout),
          field: 'status.canary.weights.canary.weight',
          ...(belief.writer === undefined ? {} : { writer: belief.writer }),
          hint: 'The controller does not do what its steps say: look at its version and its log.',
        },
      ];
    });
  });
}
