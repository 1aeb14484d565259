/** What ledgers, boundary pairs, rollbacks and error ledgers say in one line each, for a terminal. */
import { readErrorLedger } from '../model/error-ledger-reading.ts';
import { formatCount, formatDeclared, formatDuration } from '../model/figures.ts';
import { readPropagation } from '../model/ledger-reading.ts';
import type { OutcomeReport, RunReport } from '../model/run-report.ts';
import { rollbackSteps } from '../model/waterfall-reading.ts';
import { followedText } from '../model/words/lag-words.ts';

export interface RolloutLine {
  /** Absent for lines that only tell. */
  readonly outcome?: OutcomeReport;
  readonly text: string;
}

const CHANGES = 12;

export function rolloutLines(report: RunReport): readonly RolloutLine[] {
  return [
    ...boundaryLines(report),
    ...propagationLines(report),
    ...rollbackLines(report),
    ...oracleLines(report),
    ...lostLines(report),
  ];
}

/** The count, then each run that did not end as declared. */
function boundaryLines({ boundaries }: RunReport): RolloutLine[] {
  if (boundaries.length === 0) return [];
  const bad = boundaries.filter(({ outcome }) => outcome !== 'passed');
  return [
    {
      text: `boundary runs: ${formatCount(boundaries.length - bad.length)} of ${formatCount(boundaries.length)} ended as declared`,
    },
    ...boundaries.flatMap(({ name, earlier }) =>
      earlier === undefined
        ? []
        : [
            {
              text: `${name} was run once more, because ${earlier.because}; the first try was ${earlier.outcome}: ${earlier.observed}`,
            },
          ],
    ),
    ...bad.map((one) => ({
      outcome: one.outcome,
      text: `${one.name}: declared ${one.declared}, injected ${one.injected}, expected ${one.expected}, observed ${one.observed}${one.lostRequests === 0 ? '' : `, ${formatCount(one.lostRequests)} lost`}, oracle agrees ${one.oracleAgrees} of ${one.measurements}`,
    })),
  ];
}

function propagationLines({ ledgers }: RunReport): RolloutLine[] {
  const lines = ledgers.flatMap((ledger) =>
    ledger.changes.map((change) => {
      const { acknowledged, silent, slowestMs } = readPropagation(change);
      const proxies =
        slowestMs === undefined
          ? 'no proxy acknowledged'
          : `${acknowledged} of ${change.proxies.length} proxies within ${formatDuration(slowestMs)}`;
      const last = change.observed.toSorted((a, b) => a.highMs - b.highMs).at(-1);
      const seen = last === undefined ? 'clients never followed' : `clients ${followedText(last, change.declaredAtMs)}`;
      return {
        ...(silent > 0 ? { outcome: 'failed' as const } : {}),
        text: `${ledger.object} ${formatDeclared(change.fromShare)} → ${formatDeclared(change.toShare)}: ${proxies}, ${seen}${silent > 0 ? `, ${silent} never acknowledged` : ''}`,
      };
    }),
  );
  if (lines.length <= CHANGES) return lines;
  return [
    ...lines.slice(0, CHANGES),
    { text: `${formatCount(lines.length - CHANGES)} more changes are in the report` },
  ];
}

function rollbackLines({ waterfalls }: RunReport): RolloutLine[] {
  return waterfalls.map((waterfall) => {
    const steps = rollbackSteps(waterfall);
    const over = steps.filter(({ overBudget }) => overBudget).map(({ title }) => title);
    const missing = steps.filter(({ event }) => event === undefined).map(({ title }) => title);
    const time = (name: string) => steps.find((step) => step.name === name)?.sinceStartMs;
    const [aborted, last] = [time('aborted'), time('last-canary-answer')];
    return {
      outcome: waterfall.outcome,
      text: [
        `${waterfall.title}: ${aborted === undefined ? 'not aborted' : `aborted after ${formatDuration(aborted)}`}`,
        last === undefined ? 'no last canary answer' : `last canary answer after ${formatDuration(last)}`,
        `${formatCount(waterfall.badAnswers)} bad answers served`,
        ...(over.length === 0 ? [] : [`too slow: ${over.join(', ')}`]),
        ...(missing.length === 0 ? [] : [`did not happen: ${missing.join(', ')}`]),
      ].join(', '),
    };
  });
}

function oracleLines({ analyses }: RunReport): RolloutLine[] {
  const all = analyses.flatMap(({ measurements }) => measurements);
  const asked = all.filter(({ agrees }) => agrees !== undefined);
  if (asked.length === 0) return [];
  const agreeing = asked.filter(({ agrees }) => agrees === true).length;
  return [
    {
      ...(agreeing < asked.length ? { outcome: 'failed' as const } : {}),
      text: `oracle: ${formatCount(agreeing)} of ${formatCount(asked.length)} measurements agree`,
    },
  ];
}

function lostLines({ errorLedgers }: RunReport): RolloutLine[] {
  return errorLedgers.map((ledger) => {
    const { lost, injected } = readErrorLedger(ledger);
    return {
      outcome: lost <= ledger.budget ? ('passed' as const) : ('failed' as const),
      text: `${ledger.title}: ${formatCount(lost)} of ${formatCount(ledger.sent)} lost (${formatCount(ledger.budget)} allowed), ${formatCount(injected)} injected`,
    };
  });
}
