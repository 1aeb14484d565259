/** The values of this bundle. */
import type { ScenarioValues } from './scenario-values.ts';

declare const CANARYPROOF_SCENARIO: ScenarioValues;

export const injectedValues: ScenarioValues = CANARYPROOF_SCENARIO;
