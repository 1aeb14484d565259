/** Reads what `go list` and `go build -v` print as they work, and says in a few words how far they are. */

export interface GoProgressReader {
  /** One line of stderr. */
  read(line: string): void;
  /** Such as `downloading modules (34)` or `compiling, 312 of 1240 packages`. */
  describe(): string;
  readonly downloads: number;
}

/** @param packages number of packages of the build, when known; already compiled ones are not announced by Go */
export function readGoProgress(packages: number | undefined): GoProgressReader {
  let downloads = 0;
  let compiled = 0;
  return {
    read(line) {
      if (line.startsWith('go: downloading ')) downloads += 1;
      // `-v` prints a bare import path per package that it compiles.
      else if (/^[\w.~-]+(\/[\w.~-]+)*$/.test(line)) compiled += 1;
    },
    describe() {
      if (compiled > 0) return `compiling, ${compiled}${packages ? ` of up to ${packages}` : ''} packages`;
      return downloads > 0 ? `downloading modules (${downloads})` : 'resolving modules';
    },
    get downloads() {
      return downloads;
    },
  };
}

/** `1 min 40 s, about 2 min left`; nothing is promised once the usual time has passed. */
export function describeTime(elapsedMs: number, usualMs: number): string {
  const left = usualMs - elapsedMs;
  return `${roughly(elapsedMs)}${left > 3_000 ? `, about ${roughly(left)} left` : ''}`;
}

export function roughly(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
}
