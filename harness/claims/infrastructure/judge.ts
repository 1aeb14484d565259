/** Claim kind `infrastructure`: read off Git alone; nothing is created, and no platform is asked. */
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import type { InfrastructureClaim } from './infrastructure-claim.ts';
import { type InfrastructureReading, readInfrastructure } from './read-infrastructure.ts';

const UNKNOWABLE =
  'Nothing was created: whether clouds and platforms are as these files say cannot be known from a repository.';

export async function judgeInfrastructure(claim: InfrastructureClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const reading = await readInfrastructure(claim, scene.source.files, `${scene.profile.file} (${claim.id})`);
  scene.signal.throwIfAborted();
  const { findings } = reading;
  const wrong = findings.filter(({ severity }) => severity === 'error');
  return {
    claim: {
      ...{ id: claim.id, title: claim.title },
      outcome: wrong.length === 0 ? 'passed' : 'failed',
      sentence:
        wrong.length === 0
          ? passedSentence(claim, reading)
          : `${wrong.map(({ sentence, where }) => `${where}: ${sentence}`).join('; ')}.`,
      details: detailsOf(claim, reading),
      durationMs: scene.now() - startedAt,
    },
    findings,
  };
}

function passedSentence(claim: InfrastructureClaim, { terraform, gates }: InfrastructureReading): string {
  const { environments, pipelines } = claim;
  const stages = pipelines.reduce((sum, one) => sum + one.stages.length, 0);
  const scans = pipelines.flatMap((one) => one.scans.map(({ tool }) => tool));
  const named = gates.filter(({ proof }) => proof === 'named').map(({ of }) => of);
  const shown = gates.filter(({ proof }) => proof === 'shown').map(({ of }) => of);
  return [
    `${environments.map(({ name }) => name).join(', ')} are made of the same ${counted(terraform.modules.length, 'module')} of this repository, with a state each, and differ in ${counted(terraform.differences.length, 'value')}, all declared`,
    `${counted(stages, 'stage')} run in order, and ${scans.length === 0 ? 'no scan is declared' : `${scans.join(', ')} can fail them`}`,
    ...(shown.length > 0
      ? [`that ${shown.join(' and ')} wait${shown.length === 1 ? 's' : ''} for approval is shown`]
      : []),
    ...(named.length > 0
      ? [
          `for ${named.join(' and ')} a gate is named, and whether anybody has to approve there is a setting that no file shows`,
        ]
      : []),
  ]
    .join('; ')
    .concat(`. ${UNKNOWABLE}`);
}

function detailsOf({ environments, pipelines }: InfrastructureClaim, { terraform, gates }: InfrastructureReading) {
  const names = environments.map(({ name }) => name).join(' | ');
  return [
    { label: 'modules', value: terraform.modules.join(', ') || 'none' },
    ...terraform.states.map(({ environment, place }) => ({ label: `state of ${environment}`, value: place })),
    ...terraform.differences.map(({ what, values }) => ({
      label: `${what} (${names})`,
      value: values.map((value) => value ?? 'absent').join(' | '),
    })),
    ...pipelines.map(({ file, stages }) => ({ label: file, value: stages.map(({ name }) => name).join(' → ') })),
    ...pipelines.flatMap(({ scans }) =>
      scans.map(({ job, tool, severity }) => ({
        label: `scan in ${job}`,
        value: severity === undefined ? tool : `${tool}, from ${severity} on`,
      })),
    ),
    ...gates.map(({ of, by, proof }) => ({ label: `approval of ${of}`, value: `${by}: ${proof}` })),
  ];
}

const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
