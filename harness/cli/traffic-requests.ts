/** What verbs ask about traffic: of an endpoint that is there, and of a policy under traffic that was or could be. */
import type { Assurance } from '../documents/assurance.ts';
import type { ExpectedArm } from '../documents/identify.ts';
import type { ResponseObjective } from '../documents/response-objective.ts';
import type { CapacityInput } from '../find-capacity/input.ts';
import type { Identify } from '../ports/identify.ts';
import type { SimulationAsk } from '../simulate-policy/settings.ts';
import type { SimulatePolicyRequest } from '../simulate-policy/simulate-policy.ts';

export interface AssertSplitRequest {
  /** As it is asked; may hold secrets. */
  readonly url: string;
  /** As it is written down. */
  readonly shownUrl: string;
  /** Takes the user's secrets out of a text. */
  readonly hide: (text: string) => string;
  /** Undefined: read from the VirtualService. */
  readonly expect: readonly ExpectedArm[] | undefined;
  readonly virtualService: VirtualServiceRef | undefined;
  readonly identify: Identify;
  /** Given where `identify` is `proxy`. */
  readonly proxies: ProxiesRef | undefined;
  readonly assurance: Assurance;
  /** Share, 0 to 1; undefined: as the assurance says. */
  readonly margin: number | undefined;
  readonly ratePerSecond: number;
  readonly maxDurationMs: number;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly newConnectionPerRequest: boolean;
  readonly warmUpRequests: number;
  /** Path of a k6, when the user named one. */
  readonly k6: string | undefined;
  readonly runsDirectory: string;
  readonly command: readonly string[];
}

export interface CapacityRequest {
  /** As it is asked; may hold secrets. */
  readonly url: string;
  /** As it is written down. */
  readonly shownUrl: string;
  /** Takes the user's secrets out of a text. */
  readonly hide: (text: string) => string;
  readonly objective: ResponseObjective;
  readonly fromRate: number;
  readonly maxRate: number;
  /** High/low − 1; undefined: as the assurance says. */
  readonly width: number | undefined;
  readonly budgetSeconds: number | undefined;
  readonly assurance: Assurance;
  readonly arrivals: 'poisson' | 'paced';
  readonly seed: number;
  /** k6 processes that share the load of each trial. */
  readonly generators: number;
  readonly peak: CapacityInput['peak'];
  readonly pulse: boolean;
  /** A canary that is compared, and whether its capacity is searched as well. */
  readonly against: { readonly url: string; readonly shownUrl: string; readonly both: boolean } | undefined;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connectTimeoutMs: number;
  readonly k6: string | undefined;
  readonly runsDirectory: string;
  readonly command: readonly string[];
}

export interface ContextRef {
  readonly context: string;
  /** Undefined: KUBECONFIG, then the user's own. */
  readonly kubeconfig: string | undefined;
  readonly allowedContext: string | undefined;
}

export interface VirtualServiceRef extends ContextRef {
  readonly namespace: string;
  readonly name: string;
}

/** A cluster whose proxies say who answered. */
export interface ProxiesRef extends ContextRef {
  /** Whose pods answer; undefined: the first destination of the VirtualService. */
  readonly service: { readonly namespace: string; readonly name: string } | undefined;
}

/** `record`: the file that it is written to. */
export type RecordedAsk =
  | { readonly kind: 'file'; readonly file: string }
  | {
      readonly kind: 'run';
      readonly directory: string;
      /** Which of its loads; undefined: there is only one. */
      readonly load: string | undefined;
      readonly record: string | undefined;
    }
  | {
      readonly kind: 'prometheus';
      readonly url: string;
      readonly rangeMs: number;
      /** Undefined: Istio's counter of the Rollout's requests. */
      readonly select: string | undefined;
      readonly headers: Readonly<Record<string, string>>;
      readonly record: string | undefined;
    };

export interface SimulateRequest extends Pick<SimulatePolicyRequest, 'releases' | 'precision' | 'seed' | 'recommend'> {
  /** Name or directory of a profile, or a file or folder with manifests. */
  readonly source: string;
  readonly ask: SimulationAsk;
  /** Traffic as it was; undefined: `ask` or the profile says how much there is. */
  readonly recorded: RecordedAsk | undefined;
  /** Files or run directories with measured latencies, in place of those in `ask`: of a good version, of the first bad canary. */
  readonly measured: { readonly good: string | undefined; readonly bad: string | undefined };
  /** Undefined: one a processor. */
  readonly threads: number | undefined;
  /** Files with the counts of all parts, in place of simulating; undefined: simulate. */
  readonly merge?: readonly string[] | undefined;
}

export interface SideBySideAsk extends Omit<SimulateRequest, 'source' | 'merge'> {
  /** Each as the source of a SimulateRequest. */
  readonly sources: readonly string[];
}
