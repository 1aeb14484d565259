/** How the last change of a ledger travelled, as a sentence. */
import type { LedgerReport } from '../../../reports/model/ledger-report.ts';
import { finerText, followedText, rateOfPath } from '../../../reports/model/words/lag-words.ts';
import { seconds } from '../../documents/figures.ts';

/** `Written to the API 7.1 s after the push, taken by 5 of 5 proxies within 0.2 s (skew 0.0 s).` */
export function describeTravel(ledger: LedgerReport): string | undefined {
  const change = ledger.changes.at(-1);
  if (!change) return undefined;
  const { declaredAtMs, gitAtMs, proxies, skewMs, observed } = change;
  const lags = proxies.flatMap(({ lagMs }) => lagMs ?? []);
  const written =
    gitAtMs === undefined
      ? 'The API object was written'
      : `The API object was written ${seconds(declaredAtMs - gitAtMs)} after the push`;
  const taken = `${lags.length} of ${proxies.length} proxies took it within ${lags.length > 0 ? Math.round(Math.max(...lags)) : '?'} ms${skewMs === undefined ? '' : ` (skew ${Math.round(skewMs)} ms)`}`;
  const seen = observed.map((one) => {
    const finer = finerText(one, rateOfPath(ledger, one.path));
    return `${one.path} clients followed ${followedText(one, declaredAtMs)}${finer === undefined ? '' : ` (${finer})`}`;
  });
  return `${[written, taken, ...seen].join('; ')}.`;
}
