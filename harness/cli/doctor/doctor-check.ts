/** One thing that `doctor` looked at. */
export interface DoctorCheck {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  /** What was found, with figures. */
  readonly found: string;
  /** What needs it, such as `every verb` or `local clusters`. */
  readonly neededFor: string;
  /** What to do, often a command; absent when all is well. */
  readonly fix?: string;
}
