/** What Alertmanager posts, and whose it is. Pure. */

import { z } from 'zod';
import type { ReceivedRequest } from '../../evidence/webhook-receiver.ts';

export interface AlertNotification {
  /** Unix milliseconds of arrival. */
  readonly atMs: number;
  /** Name of the receiver that Alertmanager routed it to. */
  readonly receiver: string;
  readonly alert: string;
  readonly severity: string;
  readonly status: 'firing' | 'resolved';
}

/** What is read of it; a body that is something else holds no alert. https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
const webhookBody = z.object({
  alerts: z.array(z.object({ status: z.string().optional(), labels: z.record(z.string(), z.string()).optional() })),
});

/** One for each alert of each post; the receiver is the path that was posted to. */
export function notificationsOf(requests: readonly ReceivedRequest[]): AlertNotification[] {
  return requests.flatMap(({ atMs, path, body }) =>
    alertsOf(body).flatMap(({ status, labels }) =>
      status === 'firing' || status === 'resolved'
        ? [
            {
              ...{ atMs, status, receiver: path.replace(/^\//, '') },
              ...{ alert: labels?.alertname ?? '', severity: labels?.severity ?? '' },
            },
          ]
        : [],
    ),
  );
}

function alertsOf(body: string): z.infer<typeof webhookBody>['alerts'] {
  try {
    return webhookBody.safeParse(JSON.parse(body)).data?.alerts ?? [];
  } catch {
    return [];
  }
}

/** What is wrong with the notifications that came while one fault was on; empty when they are right. */
export function problemsOf(
  expected: { readonly alert: string; readonly severity: string },
  during: readonly AlertNotification[],
): string[] {
  const firing = during.filter(({ status }) => status === 'firing');
  const own = firing.filter(({ alert }) => alert === expected.alert);
  const others = [...new Set(firing.filter(({ alert }) => alert !== expected.alert).map(({ alert }) => alert))];
  const elsewhere = [...new Set(own.map(({ receiver }) => receiver).filter((name) => name !== expected.severity))];
  return [
    ...(own.length === 0 ? [`${expected.alert} did not fire`] : []),
    ...(others.length > 0 ? [`${others.join(', ')} fired too`] : []),
    ...(elsewhere.length > 0
      ? [`${expected.alert} went to ${elsewhere.join(', ')} and not to ${expected.severity}`]
      : []),
  ];
}
