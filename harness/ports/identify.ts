/** How a receiver's own name is read from its answer; declared beside k6's reader, which runs in another world. */

export type { Identify, IdentifyKind, IdentifyOf } from '../../scenarios/shared/receiver-identity.ts';
