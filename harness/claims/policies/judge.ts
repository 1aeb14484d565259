/**
 * Claim kind `policies`: when Kyverno calls the policy ready, the API server is asked by dry run, as users ask it, for
 * everything that Git declares, and for the same pods with one field less. A refusal counts when it is the policy's own, by a
 * rule that names the field; and nothing counts when the policy only audits, is asked by nobody, or about other namespaces.
 */
import { posix } from 'node:path';
import type { KubeObject } from '../../../k8s/client/object.ts';
import { isRolledOut } from '../../../k8s/client/readiness.ts';
import type { FindingReport } from '../../../reports/model/run-report.ts';
import { seconds } from '../../documents/figures.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { readApplication } from '../../lint/argo/argo-application.ts';
import type { ManifestFile } from '../../lint/manifest-set.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { isKept } from '../../scene/environments-fault.ts';
import { subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { combineOutcomes } from '../../verdict/combine.ts';
import { type Asked, settledAnswers } from './ask.ts';
import { declaredWorkloads } from './declared-workloads.ts';
import { isReady, isRegistered, type LivePolicy, livePolicy, POLICIES, WEBHOOKS, whyNotReady } from './live-policy.ts';
import { isImplied, type PoliciesClaim } from './policies-claim.ts';
import { answerProblem, type PolicyProblem, ruleOf, standingProblems } from './policy-findings.ts';
import { questionsAbout } from './questions.ts';

const ENGINE = { namespace: 'kyverno', name: 'kyverno-admission-controller' } as const;

const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

interface Judged {
  readonly problems: readonly PolicyProblem[];
  readonly asked: readonly Asked[];
  readonly live: LivePolicy | undefined;
}

/**
 * @throws HarnessError POLICY_ENGINE_NOT_READY, POLICY_ENGINE_UNREACHABLE, POLICY_ANSWERS_CHANGE, and of the API (exit 3);
 *   usage errors of manifests that do not render (exit 2); the scene's reason
 */
export async function judgePolicies(claim: PoliciesClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const judged = await judge(claim, scene);
  const { problems, live } = judged;
  const outcome = combineOutcomes(['passed' as const, ...problems.map((problem) => problem.outcome)]);
  return {
    claim: {
      ...{ id: claim.id, title: claim.title, outcome },
      sentence: problems.length > 0 ? `${groups(problems).map(inWords).join('; ')}.` : passedSentence(claim, judged),
      details: [
        ...judged.asked.map(({ question, answer }) => ({
          label: question.what,
          value: answer.kind === 'admitted' ? 'admitted' : (live && byRule(claim, live, answer.refusal)) || 'refused',
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
    findings: groups(problems).map((group) => findingOf(claim, group)),
  };
}

async function judge(claim: PoliciesClaim, scene: Scene): Promise<Judged> {
  await requireEngine(scene);
  const { policy, problem } = await readyPolicy(claim, scene);
  if (!policy) return { problems: [problem], asked: [], live: undefined };
  const questions = questionsAbout(declaredWorkloads(await declared(scene), claim), claim.requires);
  const [configuration, namespace] = await Promise.all([
    registration(claim, scene),
    scene.client.get({ apiVersion: 'v1', resource: 'namespaces' }, claim.namespace),
  ]);
  const live = livePolicy(policy, configuration, namespace);
  const asked = await settledAnswers(questions, scene);
  // who went away meanwhile was not asked, or fails open
  await requireEngine(scene);
  const nothing: PolicyProblem[] = [
    {
      ...{ code: 'POLICY_NOTHING_DECLARED', outcome: 'inconclusive' },
      sentence: `Git declares nothing with pods in namespace ${claim.namespace}`,
      hint: 'A conforming pod is one of the application: name the namespace that it is in.',
    },
  ];
  return {
    ...{ asked, live },
    problems: [
      ...(questions.length === 0 ? nothing : []),
      ...standingProblems(claim, live, asked),
      ...asked.flatMap((one) => answerProblem(claim, live, one) ?? []),
    ],
  };
}

/** @throws HarnessError POLICY_ENGINE_NOT_READY */
async function requireEngine({ client }: Scene): Promise<void> {
  const { namespace, name } = ENGINE;
  const deployment = await client.get({ apiVersion: 'apps/v1', resource: 'deployments', namespace }, name);
  // one that is scaled to nothing takes its webhooks away, and everything is admitted
  if (isRolledOut(deployment) && Number(deployment?.spec?.replicas ?? 1) > 0) return;
  throw environmentError('POLICY_ENGINE_NOT_READY', `Deployment ${namespace}/${name} is not available`, {
    where: `${namespace}/${name}`,
    hint: 'While it is away policies are not asked, or nothing is admitted: look at its pods and their log.',
  });
}

type Ready =
  | { readonly policy: KubeObject; readonly problem?: never }
  | { readonly policy?: never; readonly problem: PolicyProblem };

async function readyPolicy(claim: PoliciesClaim, scene: Scene): Promise<Ready> {
  const { policy: name, readyWithinMs: timeoutMs } = claim;
  const what = `ValidatingPolicy ${name} to be ready`;
  const wait = subjectKeeps({ timeoutMs, what, signal: scene.signal, needsPodsOf: ENGINE.namespace });
  const ready = await isKept(scene, scene.client.waitFor(POLICIES, name, isReady, wait));
  const policy = await scene.client.get(POLICIES, name);
  if (ready && policy) return { policy };
  return {
    problem: {
      ...{ code: 'POLICY_NOT_READY', outcome: 'failed' },
      sentence: `${what}: not within ${seconds(timeoutMs)} (${whyNotReady(policy)})`,
      hint: 'Nothing was asked. Its conditions say what Kyverno makes of it; an expression that does not compile is in the log of Kyverno.',
    },
  };
}

/** The webhooks that Kyverno has registered, once this policy is among them or its time is up. */
async function registration({ policy, readyWithinMs: timeoutMs }: PoliciesClaim, scene: Scene) {
  const { collection, name } = WEBHOOKS;
  const what = `ValidatingPolicy ${policy} to be registered`;
  const wait = subjectKeeps({ timeoutMs, what, signal: scene.signal, needsPodsOf: ENGINE.namespace });
  const isMet = (object: KubeObject | undefined) => isRegistered(object, policy);
  await isKept(scene, scene.client.waitFor(collection, name, isMet, wait));
  return scene.client.get(collection, name);
}

/** What the Application renders: Kustomize is asked here, Helm has been already. */
async function declared({ source, profile, renderKustomization }: Scene): Promise<readonly ManifestFile[]> {
  const file = source.files.find(({ path }) => path === profile.source.application);
  const path = file && readApplication(file).sourcePath;
  if (path === undefined || !renderKustomization) return source.manifests;
  const names = KUSTOMIZATIONS.map((name) => posix.join(path, name));
  if (!source.files.some((one) => names.includes(one.path))) return source.manifests;
  return [{ path: `${path}/rendered.yaml`, text: await renderKustomization(path) }];
}

function byRule(
  { policy }: PoliciesClaim,
  live: LivePolicy,
  { policies, text }: { policies: readonly { policy: string; message: string }[]; text: string },
): string {
  if (policies.length === 0) return `refused: ${text}`;
  const said = policies.map((one) => {
    const rule = one.policy === policy ? ruleOf(live, one.message) : undefined;
    return `${one.policy}${rule === undefined ? '' : `, validation ${rule}`}: ${one.message}`;
  });
  return `refused by ${said.join('; ')}`;
}

function passedSentence({ policy, failsClosed }: PoliciesClaim, { asked }: Judged): string {
  const violations = asked.filter(({ question }) => question.lacks);
  const fields = [...new Set(violations.map(({ question }) => question.lacks?.field))];
  return `ValidatingPolicy ${policy} refuses each of ${violations.length} pods that lack ${fields.join(', ')}, by rules that name it, and admits all ${asked.length - violations.length} objects as Git declares them${failsClosed ? '; it fails closed' : ''}. Asked by dry run, nothing was made.`;
}

type Group = readonly [PolicyProblem, ...PolicyProblem[]];

function groups(problems: readonly PolicyProblem[]): readonly Group[] {
  return [...Map.groupBy(problems, ({ code }) => code).values()] as unknown as readonly Group[];
}

function inWords([{ sentence }, ...others]: Group): string {
  return others.length === 0 ? sentence : `${sentence} (so are ${others.length} more like it)`;
}

function findingOf({ id, policy }: PoliciesClaim, group: Group): FindingReport {
  const [{ code, hint, outcome }] = group;
  return {
    ...{ code, hint, layer: 'api', severity: outcome === 'failed' ? 'error' : 'warning' },
    sentence: `${inWords(group)}.`,
    where: `${id}: ValidatingPolicy ${policy}`,
  };
}
