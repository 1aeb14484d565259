/**
 * The values of this run. What is asked (address and headers) may hold the user's secrets, so it is never part of the
 * bundle: k6 finds it in its environment, which leaves no trace when the machine or a signal ends everything.
 */
import type { ScenarioTarget, ScenarioValues } from './scenario-values.ts';

declare const CANARYPROOF_SCENARIO: ScenarioValues;
/** k6's view of its environment. */
declare const __ENV: Readonly<Record<string, string | undefined>>;

export const injectedValues: ScenarioValues = CANARYPROOF_SCENARIO;

/** Empty where the script is only looked at (an initializer of the k6-operator): nothing is asked there. */
const target = JSON.parse(__ENV.CANARYPROOF_TARGET ?? '{"url":"","headers":{}}') as ScenarioTarget;

export const url: string = target.url;
export const params = { ...injectedValues.params, headers: target.headers };
