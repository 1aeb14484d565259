/** The scripts themselves. Pure. Words are names of verbs and options, which need no quoting; descriptions are quoted. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export interface VerbWords {
  readonly name: string;
  readonly summary: string;
  readonly actions: readonly string[];
  /** Values of its arguments, where there is a list. */
  readonly choices: readonly string[];
  readonly options: readonly {
    readonly name: string;
    readonly description: string;
    readonly takesValue: boolean;
    readonly choices: readonly string[];
  }[];
}

export function completionScript(shell: Shell, verbs: readonly VerbWords[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(verbs);
    case 'zsh':
      return `#compdef canaryproof\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(verbs)}`;
    case 'fish':
      return fishScript(verbs);
  }
}

const unique = (words: readonly string[]): string => [...new Set(words)].join(' ');

function bashScript(verbs: readonly VerbWords[]): string {
  const words = verbs.map(
    ({ name, actions, choices, options }) =>
      `    ${name}) words="${unique([...actions, ...choices, ...options.map((option) => option.name), '--help'])}" ;;`,
  );
  const values = verbs.flatMap(({ name, options }) =>
    options
      .filter(({ choices }) => choices.length > 0)
      .map((option) => `    "${name} ${option.name}") values="${unique(option.choices)}" ;;`),
  );
  return `# canaryproof: source this file, or put it where your shell looks for completions
_canaryproof() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" verb="\${COMP_WORDS[1]}"
  local words="" values=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${unique(verbs.map(({ name }) => name))} --help --version" -- "$current"))
    return
  fi
  case "$verb" in
${words.join('\n')}
  esac
  case "$verb $previous" in
${values.join('\n')}
  esac
  if [ -n "$values" ]; then
    COMPREPLY=($(compgen -W "$values" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    case "$current" in -*) ;; *) COMPREPLY+=($(compgen -f -- "$current")) ;; esac
  fi
}
complete -o filenames -F _canaryproof canaryproof
`;
}

function fishScript(verbs: readonly VerbWords[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', ' ')}'`;
  const lines = verbs.flatMap(({ name, summary, actions, choices, options }) => {
    const here = `complete -c canaryproof -n '__fish_seen_subcommand_from ${name}'`;
    const values = [...actions, ...choices];
    return [
      `complete -c canaryproof -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...(values.length === 0 ? [] : [`${here} -a '${unique(values)}'`]),
      ...options.map(
        (option) =>
          `${here} -l ${option.name.slice(2)}${option.takesValue ? ' -r' : ''}${option.choices.length === 0 ? '' : ` -f -a '${unique(option.choices)}'`} -d ${quoted(option.description)}`,
      ),
    ];
  });
  return `# canaryproof: put it into ~/.config/fish/completions/canaryproof.fish\n${[...new Set(lines)].join('\n')}\n`;
}
