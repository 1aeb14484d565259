/** Page loads over one route, until it is decided how many of them break. */
import { seconds } from '../../documents/figures.ts';
import type { PageBrowser, PageLoad } from '../../ports/browser.ts';
import type { Scene } from '../../scene/scene.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { createShareLimitJudge } from '../../verdict/share-limit.ts';
import { createSplitJudge } from '../../verdict/split-judge.ts';
import type { PageRoute } from './declaration.ts';
import { ALPHA, BETA, BROKEN, brokenExpectation, type Expected, WHOLE } from './expected-share.ts';
import type { PageReader, PageVerdict, PartProblem } from './page-verdict.ts';

/** Beside one another; more make every one of them slower on two cores. */
const LANES = 4;
/** The judge of splits wants groups; every load is a user of its own. */
const GROUPS = 20;
/** More lost loads than this, and what was seen of the others says little. */
const LOST_SHARE = 0.01;

export interface UserArm {
  readonly version: string;
  /** As the split declares it, 0 to 1. */
  readonly share: number;
}

export interface RouteQuestion {
  readonly route: PageRoute;
  readonly url: string;
  readonly expected: Expected;
  readonly arms: readonly UserArm[];
  /** Whether users must be split as declared, too, which `loadUsers` sees to. */
  readonly judgesUsers: boolean;
  /** Requests of a whole page beside itself. */
  readonly assets: number;
}

export interface RouteSeen extends RouteQuestion {
  readonly whole: number;
  readonly broken: number;
  readonly lost: number;
  /** Whose page came, of the whole and the broken ones. */
  readonly pagesOf: ReadonlyMap<string, number>;
  readonly brokenOutcome: Outcome;
  readonly reason: 'decided' | 'cap-reached' | 'time-budget' | 'stopped';
  readonly firstLost: PartProblem | undefined;
  readonly firstBroken: PartProblem | undefined;
  readonly notServed: PartProblem | undefined;
  readonly unnamed: PartProblem | undefined;
  /** Of a whole page that had another number of them. */
  readonly otherAssets: number | undefined;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** @throws HarnessError BROWSER_FAILED (exit 3); the scene's reason */
export async function loadRoute(
  question: RouteQuestion,
  browser: PageBrowser,
  reader: PageReader,
  scene: Scene,
): Promise<RouteSeen> {
  const { route, url, expected, assets } = question;
  const { maxDurationMs: limitMs, requestTimeoutMs: timeoutMs } = scene.profile.load;
  const startedAt = scene.now();
  const counted = createCount(assets);
  const broken = createBrokenJudge(expected);
  const step = scene.progress.step(`page loads of ${route.host}`);
  let reason: RouteSeen['reason'] = 'decided';
  let n = 0;
  while (!broken.decided) {
    const isOver = scene.now() - startedAt > limitMs;
    if (isOver || counted.isHopeless()) {
      reason = isOver ? 'time-budget' : 'stopped';
      break;
    }
    if (broken.capped) {
      reason = 'cap-reached';
      break;
    }
    const lanes = Array.from({ length: LANES }, () => browser.load({ url, timeoutMs }, scene.signal));
    // in the order in which they were begun: broken ones end sooner
    for (const load of await allOf(lanes)) {
      const verdict = reader.verdict(load);
      counted.add(verdict);
      if (verdict.kind !== 'whole' && verdict.kind !== 'broken') continue;
      broken.observe(verdict.kind === 'broken', String(n % GROUPS));
      n += 1;
    }
    scene.signal.throwIfAborted();
    step.update(`${n}, ${counted.broken} broken`);
  }
  const endedAt = scene.now();
  step.done(`${n} in ${seconds(endedAt - startedAt)}, ${counted.broken} broken`);
  return {
    ...question,
    ...counted.seen(),
    brokenOutcome: broken.conclude(),
    ...{ reason, startedAt, endedAt },
  };
}

/** Waits for all of them also where one fails, so that none goes on behind the next. */
async function allOf(loads: readonly Promise<PageLoad>[]): Promise<readonly PageLoad[]> {
  await Promise.allSettled(loads);
  return Promise.all(loads);
}

function createBrokenJudge(expected: Expected) {
  if (expected.kind === 'at-most') {
    const judge = createShareLimitJudge({ limit: expected.share, margin: expected.margin, alpha: ALPHA, beta: BETA });
    let isHit = false;
    return {
      observe(isBroken: boolean, _group: string) {
        isHit ||= isBroken;
        judge.observe(isBroken);
      },
      get decided() {
        return judge.outcome !== 'inconclusive';
      },
      get capped() {
        return judge.n >= judge.cap;
      },
      // the last few are loaded side by side: where none may break, one that breaks behind the decision counts, too
      conclude: (): Outcome => (isHit && expected.share === 0 ? 'failed' : judge.outcome),
    };
  }
  const judge = createSplitJudge(brokenExpectation(expected));
  let decided = false;
  return {
    observe(isBroken: boolean, group: string) {
      decided ||= judge.observe(isBroken ? BROKEN : WHOLE, group) !== undefined;
    },
    get decided() {
      return decided;
    },
    capped: false,
    conclude: (): Outcome => judge.conclude(decided ? 'decided' : 'load-ended').outcome,
  };
}

function createCount(assets: number) {
  const pagesOf = new Map<string, number>();
  let whole = 0;
  let broken = 0;
  let lost = 0;
  let firstLost: PartProblem | undefined;
  let firstBroken: PartProblem | undefined;
  let notServed: PartProblem | undefined;
  let unnamed: PartProblem | undefined;
  let otherAssets: number | undefined;
  const page = (version: string) => pagesOf.set(version, (pagesOf.get(version) ?? 0) + 1);
  return {
    get broken() {
      return broken;
    },
    add(verdict: PageVerdict): void {
      if (verdict.kind === 'whole') {
        whole += 1;
        page(verdict.version);
        if (verdict.assets !== assets) otherAssets ??= verdict.assets;
      } else if (verdict.kind === 'broken') {
        broken += 1;
        page(verdict.version);
        firstBroken ??= verdict.problem;
      } else if (verdict.kind === 'lost') {
        lost += 1;
        firstLost ??= verdict.problem;
      } else if (verdict.kind === 'not-served') notServed ??= verdict.problem;
      else unnamed ??= verdict.problem;
    },
    /** Nothing that comes later could make it pass. */
    isHopeless: () =>
      notServed !== undefined ||
      unnamed !== undefined ||
      otherAssets !== undefined ||
      lost > Math.max(LANES, LOST_SHARE * (whole + broken + lost)),
    seen: () => ({ whole, broken, lost, pagesOf, firstLost, firstBroken, notServed, unnamed, otherAssets }),
  };
}

/** @returns whether so many loads were lost that the others say little */
export function tooManyLost({ whole, broken, lost }: Pick<RouteSeen, 'whole' | 'broken' | 'lost'>): boolean {
  return lost > LOST_SHARE * (whole + broken + lost);
}
