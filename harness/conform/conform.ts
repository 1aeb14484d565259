/**
 * `conform`: every claim of a profile judged on a cluster. Load and lint first (nothing is started for a profile that
 * cannot be right), then cluster, deployment through Git, claims one after the other, report, clean-up.
 */
import path from 'node:path';
import type { RunReport } from '../../reports/model/run-report.ts';
import { splitsOf } from '../claims/declarations.ts';
import { lintProfile } from '../claims/lint-profile.ts';
import { HarnessError } from '../errors/harness-error.ts';
import { readDeclaredSplit } from '../lint/routes/declared-split.ts';
import type { RunProduct } from '../ports/run-product.ts';
import type { RepositoryFile } from '../profile/collect-repository.ts';
import type { Profile } from '../profile/profile.ts';
import { recordProgress } from '../run-directory/recorded-progress.ts';
import { createRunDirectory } from '../run-directory/run-directory.ts';
import { withTimedSteps } from '../run-directory/timed-steps.ts';
import type { Scene } from '../scene/scene.ts';
import { conformReport } from './assemble-report.ts';
import { cleanUp } from './clean-up.ts';
import { type TourStop, tourStops } from './fault-tour.ts';
import type { ConformInput } from './input.ts';
import { type Judged, judgeScene } from './judge-scene.ts';
import { createScene } from './open-scene.ts';
import type { ConformPorts } from './ports.ts';
import { exceptions, leftOut, refuseErrors, refuseUnjudgeable, refusing } from './preflight.ts';
import { asTheyAre, previewCommits } from './preview-commits.ts';
import { type ClusterOfRun, startCluster } from './start-cluster.ts';
import { whoseCluster } from './whose-cluster.ts';

/** @throws HarnessError LINT_FAILED (exit 2), and whatever cluster, deployment and run directory throw */
export async function conform(input: ConformInput, ports: ConformPorts, interrupted: AbortSignal): Promise<RunProduct> {
  const checked = await checkInput(input, ports);
  const record = await openRecord(input, ports);
  const whose = await whoseCluster(ports.provider, input.clusterName);
  const over = new AbortController();
  let product: RunProduct | undefined;
  let failure: unknown;
  try {
    const ending = { interrupted, over: over.signal, onMaking: whose.onMaking };
    const running = await startCluster(input, ports, record.progress, ending);
    const scene = await openScene(input, ports, checked, record, running);
    const judged = await judgeScene(scene, record, { faults: input.faults, stops: checked.stops, judge: ports.judge });
    await running.requireWhole();
    product = await writeReport({ input, ports, checked, record, running, scene, judged }, interrupted.aborted);
    return product;
  } catch (error) {
    failure = error;
    const code = error instanceof HarnessError ? error.code : 'INTERNAL';
    await record.directory.abandon({ code, message: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    over.abort();
    await cleanUp(input, ports, { outcome: product?.report.outcome, failure, isOurs: whose.isOurs(failure) });
  }
}

/** What is known before anything is started. */
interface Checked {
  readonly files: readonly RepositoryFile[];
  readonly findings: RunReport['findings'];
  readonly stops: readonly TourStop[] | undefined;
}

async function checkInput(input: ConformInput, ports: ConformPorts): Promise<Checked> {
  const { profile } = input;
  const { renderManifests: render = asTheyAre } = ports;
  const files = await ports.collectFiles(ports.progress);
  const manifests = await ports.lintManifests?.(files);
  const rendered = await render(files);
  const found = await lintProfile(profile, rendered, manifests);
  refuseErrors(refusing(found, manifests ?? [], profile), profile);
  refuseErrors(await previewCommits(profile, files, render), profile);
  const findings = [...found, ...exceptions((await ports.changes?.()) ?? [], profile)];
  refuseUnjudgeable(input, rendered);
  return { files, findings, stops: input.faults.length > 1 ? tourStops(input.profile, input.faults) : undefined };
}

async function openRecord(input: ConformInput, { progress, now }: ConformPorts) {
  const { runsDirectory: parent, command } = input;
  const directory = await createRunDirectory({ parent, kind: 'conform', command, now });
  const steps: RunReport['appendix']['phases'] = [];
  return {
    ...{ directory, steps, startedAt: now() },
    progress: recordProgress(withTimedSteps(progress, steps, now), directory.recordEvent, now),
  };
}
type Record = Awaited<ReturnType<typeof openRecord>>;

function openScene(
  { profile, assurance, ratePerSecond, host }: ConformInput,
  ports: ConformPorts,
  { files }: Checked,
  { directory, progress }: Record,
  { cluster, signal }: ClusterOfRun,
): Promise<Scene> {
  return createScene({
    ...{ profile, assurance, ratePerSecond, cluster, directory, files, progress, signal },
    client: ports.connect(cluster.kubeconfigPath),
    load: ports.createLoad(path.join(directory.path, 'logs')),
    openBrowser: ports.openBrowser,
    cores: host.cpus,
    renderKustomization: ports.renderKustomization,
    renderManifests: ports.renderManifests,
    cosign: ports.cosign,
    now: ports.now,
  });
}

interface Finished {
  readonly input: ConformInput;
  readonly ports: ConformPorts;
  readonly checked: Checked;
  readonly record: Record;
  readonly running: ClusterOfRun;
  readonly scene: Scene;
  readonly judged: Judged;
}

async function writeReport(
  { input, ports, checked, record, running, scene, judged }: Finished,
  wasInterrupted: boolean,
): Promise<RunProduct> {
  const { directory, startedAt, steps } = record;
  const { cluster } = running;
  const report = conformReport({
    run: {
      id: directory.id,
      kind: 'conform',
      startedAt,
      finishedAt: ports.now(),
      interrupted: wasInterrupted,
      command: [...input.command],
      reproduce: input.reproduce,
      seed: 'none: nothing in this run is random on our side',
      host: input.host,
    },
    profile: input.profile,
    provider: cluster.provider,
    files: scene.source.files,
    components: [...cluster.components, ports.loadComponent(), ports.ownComponent],
    results: judged.results,
    phases: scene.phases,
    witness: judged.witness,
    declared: declaredHistory(input.profile, scene),
    recorder: scene.recorder,
    lintFindings: [...checked.findings, ...leftOut(input, checked.stops), ...judged.findings],
    steps,
    evidence: await directory.sealEvidence(),
    notEnforced: await cluster.notEnforced(),
  });
  const reports = await ports.render(report);
  await directory.finish(reports);
  return { report, directory: directory.path, files: reports };
}

/** What each commit declared, for the timeline. */
function declaredHistory(profile: Profile, scene: Scene) {
  const [claim] = splitsOf(profile.claims);
  if (!claim) return [];
  const { name, namespace } = claim.virtualService;
  return scene.source.history.map(({ commit, manifests }) => ({
    atMs: commit.pushedAt,
    source: `commit ${commit.sha.slice(0, 12)} ${commit.message}`,
    split: readDeclaredSplit(manifests, { virtualService: { name, namespace }, namespace }),
  }));
}
