/** Boundary pairs, propagation, rollbacks, oracle and lost requests in Markdown. */
import { readErrorLedger } from '../model/error-ledger-reading.ts';
import { formatClock, formatCount, formatDeclared, formatDuration } from '../model/figures.ts';
import { readPropagation } from '../model/ledger-reading.ts';
import { OUTCOME_ORDER } from '../model/outcome-words.ts';
import type { RunReport } from '../model/run-report.ts';
import { rollbackSteps } from '../model/waterfall-reading.ts';
import { type Block, ICON } from './markdown-blocks.ts';
import { markdownCode, markdownText } from './markdown-escape.ts';

export function boundaryBlocks({ boundaries }: RunReport): Block[] {
  if (boundaries.length === 0) return [];
  const sorted = boundaries.toSorted((a, b) => OUTCOME_ORDER.indexOf(a.outcome) - OUTCOME_ORDER.indexOf(b.outcome));
  const rows = sorted.map((one) => {
    const abort = one.abortAfterMs === undefined ? '' : formatDuration(one.abortAfterMs);
    const last = one.lastCanaryAfterMs === undefined ? '' : `+${formatDuration(one.lastCanaryAfterMs)}`;
    const oracle = `${one.oracleAgrees < one.measurements ? '❌ ' : ''}${formatCount(one.oracleAgrees)}/${formatCount(one.measurements)}`;
    return `| ${ICON[one.outcome]} ${one.outcome} | ${markdownText(one.name)} | ${markdownText(one.declared)} | ${markdownText(one.injected)} | ${markdownText(one.expected)} | ${markdownText(one.observed)} | ${abort} | ${last} | ${one.lostRequests > 0 && one.outcome !== 'passed' ? '❌ ' : ''}${formatCount(one.lostRequests)} | ${oracle} |`;
  });
  return [
    {
      title: 'boundary runs',
      before: [
        '**Just inside, just outside**',
        '',
        '| Outcome | Run | Declared limit | Injected | Expected | Observed | Abort after | Last canary answer | Lost | Oracle agrees |',
        '|---|---|---|---|---|---|---:|---:|---:|---:|',
      ],
      rows,
    },
  ];
}

export function rolloutBlocks(report: RunReport): Block[] {
  return [
    ...propagationBlocks(report),
    ...rollbackBlocks(report),
    ...oracleBlocks(report),
    ...errorBlocks(report),
  ].filter(({ rows }) => rows.length > 0);
}

function propagationBlocks({ ledgers }: RunReport): Block[] {
  const rows = ledgers.flatMap((ledger) =>
    ledger.changes.map((change) => {
      const { acknowledged, silent, slowestMs, observedMs } = readPropagation(change);
      const git = change.gitAtMs === undefined ? '' : `−${formatDuration(change.declaredAtMs - change.gitAtMs)}`;
      const proxies = `${acknowledged}/${change.proxies.length}${slowestMs === undefined ? '' : `, last +${formatDuration(slowestMs)}`}${silent === 0 ? '' : ` ❌ ${silent} never`}`;
      return `| ${markdownText(ledger.object)} | ${formatDeclared(change.fromShare)} → ${formatDeclared(change.toShare)} | ${formatClock(change.declaredAtMs, true)} | ${git} | ${proxies} | ${observedMs === undefined ? 'not seen' : `+${formatDuration(observedMs)}`} |`;
    }),
  );
  return [
    {
      title: 'changes',
      before: [
        '**Four layers: how changes travelled**',
        '',
        '| Object | Change | Written (UTC) | Commit | Proxies acknowledged | Clients followed |',
        '|---|---|---|---:|---|---:|',
      ],
      rows,
    },
  ];
}

function rollbackBlocks({ waterfalls }: RunReport): Block[] {
  const rows = waterfalls.map((waterfall) => {
    const steps = rollbackSteps(waterfall).map((step) =>
      step.sinceStartMs === undefined
        ? `${step.title} ❌ did not happen`
        : `${step.title} ${step.overBudget ? '❌ ' : ''}${formatDuration(step.sinceStartMs)}`,
    );
    return `- ${ICON[waterfall.outcome]} ${markdownText(waterfall.title)}: ${steps.join(' → ')}; ${formatCount(waterfall.badAnswers)} bad answers served`;
  });
  return [{ title: 'rollbacks', before: ['**The way back**', ''], rows }];
}

/** Only what differs: agreement is a number. */
function oracleBlocks({ analyses }: RunReport): Block[] {
  const all = analyses.flatMap(({ measurements }) => measurements);
  if (all.length === 0) return [];
  const agreeing = all.filter(({ agrees }) => agrees === true).length;
  const asked = all.filter(({ agrees }) => agrees !== undefined).length;
  const differing = analyses.flatMap((analysis) =>
    analysis.measurements
      .filter(({ agrees }) => agrees === false)
      .map(
        (one) =>
          `- ❌ ${markdownText(analysis.rollout)} ${markdownText(analysis.metric)} at ${formatClock(one.atMs, true)}: Argo ${markdownText(one.phase)} ${markdownCode(one.value)}, oracle ${markdownText(one.oraclePhase ?? '')} ${markdownCode(one.oracleValue ?? '')}`,
      ),
  );
  const summary = `- ${formatCount(agreeing)} of ${formatCount(asked)} measurements agree with the oracle${asked < all.length ? `; ${formatCount(all.length - asked)} could not be replayed` : ''}`;
  return [{ title: 'measurements', before: ['**Oracle**', ''], rows: [summary, ...differing] }];
}

function errorBlocks({ errorLedgers }: RunReport): Block[] {
  const rows = errorLedgers.flatMap((ledger) => {
    const { lost, injected, rows: kinds } = readErrorLedger(ledger);
    const sum = `- ${lost <= ledger.budget ? '✅' : '❌'} ${markdownText(ledger.title)}: ${formatCount(lost)} of ${formatCount(ledger.sent)} requests lost (budget ${formatCount(ledger.budget)}), ${formatCount(injected)} injected errors`;
    const each = kinds
      .filter((row) => !row.injected)
      .map(
        (row) =>
          `  - ${formatCount(row.count)} × ${markdownText(row.flag)} ${row.status === 0 ? 'no answer' : row.status}, ${markdownText(row.track)}, during ${markdownText(row.phase)}: ${markdownText(row.meaning)}`,
      );
    return [sum, ...each];
  });
  return [{ title: 'error rows', before: ['**Lost requests**', ''], rows }];
}
