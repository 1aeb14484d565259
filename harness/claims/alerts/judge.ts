/**
 * Claim kind `alerts`: the rules come by Git, each fault is made in turn under traffic, and the receiver that
 * Alertmanager routes to must hear of that fault's alert, of its end, and of no other alert meanwhile.
 */

import { pointedAt, repositoryObject } from '../../delivery/repository-object.ts';
import { seconds } from '../../documents/figures.ts';
import { ALERT_RECEIVER_ADDRESS } from '../../documents/shared-places.ts';
import { environmentError } from '../../errors/harness-error.ts';
import { readAlertRules } from '../../evidence/alert-rules.ts';
import { startReceiver, type WebhookReceiver } from '../../evidence/webhook-receiver.ts';
import { isRolloutSettled, ROLLOUTS } from '../../rollouts/rollout-object.ts';
import { APPLICATIONS, applicationStatus, isSyncedAndHealthy } from '../../scene/application.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { PromiseNotKept, subjectKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { startRolloutLoad } from '../../traffic/recorded-load.ts';
import { placeLoad } from '../../traffic/traffic-path.ts';
import { makeAlertFault } from './alert-faults.ts';
import { notificationsOf, problemsOf } from './alert-notifications.ts';
import { MONITORING, requireLasting, requireSenders } from './blameless-rules.ts';
import type { AlertCase, AlertsClaim } from './declaration.ts';

const RECEIVER_SERVICE = { namespace: MONITORING, name: 'alert-receiver' } as const;
/** Undoing one fault and settling again, beyond the waits that the claim limits. */
const MARGIN_MS = 120_000;
const LOOK_MS = 500;

interface CaseResult {
  readonly alert: AlertCase;
  readonly problems: readonly string[];
  readonly firedMs: number | undefined;
}

/**
 * @throws PromiseNotKept of rules that are not there or not quiet; HarnessError LOAD_ENDED, LOAD_SILENT, PODS_NOT_READY,
 *   RECEIVER_ENDED, ALERT_SECRET_MISSING (exit 3); the scene's reason
 */
export async function judgeAlerts(claim: AlertsClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const receiver = await openReceiver(scene);
  const id = claim.id.replaceAll('/', '-');
  const eachMs = claim.firesWithinMs + claim.resolvesWithinMs + MARGIN_MS;
  const placed = await placeLoad(scene, id, claim.path, claim.cases.length * eachMs);
  const title = 'traffic while alerts are provoked';
  const load = startRolloutLoad({ id, title, placed, service: claim.rollout.name, versions: [] }, scene);
  try {
    await load.answered;
    await rulesLoaded(claim, scene);
    await quiet(claim, scene);
    const results: CaseResult[] = [];
    for (const alert of claim.cases) results.push(await provoke(alert, claim, receiver, scene));
    requireLasting((await load.stop()).books, id);
    const problems = results.flatMap((result) => result.problems);
    const took = ({ alert, firedMs }: CaseResult) =>
      `${alert.alert} (${alert.severity}) ${firedMs === undefined ? 'did not fire' : `after ${seconds(firedMs)}`}`;
    return {
      claim: {
        id: claim.id,
        title: claim.title,
        outcome: problems.length === 0 ? 'passed' : 'failed',
        sentence:
          problems.length === 0
            ? `Each fault raised its own alert and no other, at the receiver of its severity: ${results.map(took).join(', ')}.`
            : `${problems.join('; ')}.`,
        details: notificationsOf(receiver.requests).map(({ alert, status, receiver: to, atMs }) => ({
          label: `${alert} ${status}`,
          value: `to ${to}, ${seconds(atMs - startedAt)} after the claim began`,
        })),
        durationMs: scene.now() - startedAt,
      },
      findings: problems.map((sentence) => ({
        code: 'ALERT_WRONG',
        layer: 'observed',
        severity: 'error',
        sentence,
        hint: 'Look at the rule, at its `for`, and at the routes of Alertmanager.',
      })),
    };
  } finally {
    await Promise.all([load.stop().catch(() => undefined), receiver.stop()]);
  }
}

/** Starts it where pods reach it, and points the Service that Alertmanager posts to at it. */
async function openReceiver(scene: Scene): Promise<WebhookReceiver> {
  const { argvPrefix } = await scene.cluster.loadAt({ kind: 'ingress' });
  // where pods reach the Git server they reach the receiver too
  const address = new URL(scene.cluster.git.url).hostname;
  const { namespace, name } = RECEIVER_SERVICE;
  const receiver = await startReceiver(argvPrefix, address, scene.signal, {
    secretPath: `/${await receiverSecret(scene, namespace)}`,
  });
  await scene.client.apply([
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: ALERT_RECEIVER_ADDRESS.name, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ name: 'http', port: receiver.port, protocol: 'TCP' }],
    },
  ]);
  return receiver;
}

/** What Alertmanager puts before every path, so that nobody else can say that an alert fired. */
async function receiverSecret({ client }: Scene, namespace: string): Promise<string> {
  const secret = await client.get({ apiVersion: 'v1', resource: 'secrets', namespace }, 'alertmanager');
  const text = (secret?.data as Readonly<Record<string, unknown>> | undefined)?.['receiver-secret'];
  if (typeof text === 'string') return Buffer.from(text, 'base64').toString('utf8');
  throw environmentError('ALERT_SECRET_MISSING', 'this Alertmanager was not told how to prove its notifications', {
    where: `Secret ${namespace}/alertmanager`,
    hint: 'Run canaryproof up again: it brings the addons to what this version needs.',
  });
}

/** @throws PromiseNotKept when the Application of the rules does not become Synced and Healthy */
async function rulesLoaded(claim: AlertsClaim, scene: Scene): Promise<void> {
  const { client, source, profile, signal } = scene;
  const application = pointedAt(
    repositoryObject(source.files, claim.application, 'Application'),
    source.repository.url,
  );
  const { name, namespace = scene.application.namespace } = application.metadata;
  await client.apply([application]);
  await client.waitFor(
    { ...APPLICATIONS, namespace },
    name,
    (object) => isSyncedAndHealthy(object, applicationStatus(object).sync?.revision ?? ''),
    subjectKeeps({
      timeoutMs: profile.budgets.applicationSyncedMs,
      what: `Application ${name} of the alert rules to be Synced and Healthy`,
      signal,
      layer: 'git',
    }),
  );
}

async function provoke(
  alert: AlertCase,
  claim: AlertsClaim,
  receiver: WebhookReceiver,
  scene: Scene,
): Promise<CaseResult> {
  const step = scene.progress.step(`alert ${alert.alert}`);
  const from = receiver.requests.length;
  const heard = (status: 'firing' | 'resolved', timeoutMs: number) =>
    receiver.waitFor(
      (request) => notificationsOf([request]).some((one) => one.alert === alert.alert && one.status === status),
      timeoutMs,
      from,
    );
  const faultAt = scene.now();
  const undo = await makeAlertFault(alert.fault, claim.rollout, scene);
  scene.recorder.event('harness', `fault for ${alert.alert}`);
  // also when the run ends meanwhile: what was broken is mended first
  const fired = await heard('firing', claim.firesWithinMs).finally(undo);
  const resolved = fired && (await heard('resolved', claim.resolvesWithinMs));
  if (!fired) await requireSenders(`${alert.alert} to fire`, claim.firesWithinMs, scene);
  else if (!resolved) await requireSenders(`${alert.alert} to be resolved`, claim.resolvesWithinMs, scene);
  // the next fault must not meet what this one left
  await quiet(claim, scene);
  const problems = [
    ...problemsOf(alert, notificationsOf(receiver.requests.slice(from))),
    ...(fired && !resolved ? [`${alert.alert} was not resolved within ${seconds(claim.resolvesWithinMs)}`] : []),
  ];
  if (problems.length === 0) step.done(`after ${seconds((fired?.atMs ?? faultAt) - faultAt)}`);
  else step.fail(problems.join('; '));
  return { alert, problems, firedMs: fired && fired.atMs - faultAt };
}

/**
 * One version runs, Prometheus has every rule of the claim, and none of its rules is firing or about to.
 * @throws PromiseNotKept where that does not come about; HarnessError PODS_NOT_READY
 */
async function quiet(claim: AlertsClaim, scene: Scene): Promise<void> {
  const { namespace, name } = claim.rollout;
  await scene.client.waitFor(
    { ...ROLLOUTS, namespace },
    name,
    isRolloutSettled,
    subjectKeeps({
      timeoutMs: scene.profile.budgets.podsReadyMs,
      what: `Rollout ${namespace}/${name} to be settled`,
      signal: scene.signal,
      needsPodsOf: namespace,
    }),
  );
  const base = scene.cluster.prometheusUrl;
  if (base === undefined)
    throw environmentError('PROMETHEUS_MISSING', 'there is no Prometheus to ask for its alert rules');
  const deadline = scene.now() + claim.resolvesWithinMs;
  for (;;) {
    const rules = await readAlertRules(base, scene.signal);
    const missing = claim.cases.filter(({ alert }) => !rules.some((rule) => rule.name === alert));
    const loud = rules.filter(({ state }) => state !== 'inactive');
    if (missing.length === 0 && loud.length === 0) return;
    scene.signal.throwIfAborted();
    if (scene.now() > deadline)
      throw new PromiseNotKept(
        { what: 'every rule of the claim to be there and quiet', timeoutMs: claim.resolvesWithinMs, layer: 'observed' },
        {
          instead:
            missing.length > 0
              ? `Prometheus had no rule ${missing.map(({ alert }) => alert).join(', ')}`
              : `${loud.map((rule) => `${rule.name} was ${rule.state}`).join(', ')} without a fault`,
          where: 'the alert rules that the Application brings',
        },
      );
    await scene.pause(LOOK_MS);
  }
}
