/**
 * What a scenario is told: the values of one load run, put into the bundle as JSON when it is bundled.
 *
 * The shape of the harness's LoadRequest, repeated here because scenarios are compiled for k6 and know nothing of Node.
 */
export type Identify =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'json'; readonly path: string }
  | { readonly kind: 'regex'; readonly pattern: string };

export interface ScenarioRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Host name -> address. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly identify: Identify;
  readonly ratePerSecond: number;
  readonly maxDurationMs: number;
  readonly preAllocatedVus: number;
  readonly requestTimeoutMs: number;
  readonly newConnectionPerRequest: boolean;
}
