/** How the use cases tell people and machines what they are at. */

/** Progress for people and machines; every step over two seconds reports. */
export interface Progress {
  /** A named step begins; the returned function ends it. */
  step(name: string): StepHandle;
  note(text: string): void;
}

export interface StepHandle {
  update(text: string): void;
  done(text?: string): void;
  fail(text: string): void;
}
