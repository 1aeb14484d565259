/** The only part of k6's console that scenarios use; @types/k6 declares none. */
declare const console: { log(line: string): void };
