/** One request as the load generator saw it and as the receivers named themselves. */

export interface RequestSample {
  /** k6's `iterationInTest`: 0, 1, 2 … in the order in which requests were *started*, across all VUs. */
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** HTTP status, 0 when no response arrived. */
  readonly status: number;
  /** k6 error code, 0 when there was none. */
  readonly errorCode: number;
  readonly vu: number;
  /** What the receiver said of itself (header, JSON value or regex group), empty when it said nothing. */
  readonly identity: string;
  /** Set where samples are handed over late: this one had ended before the load was told to stop. */
  readonly endedBeforeStop?: true;
}
