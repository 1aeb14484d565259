/** What a claim's repository shows, and what of it is not as declared. Nothing is run, and nobody is asked. */
import { formatPosition, parseYamlSource } from '../../documents/yaml-source.ts';
import { asRecord, type Finding, type ManifestFile, syntaxFinding } from '../../lint/manifest-set.ts';
import {
  type Gate,
  gateOf,
  type ProtectedEnvironment,
  protectedEnvironments,
} from '../../lint/pipelines/approval-gates.ts';
import type { Pipeline } from '../../lint/pipelines/pipeline.ts';
import { readPipeline, variablesGiven } from '../../lint/pipelines/read-pipeline.ts';
import { scanFindings } from '../../lint/pipelines/scan-rules.ts';
import { stageFindings } from '../../lint/pipelines/stage-rules.ts';
import { readTerraform, type TerraformReading } from '../../lint/terraform/read-terraform.ts';
import { wrong } from '../../lint/wrong.ts';
import type { DeclaredApproval, DeclaredPipeline, InfrastructureClaim } from './infrastructure-claim.ts';

export interface InfrastructureReading {
  readonly findings: readonly Finding[];
  readonly terraform: TerraformReading;
  readonly gates: readonly ShownGate[];
}

export interface ShownGate extends Gate {
  /** The job or Application that waits. */
  readonly of: string;
}

/**
 * The findings of terraform/read-terraform.ts, pipelines/stage-rules.ts, pipelines/scan-rules.ts and
 * pipelines/approval-gates.ts, and PIPELINE_UNREAD, APPROVAL_MISSING, APPROVAL_NOT_SHOWN.
 * @param where of the claim
 */
export async function readInfrastructure(
  claim: InfrastructureClaim,
  files: readonly ManifestFile[],
  where: string,
): Promise<InfrastructureReading> {
  const pipelines = new Map(claim.pipelines.map(({ file }) => [file, readPipeline(files, file)]));
  const read = [...pipelines.values()].filter((one) => 'jobs' in one);
  const isWhole =
    read.length === pipelines.size && read.every(({ unread, problems }) => unread.length + problems.length === 0);
  const terraform = await readTerraform(files, {
    ...{ environments: claim.environments, mayDiffer: claim.mayDiffer, where },
    fromPipelines: isWhole ? new Set(read.flatMap(variablesGiven)) : undefined,
  });
  const { made, findings: unread } = await protectedEnvironments(files);
  const gates = claim.approvals.map((approval) => ({ approval, gate: approvalOf(approval, files, pipelines, made) }));
  return {
    findings: [
      ...terraform.findings,
      ...unread.filter(({ where }) => !terraform.findings.some((one) => one.where === where)),
      ...claim.pipelines.flatMap((declared) => pipelineFindings(declared, pipelines.get(declared.file), files)),
      ...gates.flatMap(({ gate }) => ('proof' in gate ? [] : gate)),
      ...gates.flatMap(({ gate, approval }) => ('proof' in gate ? notShown(gate, approval) : [])),
    ],
    terraform,
    gates: gates.flatMap(({ gate }) => ('proof' in gate ? [gate] : [])),
  };
}

function pipelineFindings(
  { stages, scans }: DeclaredPipeline,
  pipeline: Pipeline | Finding | undefined,
  files: readonly ManifestFile[],
): readonly Finding[] {
  if (!pipeline) return [];
  if (!('jobs' in pipeline)) return [pipeline];
  const readFile = (path: string) => files.find((one) => one.path === path)?.text;
  // called by several jobs, and broken once
  const problems = new Map(pipeline.problems.map((problem) => [problem.where, problem]));
  return [
    ...problems.values(),
    ...stageFindings(pipeline, stages),
    ...scans.flatMap((scan) => scanFindings(pipeline, scan, stages, readFile)),
    ...pipeline.unread.map(({ position, sentence }) =>
      wrong('PIPELINE_UNREAD', formatPosition(position), sentence, {
        severity: 'warning',
        hint: 'What stands there is not judged.',
      }),
    ),
  ];
}

function approvalOf(
  { pipeline: path, job, application }: DeclaredApproval,
  files: readonly ManifestFile[],
  pipelines: ReadonlyMap<string, Pipeline | Finding>,
  made: readonly ProtectedEnvironment[],
): ShownGate | readonly Finding[] {
  if (application !== undefined) return applicationGate(application, files);
  const pipeline = pipelines.get(path ?? '');
  // told already
  if (!pipeline || !('jobs' in pipeline)) return [];
  const gate = gateOf(pipeline, job ?? '', made);
  return 'proof' in gate ? { ...gate, of: job ?? '' } : gate;
}

function applicationGate(path: string, files: readonly ManifestFile[]): ShownGate | readonly Finding[] {
  const text = files.find((one) => one.path === path)?.text ?? '';
  const { documents, problems } = parseYamlSource(path, text);
  // of a key that stands twice the last one counts
  const broken = problems.find(({ isRepeatedKey }) => !isRepeatedKey);
  if (broken) return [syntaxFinding(broken)];
  const applications = documents.filter(({ value }) => asRecord(value)?.kind === 'Application');
  const specs = applications.map(({ value }) => asRecord(asRecord(value)?.spec));
  if (applications.length === 0 || specs.includes(undefined))
    return [
      wrong('APPROVAL_MISSING', path, 'it declares no Application', {
        hint: 'Name the manifest of the Application that waits for approval, relative to the root of the repository.',
      }),
    ];
  const own = applications.filter((_, index) => syncsByItself(asRecord(specs[index]?.syncPolicy)?.automated));
  if (own.length > 0)
    return own.map((document) =>
      wrong(
        'APPROVAL_MISSING',
        formatPosition(document.positionOfKey(['spec', 'syncPolicy'], 'automated')),
        'it syncs by itself, so nobody approves anything',
        { hint: 'Take syncPolicy.automated away.' },
      ),
    );
  return { proof: 'shown', by: `${path} has no automated sync`, of: path };
}

/** Whatever is said there but that it is off. */
function syncsByItself(automated: unknown): boolean {
  return automated !== undefined && automated !== null && asRecord(automated)?.enabled !== false;
}

function notShown({ proof, by }: Gate, { proof: wanted, pipeline, job }: DeclaredApproval): readonly Finding[] {
  if (wanted === 'named' || proof === 'shown') return [];
  return [
    wrong(
      'APPROVAL_NOT_SHOWN',
      pipeline ?? '',
      `${job} names its gate (${by}), and nothing in the repository shows who approves`,
      {
        hint: 'Make its reviewers with Terraform (github_repository_environment), or declare proof: named.',
      },
    ),
  ];
}
