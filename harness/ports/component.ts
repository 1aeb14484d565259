/** A program that took part in a run, and where it came from. */

export interface ComponentVersion {
  readonly name: string;
  readonly version: string;
  readonly origin: string;
  readonly sha256?: string | undefined;
}
