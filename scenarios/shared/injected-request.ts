/** The request that the bundler puts in place of the name CANARYPROOF_REQUEST (harness/load/bundle-scenario.ts). */
import type { ScenarioRequest } from './load-request.ts';

declare const CANARYPROOF_REQUEST: ScenarioRequest;

export const injectedRequest: ScenarioRequest = CANARYPROOF_REQUEST;
