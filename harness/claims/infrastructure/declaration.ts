/** Claim kind `infrastructure`: what a repository shows of its Terraform, pipelines, scans and approvals. */
import { z } from 'zod';
import { claimBase, insidePath, text } from '../../documents/document-atoms.ts';
import { SEVERITIES } from '../../lint/pipelines/scanners.ts';
import { claimKind } from '../claim-kind.ts';
import type { InfrastructureClaim } from './infrastructure-claim.ts';
import { readInfrastructure } from './read-infrastructure.ts';

const environment = z.strictObject({
  name: text,
  folder: insidePath.describe('root module in Git'),
  values: insidePath.optional().describe('file for -var-file, beside terraform.tfvars and *.auto.tfvars of the folder'),
  backend: insidePath.optional().describe('file for -backend-config'),
});
const scan = z.strictObject({
  job: text.describe('job, or stage of Azure Pipelines, in which it runs'),
  tool: text.describe('as its command is called, such as trivy, gitleaks, semgrep or npm-audit'),
  severity: z.enum(SEVERITIES).optional().describe('from which on a finding must fail the pipeline'),
});
const pipeline = z.strictObject({
  file: insidePath.describe('workflow of GitHub Actions, or Azure pipeline, in Git'),
  stages: z
    .array(z.strictObject({ name: text, jobs: z.array(text).min(1, 'must name at least one job') }))
    .min(2, 'must name at least two stages')
    .describe('in their order: every job waits for all jobs of the stage before, and for their success'),
  scans: z.array(scan).default([]).describe('each must be able to fail the pipeline'),
});
const approval = z
  .strictObject({
    pipeline: insidePath.optional().describe('one of pipelines, by its file'),
    job: text.optional().describe('job, or stage of Azure Pipelines, before which somebody approves'),
    application: insidePath.optional().describe('manifest of an Application that nobody syncs automatically'),
    proof: z
      .enum(['shown', 'named'])
      .default('named')
      .describe('named: an environment is enough, whose reviewers no file shows; shown: the repository shows them'),
  })
  .refine(
    ({ pipeline: file, job, application }) => (file === undefined) === (job === undefined) && !file !== !application,
    { error: 'must hold pipeline and job, or application' },
  );

export const infrastructure = claimKind({
  kind: 'infrastructure',
  summary:
    'environments are made of the same modules, and pipelines hold their order, scans and approvals; read, not run',
  schema: z.strictObject({
    ...claimBase,
    kind: z.literal('infrastructure'),
    environments: z.array(environment).min(2, 'must name at least two environments'),
    mayDiffer: z
      .array(text)
      .describe('variables, arguments and locals that environments may set apart; each must be a difference somewhere'),
    pipelines: z.array(pipeline).min(1, 'must name at least one pipeline'),
    approvals: z.array(approval).min(1, 'must name at least one approval'),
  }),
  resolve: (claim, { report }): InfrastructureClaim | undefined => {
    const files = claim.pipelines.map(({ file }) => file);
    const unknown = claim.approvals.findIndex((one) => one.pipeline !== undefined && !files.includes(one.pipeline));
    if (unknown < 0) return claim;
    const sentence = `${claim.approvals[unknown]?.pipeline} is none of the pipelines of the claim (${files.join(', ')})`;
    return report('CLAIM_PIPELINE_UNKNOWN', sentence, ['approvals', unknown, 'pipeline']);
  },
  lint: async (claim: InfrastructureClaim, { files, where }) =>
    (await readInfrastructure(claim, files, where)).findings,
});
