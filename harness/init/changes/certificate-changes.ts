/** TLS that callers speak to programs of the unit by themselves: nobody in a run has their certificates. Pure. */
import { valueAt } from '../../documents/json-pointer.ts';
import { asList, asRecord } from '../../lint/manifest-set.ts';
import { isHostOf } from '../split-arms.ts';
import { ISTIO } from '../subjects.ts';
import { ofKind, type UnitFacts } from '../unit-facts.ts';
import { type Change, changesOf } from './change.ts';

const REASON = 'the stand-in shows a certificate that nobody has signed, and there are no others';

export function certificateChanges(facts: UnitFacts): readonly Change[] {
  const services = ofKind(facts, 'Service', '');
  return ofKind(facts, 'DestinationRule', ISTIO).flatMap((rule) => {
    const host = String(valueAt(rule.value, '/spec/host'));
    if (!services.some(({ name, namespace }) => isHostOf(host, name, namespace))) return [];
    const subsets = asList(valueAt(rule.value, '/spec/subsets')).map((_, index) => `/spec/subsets/${index}`);
    const policies = ['/spec', ...subsets].map((pointer) => `${pointer}/trafficPolicy`);
    const ports = policies.flatMap((pointer) =>
      asList(valueAt(rule.value, `${pointer}/portLevelSettings`)).map(
        (_, index) => `${pointer}/portLevelSettings/${index}`,
      ),
    );
    const own = [...policies, ...ports]
      .map((pointer) => `${pointer}/tls`)
      .filter((pointer) => {
        const { mode, insecureSkipVerify } = asRecord(valueAt(rule.value, pointer)) ?? {};
        return mode === 'MUTUAL' || (mode === 'SIMPLE' && insecureSkipVerify !== true);
      });
    const set = Object.fromEntries(own.map((pointer) => [pointer, { mode: 'SIMPLE', insecureSkipVerify: true }]));
    return changesOf(rule, facts, [{ reason: REASON, set }]);
  });
}
