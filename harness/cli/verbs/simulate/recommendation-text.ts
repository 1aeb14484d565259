/** A recommendation for people: the decision, both policies side by side, and the change. */

import { curveTable } from '../../../../reports/model/simulation/operating-curve.ts';
import type { PolicyFigures, Recommendation } from '../../../../reports/model/simulation/recommendation.ts';
import type { Share } from '../../../../reports/model/simulation/release-figures.ts';
import { OBSTACLES } from '../../../../reports/model/simulation/side-by-side.ts';
import type { SimulationDocument } from '../../../../reports/model/simulation-report.ts';
import { percent } from '../../../documents/figures.ts';
import { renderTable } from '../../talk/text-table.ts';

export function recommendationLines(report: SimulationDocument): readonly string[] {
  const { recommendation, patch } = report;
  if (!recommendation) return [];
  const [header, ...rows] = curveTable(report);
  const { changes, verdict } = recommendation;
  return [
    '',
    decision(recommendation),
    ...(verdict === 'change' ? changes.map((change) => `  ${change}`) : []),
    '',
    sideBySide(recommendation),
    ...(header ? [renderTable(header, rows)] : []),
    `${recommendation.candidates} policies tried; both columns from fresh seed ${recommendation.freshSeed}; limits ${percent(recommendation.limits.maxFalse, { digits: 3 })} false, ${percent(recommendation.limits.maxMiss, { digits: 3 })} missed, ${seconds(recommendation.limits.maxDurationMs)}`,
    ...recommendation.refused.map(({ changes: left, why }) => `left out (${left.join(', ')}): lint says ${why}`),
    ...(patch?.diff ? ['', patch.diff.trimEnd()] : []),
    ...(patch?.byHand ?? []).map(({ where, field, value }) => `by hand, ${where}: ${field} = ${value}`),
    '',
  ];
}

function decision({ verdict, obstacle, limits }: Recommendation): string {
  if (verdict === 'keep')
    return "Recommended: keep today's policy. No other one keeps the limits with clearly fewer bad answers.";
  if (verdict === 'change') return 'Recommended:';
  const needed =
    obstacle?.canaryRequests == null
      ? ''
      : ` Any rule needs ${obstacle.canaryRequests} canary requests for ${percent(limits.maxFalse, { digits: 3 })} and ${percent(limits.maxMiss, { digits: 3 })}${obstacle.ratePerSecond === null ? '' : `, with these steps ${figure(obstacle.ratePerSecond)} requests/s`}.`;
  return `No policy that was tried keeps all limits; the nearest breaks that on ${OBSTACLES[obstacle?.limit ?? 'max-false']}.${needed}`;
}

function sideBySide({ today, recommended }: Recommendation): string {
  const both = [today, ...(recommended ? [recommended] : [])];
  const row = (name: string, cell: (figures: PolicyFigures) => string) => [name, ...both.map(cell)];
  return renderTable(
    ['', 'today', ...(recommended ? ['recommended'] : [])],
    [
      row('good canary stopped', ({ falseStop }) => interval(falseStop)),
      row('bad canary promoted', ({ miss }) => interval(miss)),
      row('dead canary promoted', ({ deadMiss }) => interval(deadMiss)),
      row('bad answers, mean', ({ bad }) => figure(bad.badAnswers)),
      row('bad canary stopped after, median', ({ bad }) => seconds(bad.timeToStop?.q50.ms)),
      row('good release lasts, median', ({ good }) => seconds(good.duration?.q50.ms)),
    ],
  );
}

const figure = (value: number) => String(Number(value.toPrecision(3)));
const seconds = (ms: number | undefined) => (ms === undefined ? 'never' : `${Number((ms / 1000).toFixed(1))} s`);
const interval = ({ p, low, high }: Share) =>
  `${percent(p, { digits: 3 })} (${figure(low * 100)}–${figure(high * 100)})`;
