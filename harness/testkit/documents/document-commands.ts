/** Commands that documents show: lines of `sh` blocks, and inline code that begins like one. */

/** First words that make inline code a command. */
const PROGRAMS = /^(?:npm (?:start|test|run)\b|npx |node |(?:bin\/)?canaryproof [a-z])/;

/** Continued lines joined, prompts and comments left out. */
export function commandsOf(markdown: string): readonly string[] {
  const blocks = [...markdown.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, text = '']) =>
    text.replaceAll('\\\n', ' ').split('\n'),
  );
  const prose = markdown.replaceAll(/^```.*?^```$/gms, '');
  const inline = [...prose.matchAll(/`([^`]+)`/g)]
    .map(([, text = '']) => text.replaceAll(/\s+/g, ' ').replaceAll('\\|', '|'))
    .filter((text) => PROGRAMS.test(text));
  return [...new Set([...blocks, ...inline].map((line) => line.replace(/\s+#\s.*$/, '').trim()).filter(Boolean))];
}

/** The words that a shell would make of a command without variables; where its output goes is left out. */
export function wordsOf(command: string): readonly string[] {
  const [plain = ''] = command.split(/\s+>\s*/);
  return [...plain.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare!);
}

/** Files of the repository that inline code names, and targets of links, both as they are written. */
export function pathsOf(markdown: string): { readonly code: readonly string[]; readonly links: readonly string[] } {
  const prose = markdown.replaceAll(/^```.*?^```$/gms, '');
  const code = [...prose.matchAll(/`((?:harness|clusters|k8s|reports|scenarios|bin|docs)\/[\w./-]+)`/g)];
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)];
  const targets = links.map(([, target = '']) => target).filter((target) => !/^https?:/.test(target));
  return { code: [...new Set(code.map(([, file = '']) => file))], links: [...new Set(targets)] };
}

/** Anchors of the headings, as GitHub makes them. */
export function anchorsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
