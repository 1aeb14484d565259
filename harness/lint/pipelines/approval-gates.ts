/**
 * Whether somebody has to approve before a job deploys: what the repository shows of it, and what only the platform's
 * settings can. A name of an environment is a gate where its protection rules have reviewers, and those stand outside of
 * every YAML file; a repository shows them where Terraform makes them, a manual validation and an Application that nobody
 * syncs automatically show themselves.
 */
import { formatPosition } from '../../documents/yaml-source.ts';
import type { Finding, ManifestFile } from '../manifest-set.ts';
import { attributeNamed, blocksOf, type HclBlock, type HclBody } from '../terraform/hcl-body.ts';
import { hclFindings, parseHcl } from '../terraform/parse-hcl.ts';
import { wrong } from '../wrong.ts';
import { ancestorsOf, isNever, type Pipeline, type PipelineJob, type PipelineStep } from './pipeline.ts';
import { missingJob } from './stage-rules.ts';

export interface Gate {
  /** `named`: that anybody has to approve is a setting that no file shows. */
  readonly proof: 'shown' | 'named';
  /** What shows or names it, as a part of a sentence. */
  readonly by: string;
}

/** A gate of the platform as Terraform makes it. */
export interface ProtectedEnvironment {
  readonly name: string;
  readonly place: string;
  readonly hasReviewers: boolean;
  /** Administrators may go on without them (GitHub's default). */
  readonly mayBypass: boolean;
}

const MADE_BY = 'github_repository_environment';
/** Waits for somebody, in a job that needs no agent. */
const MANUAL_VALIDATION = /^ManualValidation@/i;

/** Of every .tf file of the repository that makes one, and TERRAFORM_HCL_SYNTAX of those that cannot be read. */
export async function protectedEnvironments(
  files: readonly ManifestFile[],
): Promise<{ readonly made: readonly ProtectedEnvironment[]; readonly findings: readonly Finding[] }> {
  const made: ProtectedEnvironment[] = [];
  const findings: Finding[] = [];
  for (const { path, text } of files) {
    if (!path.endsWith('.tf') || !text.includes(MADE_BY)) continue;
    const file = await parseHcl(path, text);
    findings.push(...hclFindings(file));
    const resources = blocksOf(file.body, 'resource');
    made.push(...resources.filter(({ labels }) => labels[0] === MADE_BY).map(protectedBy));
  }
  return { made, findings };
}

function protectedBy({ body, position }: HclBlock): ProtectedEnvironment {
  const people = blocksOf(body, 'reviewers').flatMap((reviewers) => reviewers.body.attributes);
  return {
    name: attributeNamed(body, 'environment')?.value.string ?? '',
    place: formatPosition(position),
    hasReviewers:
      isMade(body) &&
      people.some(({ name, value }) => ['teams', 'users'].includes(name) && NAMES_SOMEBODY.test(value.text)),
    mayBypass: attributeNamed(body, 'can_admins_bypass')?.value.text !== 'false',
  };
}

/** A list with something in it, perhaps as the argument of functions; what a variable holds is not shown. */
const NAMES_SOMEBODY = /^(?:\w+ \( )*\[ (?!null \]|\])/;

/** Of a resource that is made so many times, or for each of something, nobody can tell whether it is made at all. */
function isMade(body: HclBody): boolean {
  const count = attributeNamed(body, 'count')?.value.text;
  return (count === undefined || /^[1-9]\d*$/.test(count)) && attributeNamed(body, 'for_each') === undefined;
}

/** APPROVAL_MISSING, APPROVAL_TIMEOUT_RESUMES, PIPELINE_JOB_MISSING. */
export function gateOf(
  pipeline: Pipeline,
  name: string,
  made: readonly ProtectedEnvironment[],
): Gate | readonly Finding[] {
  const job = pipeline.jobs.get(name);
  if (!job) return missingJob(pipeline, name, 'an approval');
  const [validation] = validationsBefore(pipeline, job);
  if (validation) {
    if (validation.inputs.onTimeout?.toLowerCase() === 'resume')
      return [
        wrong(
          'APPROVAL_TIMEOUT_RESUMES',
          formatPosition(validation.position),
          `${name} goes on by itself when nobody has answered in time`,
          {
            hint: 'onTimeout: reject',
          },
        ),
      ];
    const { approvers } = validation.inputs;
    const who = approvers === undefined ? 'whoever may start a run' : approvers;
    return { proof: 'shown', by: `a manual validation by ${who} at ${formatPosition(validation.position)}` };
  }
  if (job.unreadCall !== undefined)
    return [
      wrong(
        'APPROVAL_MISSING',
        formatPosition(job.position),
        `whether anybody has to approve ${name} stands in ${job.unreadCall}, which is not read`,
        {
          hint: 'Name a job whose environment stands in this repository.',
        },
      ),
    ];
  // an empty name is none
  const target = deploysTo(job)?.trim() || undefined;
  if (target === undefined || target.includes('$'))
    return [
      wrong(
        'APPROVAL_MISSING',
        formatPosition(job.position),
        target === undefined
          ? `nobody has to approve ${name}: it deploys to no environment`
          : `what ${name} deploys to is an expression, ${target}: whose approval it takes cannot be read`,
        {
          hint:
            pipeline.system === 'GitHub Actions'
              ? 'environment: production, with required reviewers in its protection rules.'
              : 'A ManualValidation task in a job of its own before it, or environment: with an approval check.',
        },
      ),
    ];
  const protection = pipeline.system === 'GitHub Actions' ? made.find((one) => one.name === target) : undefined;
  if (protection?.hasReviewers)
    return {
      proof: 'shown',
      by: `environment ${target}, whose reviewers are at ${protection.place}${protection.mayBypass ? ' (administrators may bypass them)' : ''}`,
    };
  return { proof: 'named', by: `environment ${target}` };
}

function deploysTo(job: PipelineJob): string | undefined {
  return job.deploysTo ?? job.inner.map(deploysTo).find((target) => target !== undefined);
}

/** In a stage before, or in this one where everything else of it waits for them. */
function validationsBefore(pipeline: Pipeline, job: PipelineJob): readonly PipelineStep[] {
  const isValidation = ({ uses, condition }: PipelineStep) => MANUAL_VALIDATION.test(uses ?? '') && !isNever(condition);
  const before = [...ancestorsOf(pipeline, job.name)].flatMap((name) => pipeline.jobs.get(name) ?? []);
  const inner = { ...pipeline, jobs: new Map(job.inner.map((one) => [one.name, one])) };
  const asks = job.inner.filter(({ steps }) => steps.some(isValidation));
  const own = asks.filter(({ name }) =>
    job.inner.every((one) => asks.includes(one) || ancestorsOf(inner, one.name).has(name)),
  );
  const stages = before.flatMap((one) => [one, ...one.inner]);
  return [...own, ...stages].flatMap(({ steps }) => steps.filter(isValidation));
}
