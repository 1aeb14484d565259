/** What a claim `infrastructure` says. */
import type { ClaimBase } from '../../documents/references.ts';
import type { DeclaredScan } from '../../lint/pipelines/scan-rules.ts';
import type { DeclaredStage } from '../../lint/pipelines/stage-rules.ts';
import type { DeclaredEnvironment } from '../../lint/terraform/read-terraform.ts';

export interface InfrastructureClaim extends ClaimBase {
  readonly kind: 'infrastructure';
  readonly environments: readonly DeclaredEnvironment[];
  readonly mayDiffer: readonly string[];
  readonly pipelines: readonly DeclaredPipeline[];
  readonly approvals: readonly DeclaredApproval[];
}

export interface DeclaredPipeline {
  readonly file: string;
  readonly stages: readonly DeclaredStage[];
  readonly scans: readonly DeclaredScan[];
}

/** Of a job of a pipeline, or of an Application. */
export interface DeclaredApproval {
  readonly pipeline?: string | undefined;
  readonly job?: string | undefined;
  readonly application?: string | undefined;
  /** `named`: the name of an environment is enough, whose reviewers are a setting of the platform. */
  readonly proof: 'shown' | 'named';
}
