/**
 * Claim kind `policies`: when Kyverno calls the policy ready, the API server is asked by dry run, as users ask it, for
 * everything that Git declares, and for the same pods with one field less. A refusal counts when it is the policy's own, by a
 * rule that names the field; and nothing counts when the policy only audits, is asked by nobody, or about other namespaces.
 */
import { settledAnswers } from '../../admission/ask.ts';
import { readyPolicy, registration, renderedManifests, requireEngine } from '../../admission/engine.ts';
import { declaredWorkloads } from '../../kyverno/declared-workloads.ts';
import { type LivePolicy, livePolicy, VALIDATING } from '../../kyverno/live-policy.ts';
import {
  nothingDeclared,
  type PolicyProblem,
  problemsInWords,
  refusedBy,
  standingProblems,
} from '../../kyverno/policy-problems.ts';
import type { Asked } from '../../kyverno/question.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { isImplied, type PoliciesClaim } from './policies-claim.ts';
import { admittedOf, answerProblem } from './policy-findings.ts';
import { questionsAbout, type ResourceQuestion } from './questions.ts';

interface Judged {
  readonly problems: readonly PolicyProblem[];
  readonly asked: readonly Asked<ResourceQuestion>[];
  readonly live: LivePolicy | undefined;
}

/**
 * @throws HarnessError POLICY_ENGINE_NOT_READY, POLICY_ENGINE_UNREACHABLE, POLICY_ANSWERS_CHANGE, and of the API (exit 3);
 *   usage errors of manifests that do not render (exit 2); the scene's reason
 */
export async function judgePolicies(claim: PoliciesClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const judged = await judge(claim, scene);
  const { outcome, sentence, findings } = problemsInWords(judged.problems, {
    where: `${claim.id}: ValidatingPolicy ${claim.policy}`,
    passed: () => passedSentence(claim, judged),
  });
  return {
    claim: {
      ...{ id: claim.id, title: claim.title, outcome, sentence },
      details: [
        ...judged.asked.map(({ question, answer }) => ({
          label: question.what,
          value: answer.kind === 'admitted' ? 'admitted' : refusedBy(claim.policy, judged.live, answer.refusal),
        })),
        ...claim.requires
          .filter((field) => isImplied(field, claim.requires))
          .map((field) => ({
            label: field,
            value: 'not asked apart: the API server writes it where the limit is given',
          })),
      ],
      durationMs: scene.now() - startedAt,
    },
    findings,
  };
}

async function judge(claim: PoliciesClaim, scene: Scene): Promise<Judged> {
  await requireEngine(scene);
  const about = { ...claim, kind: VALIDATING };
  const { policy, problem } = await readyPolicy(about, scene);
  if (!policy) return { problems: [problem], asked: [], live: undefined };
  const questions = questionsAbout(declaredWorkloads(await renderedManifests(scene), claim), claim.requires);
  const [configuration, namespace] = await Promise.all([
    registration(about, scene),
    scene.client.get({ apiVersion: 'v1', resource: 'namespaces' }, claim.namespace),
  ]);
  const live = livePolicy(VALIDATING, policy, configuration, namespace);
  const asked = await settledAnswers(questions, scene);
  // who went away meanwhile was not asked, or fails open
  await requireEngine(scene);
  return {
    ...{ asked, live },
    problems: [
      ...(questions.length === 0 ? [nothingDeclared(claim.namespace)] : []),
      ...standingProblems(about, live, admittedOf(asked)),
      ...asked.flatMap((one) => answerProblem(claim, live, one) ?? []),
    ],
  };
}

function passedSentence({ policy, failsClosed }: PoliciesClaim, { asked }: Judged): string {
  const violations = asked.filter(({ question }) => question.lacks);
  const fields = [...new Set(violations.map(({ question }) => question.lacks?.field))];
  return `ValidatingPolicy ${policy} refuses each of ${violations.length} pods that lack ${fields.join(', ')}, by rules that name it, and admits all ${asked.length - violations.length} objects as Git declares them${failsClosed ? '; it fails closed' : ''}. Asked by dry run, nothing was made.`;
}
