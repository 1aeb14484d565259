/** At most four things are asked; whoever answers, a terminal or `--yes`, does it through these. */
export interface InitQuestions {
  /** @param candidates best first @returns one of them */
  unit(candidates: readonly string[]): Promise<string>;
  /** @param known values files of the repository @returns undefined: the chart's own values alone */
  values(known: readonly string[]): Promise<string | undefined>;
  /** @param proposed taken when nothing is typed */
  host(proposed: string): Promise<string>;
  pauses(): Promise<'real' | 'short'>;
}

/** What `--yes` says, and whoever is no terminal: every default. */
export const DEFAULT_ANSWERS: InitQuestions = {
  unit: async ([first]) => first!,
  values: async () => undefined,
  host: async (proposed) => proposed,
  pauses: async () => 'short',
};

/** Whether a text can be asked for as a host: lower case, as browsers send it. */
export function isHostName(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text);
}
