import { expect, test } from 'vitest';
import { parsePromql } from '../../../oracle/promql/parse-promql.ts';
import { type MeshService, narrowedTo, readsPart, readsService, selectorsIn } from './narrowed-query.ts';

const CART: MeshService = { names: ['cart'], namespace: 'shop', perRequest: 1, isAsked: true };
const OWN = 'destination_service_name=~"cart",destination_service_namespace="shop"';

test.each([
  ['rate(istio_requests_total[1m])', `rate(istio_requests_total{${OWN}}[1m])`],
  ['istio_requests_total', `istio_requests_total{${OWN}}`],
  ['rate(istio_requests_total {a="b"} [1m] offset 5s)', `rate(istio_requests_total {${OWN},a="b"} [1m] offset 5s)`],
  ['sum(rate({__name__="istio_requests_total"}[1m]))', `sum(rate({${OWN},__name__="istio_requests_total"}[1m]))`],
  ['istio_requests_total{} / up{a="["}', `istio_requests_total{${OWN},} / up{a="["}`],
  [
    'rate(istio_requests_total{a="1"}[1m]) / rate(istio_requests_total[1m])',
    `rate(istio_requests_total{${OWN},a="1"}[1m]) / rate(istio_requests_total{${OWN}}[1m])`,
  ],
])('%s', (text, expected) => {
  const narrowed = narrowedTo(text, parsePromql(text), CART);
  expect(narrowed).toBe(expected);
  // Prometheus reads it, too
  expect(() => parsePromql(narrowed)).not.toThrow();
});

test.each([
  ['istio_requests_total', true, false],
  ['istio_requests_total{destination_service_name="cart"}', true, false],
  ['istio_requests_total{destination_service=~"cart.*"}', true, false],
  ['istio_requests_total{destination_service="cart.shop.svc.cluster.local",reporter="source"}', true, false],
  ['istio_requests_total{destination_service_name="orders"}', false, false],
  ['istio_requests_total{destination_service_namespace="other"}', false, false],
  ['istio_requests_total{destination_version="v2"}', true, true],
  ['istio_requests_total{source_workload=~".*"}', true, false],
  ['istio_requests_total{response_flags="-"}', true, true],
])('%s reads the Service: %s, a part of it: %s', (text, isRead, isPart) => {
  const [selector] = selectorsIn(parsePromql(text));
  expect(readsService(selector!, CART)).toBe(isRead);
  expect(readsPart(selector!)).toBe(isPart);
});
