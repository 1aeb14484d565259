/** The four questions of `init` at a terminal; an empty line takes the default. */
import type { InitQuestions } from '../../init/questions.ts';

export function askedQuestions(ask: (question: string) => Promise<string>): InitQuestions {
  /** A number of the list, or a name in it; asked again until it is one. */
  const choose = async (question: string, choices: readonly string[], chosen: number): Promise<string> => {
    const list = choices.map((choice, index) => `  ${index + 1}. ${choice}`).join('\n');
    for (;;) {
      const typed = (await ask(`${question}\n${list}\n[${chosen + 1}] `)).trim();
      const found =
        typed === '' ? choices[chosen] : (choices[Number(typed) - 1] ?? choices.find((choice) => choice === typed));
      if (found !== undefined) return found;
    }
  };
  return {
    unit: (candidates) => choose('Which unit is to be proven?', candidates, 0),
    async values(known) {
      const none = 'none: its own values.yaml alone';
      const chosen = await choose("Which values file is added to the chart's own?", [none, ...known], 0);
      return chosen === none ? undefined : chosen;
    },
    async host(proposed) {
      const typed = (await ask(`Which host do clients ask for? The manifests say none.\n[${proposed}] `)).trim();
      return typed === '' ? proposed : typed;
    },
    async pauses() {
      const short = 'short: 20 to 60 s each, as the steps need';
      return (await choose('Pauses of the steps?', [short, 'real: as declared'], 0)) === short ? 'short' : 'real';
    },
  };
}
