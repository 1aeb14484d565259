/** The four questions of `init` at a terminal; an empty line takes the default. */
import { type InitQuestions, isHostName } from '../../init/questions.ts';

export function askedQuestions(ask: (question: string) => Promise<string>): InitQuestions {
  /** A number of the list, or a name in it; asked again until it is one. */
  const choose = async (question: string, choices: readonly string[], chosen: number): Promise<string> => {
    const list = choices.map((choice, index) => `  ${index + 1}. ${choice}`).join('\n');
    const asked = `${question} A number or a name; Enter takes ${chosen + 1}.\n${list}\n[${chosen + 1}] `;
    for (let said = asked; ; ) {
      const typed = (await ask(said)).trim();
      said = `'${typed}' is none of these.\n${asked}`;
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
      const asked = `Under which host name do clients outside ask? The manifests say * or nothing.\n[${proposed}] `;
      for (
        let typed = (await ask(asked)).trim();
        ;
        typed = (await ask(`'${typed}' is no host name.\n${asked}`)).trim()
      ) {
        if (typed === '') return proposed;
        if (isHostName(typed)) return typed;
      }
    },
    async pauses() {
      const short = 'short: 8 to 60 s each, as many requests as prove the step';
      return (await choose('Pauses of the steps?', [short, 'real: as declared'], 0)) === short ? 'short' : 'real';
    },
  };
}
