/**
 * Claim kind `mirror`: the shadow is told to fail whatever reaches it, and counts. Its share of the requests is judged as a
 * split, block after block until that is decided, and no client may be answered by it or notice that it fails.
 */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { type CountedLoad, countedLoad } from '../../stage/counted-load.ts';
import { openReceivers } from '../../stage/receivers.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { costOfSplit } from '../../verdict/split-cost.ts';
import type { MirrorClaim } from './declaration.ts';
import { createMirroredShare, expectationOf } from './mirrored-share.ts';

/** Nobody waits for the answer to a mirrored request, so the last ones may still be on their way when the load has ended. */
const ON_THEIR_WAY_MS = 1_000;

interface Seen {
  readonly blocks: readonly CountedLoad[];
  readonly answered: number;
  readonly unknown: number;
  readonly mirrored: number;
  /** Answers of the shadow to clients. */
  readonly served: number;
  /** Answers to clients that were no success, those of the shadow not counted. */
  readonly bad: number;
}

/** @throws HarnessError RECEIVER_MISSING, RECEIVER_CHANGED (exit 3), usage errors of the share; the scene's reason */
export async function judgeMirror(claim: MirrorClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const share = createMirroredShare(claim.percent / 100, scene.assurance);
  const seen = await watch(claim, share, scene);
  const verdict = share.conclude();
  const tooMany = seen.mirrored > seen.answered + seen.unknown;
  const heard = seen.served > 0 || seen.bad > 0;
  const judged: Outcome = tooMany || heard ? 'failed' : verdict.outcome;
  const books = seen.blocks.map((block) => block.books);
  const shareSentence = tooMany
    ? `The shadow got ${seen.mirrored} requests, more than the ${seen.answered} that clients sent.`
    : verdict.sentence;
  const servedSentence = servedIn(claim, seen);
  return {
    claim: {
      ...{ id: claim.id, title: claim.title },
      outcome: onEvidence(judged, combineOutcomes(books.map(({ outcome }) => outcome))),
      sentence: [
        // what the shadow served is among what it got, so that its share is not judged to an end
        ...(heard && verdict.outcome === 'inconclusive' && !tooMany ? [] : [shareSentence]),
        servedSentence,
      ].join(' '),
      details: [
        { label: 'declared', value: `${claim.percent} %` },
        { label: 'at the shadow', value: `${seen.mirrored} of ${seen.answered} requests` },
        { label: 'answered by the shadow', value: `${seen.served}` },
        { label: 'other bad answers', value: `${seen.bad}` },
      ],
      durationMs: scene.now() - startedAt,
    },
    books,
    findings: [
      ...(tooMany || verdict.outcome === 'failed' ? [finding(claim, 'MIRROR_SHARE_DIFFERS', shareSentence)] : []),
      ...(heard ? [finding(claim, 'MIRROR_HEARD', servedSentence)] : []),
    ],
  };
}

async function watch(claim: MirrorClaim, share: ReturnType<typeof createMirroredShare>, scene: Scene): Promise<Seen> {
  const { path, service, shadowVersion } = claim;
  const { passMean, cap } = costOfSplit(expectationOf(claim.percent / 100, scene.assurance));
  const perBlock = Math.ceil(passMean);
  await using shadow = await openReceivers(claim.shadow, scene);
  const blocks: CountedLoad[] = [];
  let [answered, unknown, mirrored, served, bad] = [0, 0, 0, 0, 0];
  let isDecided = false;
  while (!isDecided && answered < cap && served === 0) {
    await shadow.behave({ errorShare: 1 });
    const id = `${claim.id.replaceAll('/', '-')}-${blocks.length + 1}`;
    const block = await countedLoad({ id, title: claim.title, path, service, requests: perBlock }, scene);
    blocks.push(block);
    await scene.pause(ON_THEIR_WAY_MS);
    const { requests } = await shadow.counts();
    for (const { version, status } of block.stream.entries()) {
      if (version === shadowVersion) served += 1;
      else if (status >= 400) bad += 1;
    }
    answered += block.answered;
    unknown += block.unknown;
    mirrored += requests;
    if (block.answered === 0) break;
    isDecided = share.add({ answered: block.answered, mirrored: requests });
  }
  return { blocks, answered, unknown, mirrored, served, bad };
}

function servedIn({ service, shadowVersion }: MirrorClaim, { served, bad, answered }: Seen): string {
  if (served > 0) return `${served} of ${answered} clients were answered by the shadow, ${service} ${shadowVersion}.`;
  if (bad > 0) return `${bad} of ${answered} answers to clients were errors while only the shadow was to fail.`;
  return `None of ${answered} clients was answered by the shadow, ${service} ${shadowVersion}, which failed all of its requests.`;
}

function finding(claim: MirrorClaim, code: 'MIRROR_SHARE_DIFFERS' | 'MIRROR_HEARD', sentence: string): FindingReport {
  return {
    ...{ code, sentence, layer: 'observed', severity: 'error' },
    where: claim.id,
    hint:
      code === 'MIRROR_HEARD'
        ? 'A route leads to the shadow, or its pods are among those of the destination.'
        : 'Look at mirrorPercentage of the route that these requests take; without it everything is mirrored.',
  };
}
