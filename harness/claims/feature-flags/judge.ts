/**
 * Claim kind `feature-flags`: users take turns at asking while the flag is as declared, off, on again, and while Unleash is
 * away. Users are counted, and not requests, because what a user got once says what he gets again; how the mesh split the
 * same requests stands beside it.
 */
import type { SplitReport } from '../../../reports/model/run-report.ts';
import { percent, seconds } from '../../documents/figures.ts';
import { APPLICATIONS, applicationStatus } from '../../scene/application.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import { podIdentities, touchedPods } from '../../scene/pod-identities.ts';
import type { Scene } from '../../scene/scene.ts';
import { declaredSplit } from '../../scene/split-claim.ts';
import { createSharesJudge } from '../../traffic/share-verdict.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import { whole } from '../../verdict/wording.ts';
import { declaredFlag } from './declared-flag.ts';
import type { FeatureFlagsClaim } from './feature-flags-claim.ts';
import { answersIn, type FlagFilm, knownUsers, lagMs } from './flag-film.ts';
import { type Deployed, type FlagProblem, flagProblems } from './flag-problems.ts';
import { type FlagServer, openFlagServer } from './flag-server.ts';
import { type MadeFilm, makeFilm } from './make-film.ts';
import { flagArms, OFF, ON, usersFor } from './users.ts';

/**
 * @param open what reaches Unleash
 * @throws HarnessError FLAG_UNDECLARED, FLAG_STRATEGY and usage errors of the share (exit 2); FLAG_SERVER_NOT_READY,
 *   FLAG_SERVER_WITHOUT_DATABASE, FLAG_SERVER_UNREACHABLE, FLAG_SERVER_REFUSED, FLAG_NOT_DELIVERED (exit 3); the scene's
 *   reason
 */
export async function judgeFeatureFlags(
  claim: FeatureFlagsClaim,
  scene: Scene,
  open: (scene: Scene) => Promise<FlagServer> = openFlagServer,
): Promise<ClaimResult> {
  const startedAt = scene.now();
  const declared = declaredFlag(scene.source.manifests, claim);
  const users = usersFor(declared.share, claim.margin, scene.assurance);
  const server = await open(scene);
  const before = await deployedNow(scene);
  const made = await makeFilm(claim, users, server, scene);
  const deployed = compared(before, await deployedNow(scene));
  const { film, load } = made;
  const share = shareOfUsers(claim, declared.share, made, scene);
  const mesh = shareOfMesh(claim, made, scene);
  const problems = [
    ...(share.outcome === 'failed' ? [wrongShare(claim, share)] : []),
    ...flagProblems(claim, declared, film, deployed),
  ];
  const outcome = onEvidence(
    combineOutcomes([problems.length > 0 ? 'failed' : 'passed', share.outcome]),
    load.books.outcome,
  );
  const { offMs, onMs } = lags(film);
  return {
    claim: {
      ...{ id: claim.id, title: claim.title, outcome },
      sentence:
        outcome === 'failed' && problems.length > 0
          ? `${problems.map(({ sentence }) => sentence).join('; ')}.`
          : [share.sentence, ...(outcome === 'passed' ? [passedSentence(claim, film)] : [])].join(' '),
      details: [
        { label: 'users', value: whole(knownUsers(film, film.declared).first.length) },
        { label: 'declared share of users', value: percent(declared.share) },
        ...(problems.some(({ code }) => code === 'FLAG_TOGGLE_IGNORED')
          ? []
          : [
              { label: 'last request with the flag on, after it was switched off', value: seconds(offMs) },
              { label: 'last request without it, after it was switched on', value: seconds(onMs) },
            ]),
        { label: 'deployed meanwhile', value: deployed.touched.join(', ') || 'nothing' },
        ...(mesh ? [{ label: 'shares of requests, by the mesh', value: mesh.sentence }] : []),
      ],
      durationMs: scene.now() - startedAt,
    },
    splits: [share, ...(mesh ? [mesh] : [])],
    books: [load.books],
    findings:
      outcome === 'invalid'
        ? []
        : problems.map(({ code, sentence, hint }) => ({
            ...{ code, hint, layer: 'observed', severity: 'error', sentence: `${sentence}.` },
            where: `${claim.id}: flag ${claim.flag}`,
          })),
  };
}

async function deployedNow(scene: Scene) {
  const { client, profile, application } = scene;
  const namespaces = profile.namespaces.map(({ name }) => name);
  const applications = { ...APPLICATIONS, namespace: application.namespace };
  const [found, ...pods] = await Promise.all([
    client.get(applications, application.name),
    ...namespaces.map((namespace) => podIdentities(scene, namespace)),
  ]);
  return { revision: applicationStatus(found).sync?.revision ?? '', pods };
}

type Now = Awaited<ReturnType<typeof deployedNow>>;

function compared(before: Now, after: Now): Deployed {
  return {
    touched: before.pods.flatMap((pods, index) => touchedPods(pods, after.pods[index] ?? new Map())),
    revisions: [before.revision, after.revision],
  };
}

/** One answer of each user, in the order in which they first came. */
function shareOfUsers(
  claim: FeatureFlagsClaim,
  declaredShare: number,
  { film, load }: MadeFilm,
  scene: Scene,
): SplitReport {
  const judge = createSharesJudge(
    {
      ...{ id: `${claim.id.replaceAll('/', '-')}-users`, claimId: claim.id, path: claim.path.kind },
      title: `users who get ${claim.flag}`,
      ...{
        arms: flagArms(declaredShare),
        assurance: scene.assurance,
        margin: claim.margin,
        ratePerSecond: claim.path.ratePerSecond,
      },
    },
    'fixed-sample',
  );
  for (const { startMs, state, connection } of knownUsers(film, film.declared).first)
    judge.observe({ startMs, version: state === 'on' ? ON : OFF, ending: 'answered' }, String(connection));
  const report = judge.report(load.books);
  // each of the requests that were judged is another user's
  return { ...report, sentence: report.sentence.replaceAll(/\b([\d,]+) request(s?)\b/g, '$1 user$2') };
}

/** Every request from then on: no user sticks to a version, and no toggle moves one. */
function shareOfMesh(claim: FeatureFlagsClaim, { film, load }: MadeFilm, scene: Scene): SplitReport | undefined {
  if (!claim.split) return undefined;
  const arms = declaredSplit(scene, claim.split).arms.map(({ version, share }) => ({ name: version, share }));
  const judge = createSharesJudge(
    {
      ...{ id: `${claim.id.replaceAll('/', '-')}-mesh`, claimId: claim.id, path: claim.path.kind },
      title: 'requests by version, beside the flag',
      ...{ arms, assurance: scene.assurance, ratePerSecond: claim.path.ratePerSecond },
    },
    'fixed-sample',
  );
  const seen = { fromMs: film.declared.fromMs, toMs: (film.away ?? film.again).toMs };
  for (const { startMs, version, state, connection } of answersIn(film, seen)) {
    if (judge.isDecided) break;
    judge.observe({ startMs, version, ending: state === 'lost' ? 'lost' : 'answered' }, String(connection));
  }
  return judge.report(load.books);
}

function wrongShare({ flag }: FeatureFlagsClaim, { sentence }: SplitReport): FlagProblem {
  return {
    code: 'FLAG_SHARE',
    sentence: `the share of users who get ${flag} is not as Git declares it: ${sentence.replace(/\.$/, '')}`,
    hint: 'See the rollout of its strategy in Unleash, and whether what is in Git was brought there.',
  };
}

function lags(film: FlagFilm): { readonly offMs: number; readonly onMs: number } {
  const { states } = knownUsers(film, film.declared);
  return {
    offMs: lagMs(film, film.toggledOff, film.off.toMs, ({ state }) => state === 'on'),
    onMs: lagMs(
      film,
      film.toggledOn,
      film.again.toMs,
      ({ user, state }) => state === 'off' && states.get(user) === 'on',
    ),
  };
}

function passedSentence({ flag, servesLastKnown }: FeatureFlagsClaim, film: FlagFilm): string {
  const { offMs, onMs } = lags(film);
  const outage = servesLastKnown ? ', and all of them the same while Unleash was away' : '';
  return `Each user kept his answer. Switched off, ${flag} was gone for everybody after ${seconds(offMs)}; switched on, the same users had it again after ${seconds(onMs)}${outage}. No pod was touched, and nothing was committed.`;
}
