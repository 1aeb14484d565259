/** How long a load may take at most, for whoever runs it elsewhere and may outlive us. */

/** Milliseconds, in the environment of the generator. */
export const LOAD_LIMIT_VARIABLE = 'CANARYPROOF_LOAD_LIMIT_MS';
