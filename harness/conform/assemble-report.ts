/** Puts the results of a conformance run together into the document that every report is made from: pure. */

import { createHash } from 'node:crypto';
import { countText } from '../../reports/model/causes/cause-words.ts';
import { causesOf, firstSentence } from '../../reports/model/causes/causes.ts';
import { tidyNumbers } from '../../reports/model/causes/tidy-numbers.ts';
import type { RunReport, TimelineReport } from '../../reports/model/run-report.ts';
import { splitsOf } from '../claims/declarations.ts';
import { TRACED } from '../claims/tracing/sampled-share.ts';
import { percent } from '../documents/figures.ts';
import { WHOLE_HOST } from '../evidence/proxy-routes.ts';
import type { RouteSeen } from '../evidence/proxy-watch.ts';
import type { DeclaredSplit } from '../lint/routes/declared-split.ts';
import type { ComponentVersion } from '../ports/component.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import type { Profile } from '../profile/profile.ts';
import type { ClaimResult } from '../scene/claim-result.ts';
import type { TrafficPhase } from '../scene/scene.ts';
import { splitHost } from '../scene/split-claim.ts';
import type { TimelineRecorder } from '../scene/timeline-recorder.ts';
import { SPLIT_FORMULAS } from '../traffic/formulas.ts';
import type { ShareSeries } from '../traffic/share-bins.ts';
import { combineOutcomes, countOutcomes } from '../verdict/combine.ts';
import { sinceRunStart, withMachine } from './cut-timeline.ts';
import { mergeFindings } from './merge-findings.ts';

export interface ConformRecord {
  readonly run: RunReport['run'];
  readonly profile: Profile;
  readonly provider: string;
  readonly files: readonly RepositoryFile[];
  readonly components: readonly ComponentVersion[];
  readonly results: readonly ClaimResult[];
  readonly phases: readonly TrafficPhase[];
  /** The same shares as another witness counted them. */
  readonly witness: readonly ShareSeries[];
  /** Declared splits by the moment their commit was pushed. */
  readonly declared: readonly { readonly atMs: number; readonly source: string; readonly split: DeclaredSplit }[];
  readonly recorder: TimelineRecorder;
  readonly lintFindings: readonly RunReport['findings'][number][];
  readonly steps: RunReport['appendix']['phases'];
  readonly evidence: RunReport['appendix']['files'];
  readonly notEnforced: readonly string[];
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export function conformReport(record: ConformRecord): RunReport {
  const { profile, results } = record;
  const claims = results.map((result) => result.claim);
  const searched = results.flatMap((result) => result.capacity ?? []);
  const pages = results.flatMap((result) => result.pages ?? []);
  const traces = results.flatMap((result) => result.traces ?? []);
  const outcome = record.run.interrupted
    ? combineOutcomes([...claims.map((claim) => claim.outcome), 'inconclusive'])
    : combineOutcomes(claims.map((claim) => claim.outcome));
  const books = results.flatMap((result) => result.books ?? []);
  return {
    schemaVersion: '1',
    run: record.run,
    subject: {
      name: profile.name,
      title: profile.title,
      provider: record.provider,
      hash: sha256(JSON.stringify(record.files)),
    },
    outcome,
    headline: headline({
      claims,
      findings: mergeFindings(results),
      boundaries: results.flatMap((result) => result.boundaries ?? []),
      splits: results.flatMap((result) => result.splits ?? []),
    }),
    components: record.components.map((component) => ({ ...component, sha256: component.sha256 })),
    claims,
    splits: results.flatMap((result) => result.splits ?? []),
    timelines: [
      ...timelines(record),
      ...results.flatMap((result) => result.timelines ?? []).map((one) => withMachine(one, record.recorder.events)),
    ].map((timeline) => sinceRunStart(timeline, record.run.startedAt)),
    books,
    findings: [
      ...mergeFindings(results),
      ...books.flatMap(({ title, problems, repeatedAs }) =>
        problems.map((problem) => ({
          code: 'BOOKS',
          layer: 'instrument' as const,
          severity: repeatedAs === undefined ? ('error' as const) : ('warning' as const),
          sentence: `${title}: ${problem}${repeatedAs === undefined ? '' : ' (run once more at a lower rate: no verdict rests on this load)'}`,
        })),
      ),
      ...record.lintFindings,
    ],
    ledgers: results.flatMap((result) => result.ledgers ?? []),
    heatMaps: results.flatMap((result) => result.heatMaps ?? []),
    percentiles: results.flatMap((result) => result.percentiles ?? []),
    errorLedgers: results.flatMap((result) => result.errorLedgers ?? []),
    waterfalls: results.flatMap((result) => result.waterfalls ?? []),
    analyses: results.flatMap((result) => result.analyses ?? []),
    boundaries: results.flatMap((result) => result.boundaries ?? []),
    ...(searched.length === 0 ? {} : { capacity: searched }),
    ...(pages.length === 0 ? {} : { pages }),
    ...(traces.length === 0 ? {} : { traces }),
    appendix: {
      manifests: record.files.map((file) => ({ path: file.path, sha256: sha256(file.text), text: file.text })),
      k6Options: record.phases.map(({ result }) => ({ phase: result.split.id, json: result.load.optionsJson })),
      files: record.evidence,
      formulas: [...SPLIT_FORMULAS],
      phases: record.steps,
      notEnforced: [...record.notEnforced],
    },
  };
}

function headline(told: Pick<RunReport, 'claims' | 'findings' | 'boundaries' | 'splits'>): string {
  const { claims, splits } = told;
  const counts = countOutcomes(claims.map((claim) => claim.outcome));
  const [first, ...others] = causesOf(told);
  const shown = (Object.entries(counts) as [string, number][])
    .filter(([, n]) => n > 0)
    .map(([name, n]) => `${n} ${name}`);
  if (!first)
    return [
      claims.length === 1 ? 'The claim passed.' : `All ${claims.length} claims passed.`,
      ...observedInBrief(splits),
    ].join(' ');
  const worst = claims.find(({ outcome }) => outcome === combineOutcomes(claims.map((claim) => claim.outcome)));
  // where the evidence is bad, what was seen in it explains nothing: why it is bad is the news
  const isUntrusted = worst?.outcome === 'invalid' && first.findings.every(({ layer }) => layer !== 'instrument');
  const met = isUntrusted ? undefined : countText(first);
  return [
    isUntrusted
      ? `${worst.id}: ${tidyNumbers(firstSentence(worst.sentence))}`
      : `${first.claimId ?? worst?.id}: ${first.sentence}`,
    ...(met === undefined ? [] : [`Met ${met}.`]),
    ...(others.length === 0 ? [] : [`${others.length} other cause${others.length === 1 ? '' : 's'}.`]),
    `Of ${claims.length} claim${claims.length === 1 ? '' : 's'}: ${shown.join(', ')}.`,
  ].join(' ');
}

/** What clients got on the two first paths of the first claim with a split; of a claim in steps, all of them in a row. */
function observedInBrief(splits: RunReport['splits']): readonly string[] {
  const ofClaim = splits.filter(({ claimId }) => claimId === splits[0]?.claimId);
  return [...Map.groupBy(ofClaim, ({ path }) => path).values()].slice(0, 2).map(pathInBrief);
}

/** `In-mesh clients got v3 10.16 % (declared 10 % ± 2 points, n 4280).` `Ingress clients got v2 0 → 10.1 → 100 % (n 9000).` */
function pathInBrief(steps: RunReport['splits']): string {
  const first = steps[0]!;
  const least = first.arms.reduce((one, next) => (next.declaredShare <= one.declaredShare ? next : one));
  const arm = first.arms.find(({ name }) => name === TRACED) ?? least;
  const who = { ingress: 'Ingress clients', mesh: 'In-mesh clients', direct: 'Clients' }[first.path];
  const ofArm = steps.map(({ arms }) => arms.find(({ name }) => name === arm.name));
  if (new Set(ofArm.map((one) => one?.declaredShare)).size > 1) {
    const shares = ofArm.map((one) => percent(one?.estimate ?? 0));
    const n = steps.reduce((sum, { samples }) => sum + samples, 0);
    return `${who} got ${arm.name} ${shares.join(' → ').replaceAll(' % →', ' →')} (n ${n}).`;
  }
  const what =
    arm.name === TRACED
      ? `${percent(arm.estimate)} of the requests have a trace`
      : `${who} got ${arm.name} ${percent(arm.estimate)}`;
  return `${what} (declared ${percent(arm.declaredShare)} ± ${Number((first.margin * 100).toFixed(2))} points, n ${first.samples}).`;
}

/** One timeline per followed arm: Git, API object, and what clients of every path observed. */
function timelines(record: ConformRecord): TimelineReport[] {
  const arms = [...new Set(record.phases.map((phase) => phase.result.followedArm))];
  const extra = [...record.witness, ...record.results.flatMap((result) => result.series ?? [])];
  return arms.map((arm) => {
    const subset = record.declared[0]?.split.arms.find(({ version }) => version === arm)?.subset ?? arm;
    const { virtualService } = record.declared[0]?.split ?? { virtualService: { namespace: '', name: '' } };
    const [claim] = splitsOf(record.profile.claims);
    const host = claim ? splitHost(claim) : '';
    const history = record.recorder.history(virtualService.namespace, virtualService.name);
    const byPath = new Map<string, TimelineReport['series'][number]>();
    for (const series of [...record.phases.map((phase) => phase.result.series), ...extra]) {
      if (series.arm !== arm) continue;
      const known = byPath.get(series.path);
      byPath.set(series.path, known ? { ...known, bins: [...known.bins, ...series.bins] } : series);
    }
    return {
      title: `Share of ${arm}`,
      arm,
      declared: [
        ...record.declared.map(({ atMs, source, split }) => ({
          atMs,
          share: split.arms.find(({ version }) => version === arm)?.share ?? 0,
          layer: 'git' as const,
          source,
        })),
        ...history.map(({ atMs, weights, resourceVersion, writer }) => ({
          atMs,
          share: shareOf(weights, subset),
          layer: 'api' as const,
          source: `VirtualService ${virtualService.name} resourceVersion ${resourceVersion} by ${writer}`,
        })),
        ...proxySteps(record.recorder.layers.routesOf(host), subset),
      ].sort((a, b) => a.atMs - b.atMs),
      series: [...byPath.values()],
      events: [...record.recorder.events],
    };
  });
}

/** When every proxy that splits the host held one share: a step at the moment when the last one took it. */
function proxySteps(tracks: ReadonlyMap<string, readonly RouteSeen[]>, subset: string): TimelineReport['declared'] {
  const splitting = [...tracks.values()].filter((seen) =>
    seen.some(({ weights }) => weights && !(WHOLE_HOST in weights)),
  );
  const times = [...new Set(splitting.flatMap((seen) => seen.map(({ atMs }) => atMs)))].sort((a, b) => a - b);
  const steps: TimelineReport['declared'] = [];
  for (const atMs of times) {
    const held = splitting.flatMap((seen) => seen.findLast((one) => one.atMs <= atMs) ?? []);
    const shares = new Set(held.map(({ weights }) => (weights ? shareOf(weights, subset) : undefined)));
    const [share] = shares;
    if (shares.size !== 1 || share === undefined || steps.at(-1)?.share === share) continue;
    steps.push({ atMs, share, layer: 'xds', source: `${held.length} proxies` });
  }
  return steps;
}

function shareOf(weights: Readonly<Record<string, number>>, subset: string): number {
  return (weights[subset] ?? 0) / (Object.values(weights).reduce((sum, weight) => sum + weight, 0) || 1);
}
