/**
 * Claim kind `signed-images`: images of the run, signed by the real cosign with the key that the policy trusts, with another
 * key, or not at all, lie in a real registry, and the API server is asked by dry run, as users ask it, for pods with them. A tag
 * that was admitted while its image was signed is moved to an unsigned one, and asked for again.
 */
import { randomUUID } from 'node:crypto';
import { settledAnswers } from '../../admission/ask.ts';
import { readyPolicy, registration, renderedManifests, requireEngine } from '../../admission/engine.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { declaredWorkloads } from '../../kyverno/declared-workloads.ts';
import { IMAGE_VALIDATING, type LivePolicy, livePolicy } from '../../kyverno/live-policy.ts';
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
import { type RunImages, runImages } from '../../signing/run-images.ts';
import { admittedOf, answerProblems, unreadable } from './image-findings.ts';
import { type ImageQuestion, movedQuestions, questionsAbout, trialImages } from './questions.ts';
import type { SignedImagesClaim } from './signed-images-claim.ts';

interface Judged {
  readonly problems: readonly PolicyProblem[];
  readonly asked: readonly Asked<ImageQuestion>[];
  readonly live: LivePolicy | undefined;
}

/**
 * @throws HarnessError POLICY_ENGINE_NOT_READY, POLICY_ENGINE_UNREACHABLE, POLICY_ANSWERS_CHANGE, REGISTRY_NOT_READY,
 *   REGISTRY_UNREACHABLE, REGISTRY_UNREADABLE, SIGNING_FAILED, and of the API (exit 3); usage errors of manifests that do not
 *   render (exit 2); the scene's reason
 */
export async function judgeSignedImages(claim: SignedImagesClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const judged = await judge(claim, scene);
  const { outcome, sentence, findings } = problemsInWords(judged.problems, {
    where: `${claim.id}: ImageValidatingPolicy ${claim.policy}`,
    passed: () => passedSentence(claim, judged.asked),
  });
  return {
    claim: {
      ...{ id: claim.id, title: claim.title, outcome, sentence },
      details: judged.asked.map(({ question, answer }) => ({
        label: question.what,
        value: answer.kind === 'admitted' ? 'admitted' : refusedBy(claim.policy, judged.live, answer.refusal),
      })),
      durationMs: scene.now() - startedAt,
    },
    findings,
  };
}

async function judge(claim: SignedImagesClaim, scene: Scene): Promise<Judged> {
  const images = runImages(scene);
  await requireEngine(scene);
  await images.requireRegistry();
  const about = { ...claim, kind: IMAGE_VALIDATING };
  const { policy, problem } = await readyPolicy(about, scene);
  if (!policy) return { problems: [problem], asked: [], live: undefined };
  const workloads = declaredWorkloads(await renderedManifests(scene), claim);
  const [configuration, namespace] = await Promise.all([
    registration(about, scene),
    scene.client.get({ apiVersion: 'v1', resource: 'namespaces' }, claim.namespace),
  ]);
  const live = livePolicy(IMAGE_VALIDATING, policy, configuration, namespace);
  // no name of before, as Kyverno remembers what it has verified
  const tag = randomUUID().slice(0, 8);
  await pushTrials(images, tag);
  const before = await settledAnswers(questionsAbout(workloads, claim, tag), scene);
  const found = before.flatMap((one) => answerProblems(claim, live, one, images.digestOf));
  await images.push(trialImages(tag).movable, undefined);
  const after = await settledAnswers(movedQuestions(workloads, tag), scene);
  const asked = [...before, ...after];
  // who went away meanwhile was not asked, or fails open
  await requireEngine(scene);
  await images.requireRegistry();
  requireReadable(asked);
  return {
    ...{ asked, live },
    problems: [
      ...(workloads.length === 0 ? [nothingDeclared(claim.namespace)] : []),
      ...standingProblems(about, live, admittedOf(asked)),
      ...found,
      ...after.flatMap((one) => answerProblems(claim, live, one, images.digestOf)),
    ],
  };
}

async function pushTrials(images: RunImages, tag: string): Promise<void> {
  const { signed, unsigned, anotherKey, movable } = trialImages(tag);
  await images.push(signed, 'release');
  await images.push(movable, 'release');
  await images.push(anotherKey, 'another');
  await images.push(unsigned, undefined);
}

/** @throws HarnessError REGISTRY_UNREADABLE */
function requireReadable(asked: readonly Asked<ImageQuestion>[]): void {
  for (const one of asked) {
    const why = unreadable(one);
    if (why !== undefined)
      throw environmentError('REGISTRY_UNREADABLE', `Kyverno cannot look at an image of the run: ${why}`, {
        where: one.question.what,
        hint: 'The registry answers this machine. Look at its Service, at what Kyverno resolves, and at the certificate in ConfigMap kyverno/registry-certificate.',
      });
  }
}

function passedSentence(
  { policy, failsClosed, otherRegistries, pinsDigests }: SignedImagesClaim,
  asked: readonly Asked<ImageQuestion>[],
): string {
  const count = (of: (question: ImageQuestion) => boolean) => asked.filter(({ question }) => of(question)).length;
  const declared = count(({ about }) => about === 'declared');
  const signed = count(({ about }) => about === 'signed');
  const refused = count(({ about, expects }) => expects === 'refused' && about !== 'elsewhere');
  return `ImageValidatingPolicy ${policy} admits all ${declared} objects as Git declares them and ${signed} pods with images that the release key signed${pinsDigests ? ', each by the digest that was pushed' : ''}, and refuses each of ${refused} pods with an image that is unsigned, that another key signed, or whose tag was moved to an unsigned one, by its own rules; an image from another registry is ${otherRegistries}, as declared${failsClosed ? '; it fails closed' : ''}. Asked by dry run, nothing was made; the signatures are in no transparency log.`;
}
