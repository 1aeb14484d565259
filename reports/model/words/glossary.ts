/** The words of a report that a newcomer cannot be expected to know, each in a sentence or two. Kept short on purpose. */
export interface Term {
  /** Part of the anchor: letters and hyphens. */
  readonly key: string;
  readonly title: string;
  /** How texts say it; the first one found in a text is linked. */
  readonly said: readonly string[];
  readonly text: string;
}

export const GLOSSARY: readonly Term[] = [
  {
    key: 'e-value',
    title: 'e-value',
    said: ['e-value', 'e-values'],
    text: 'How strongly the answers speak against the declared split: the winnings of a fair bet against it that began with 1. If the split is as declared, it ever reaches 1/α with probability at most α, however often one looks. Charts show its natural logarithm.',
  },
  {
    key: 'alpha',
    title: 'α',
    said: ['α'],
    text: 'How often a split that is exactly as declared may be called failed. 1e-6 is once in a million runs.',
  },
  {
    key: 'beta',
    title: 'β',
    said: ['β'],
    text: 'How often a split that is off by the margin or more may be called passed. 0.001 is once in a thousand such runs.',
  },
  {
    key: 'margin',
    title: 'margin',
    said: ['margin'],
    text: 'How far a share may be off before it matters, in percentage points: ±2 points around 10 % is 8 % to 12 %. A smaller one takes more requests, about four times as many for half of it.',
  },
  {
    key: 'excluded-drift',
    title: 'excluded drift',
    said: ['Excluded drift', 'excluded drift'],
    text: 'The smallest distance from the declared share that the requests rule out, at error rate β. A split passes when it is no more than the margin, so it never exceeds the margin in a passed split.',
  },
  {
    key: 'whisker',
    title: 'whisker',
    said: ['whisker'],
    text: 'The shares that the test which decided leaves standing. In a passed split it lies inside the margin; in a failed one it does not hold the declared share.',
  },
  {
    key: 'mixture-interval',
    title: 'mixture interval',
    said: ['mixture interval', 'Mixture interval'],
    text: 'Another valid interval for the same share, wider than the whisker because it is not made for the one question that was asked. It is kept in the appendix.',
  },
  {
    key: 'design-effect',
    title: 'design effect',
    said: ['design effect'],
    text: 'How much more the shares of connections differ from each other than single requests would make them. 1 means that every request was routed by itself; 20 means that twenty requests say as much as one, as with sticky sessions.',
  },
  {
    key: 'guard',
    title: 'guard',
    said: ['guard'],
    text: 'A check of what the test takes for granted, that each request is routed by itself. When one trips, whole connections are counted instead of requests.',
  },
  {
    key: 'books',
    title: 'books',
    said: ['books'],
    text: 'Double entry of requests: every one that was sent must be found again as an answer, an error or in flight. When they do not balance, the outcome is invalid.',
  },
  {
    key: 'second-witness',
    title: 'second witness',
    said: ['second witness', 'Second witness'],
    text: 'Somebody else who counted the same requests, such as Prometheus or the counters of Envoy. It has to agree with the clients within what two honest counts may differ by.',
  },
  {
    key: 'wilson',
    title: 'Wilson interval',
    said: ['Wilson interval'],
    text: 'The usual interval of one share at one moment. It is used for bands in pictures only, never for a verdict, since it is not valid when one looks again and again.',
  },
  {
    key: 'oracle',
    title: 'oracle',
    said: ['oracle'],
    text: 'Our own evaluation of the same samples: what Argo Rollouts ought to have measured and decided. Where the two differ, one of them is wrong.',
  },
  {
    key: 'ledger',
    title: 'ledger',
    said: ['ledger'],
    text: 'Who held which weight when: Git, the API object, every proxy, and what clients saw, on one clock. The first layer that differs is to blame.',
  },
  {
    key: 'inconclusive',
    title: 'inconclusive, invalid',
    said: ['inconclusive', 'Inconclusive'],
    text: 'Inconclusive: the evidence is sound and there is too little of it. Invalid: the evidence itself cannot be trusted. Neither is a pass.',
  },
];
