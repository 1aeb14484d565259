/** A plan as titled lines for people, which its JSON holds as well. Pure. */

import type { FindingReport } from '../../../reports/model/run-report.ts';
import type { ConformPlan, PlannedFinding } from '../../conform/plan.ts';

/** What `plan -o json` prints. */
export interface PlanPage {
  readonly findings: readonly PlanFinding[];
  readonly title: string;
  readonly sections: readonly PlanSection[];
}

interface PlanSection {
  readonly title: string;
  readonly lines: readonly string[];
}

interface PlanFinding extends Pick<PlannedFinding, 'code' | 'severity' | 'sentence' | 'refuses' | 'hint'> {
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
}

/** Headings in the order of a run; one without lines is left out where claims alone would fill it. */
export function planPage(plan: ConformPlan): PlanPage {
  const { cluster } = plan;
  const namespaces = cluster.namespaces.map(({ name, isMeshed }) => `${name}${isMeshed ? ' (meshed)' : ''}`);
  return {
    findings: plan.findings.map(planFinding),
    title: `${plan.profile.name}: ${plan.profile.title}`,
    sections: [
      {
        title: 'Cluster',
        lines: [
          `${cluster.provider} cluster ${cluster.name} with ${cluster.addons.join(', ')}`,
          `components: ${cluster.components.join(', ')}`,
          `namespaces: ${namespaces.join(', ')}`,
          ...plan.faults.map(({ name, title }) => `fault ${name}: ${title}`),
          ...cluster.shared.map(sharedLine),
        ],
      },
      { title: 'Git repository', lines: plan.files },
      ...(plan.changes.length > 0 ? [{ title: 'Your manifests, except these', lines: plan.changes }] : []),
      { title: 'Claims', lines: plan.claims.map(({ id, title }) => `${id}  ${title}`) },
      ...costs(plan, 'Load'),
      ...costs(plan, 'Steps'),
      ...(plan.simulated.length > 0 ? [{ title: 'Simulated', lines: plan.simulated }] : []),
      { title: 'Lint', lines: plan.findings.length === 0 ? ['no findings'] : plan.findings.map(findingLine) },
    ],
  };
}

function sharedLine({ object, why, claims, isAllowed }: ConformPlan['cluster']['shared'][number]): string {
  const agreed = isAllowed ? 'allowed' : `needs --allow-shared ${object}`;
  return `shared with others: ${object}: ${why} (${claims.join(', ')}); ${agreed}`;
}

/** A heading with what claims say under it, and none without. */
function costs(plan: ConformPlan, section: ConformPlan['costs'][number]['section']): readonly PlanSection[] {
  const lines = plan.costs.filter((cost) => cost.section === section).map(({ line }) => line);
  return lines.length === 0 ? [] : [{ title: section, lines }];
}

function findingLine({ severity, code, where = '', sentence }: FindingReport): string {
  return `${severity} ${code} ${where} ${sentence}`;
}

/** With file and line apart, as programs want them. */
function planFinding({ code, severity, sentence, refuses, hint, where = '' }: PlannedFinding): PlanFinding {
  const [, file, line] = /^(.+):(\d+):\d+$/.exec(where) ?? [];
  const place = file === undefined ? (where === '' ? {} : { file: where }) : { file, line: Number(line) };
  return { code, severity, sentence, refuses, ...place, ...(hint === undefined ? {} : { hint }) };
}
