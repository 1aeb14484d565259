/** @param before how many there are in front of these; the command line would split a name at its first `=` */
export function settingsInEnvironment(
  settings: Iterable<readonly [string, string]>,
  before = 0,
): Record<string, string> {
  const entries = [...settings];
  return Object.fromEntries([
    ...entries.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${before + index}`, key],
      [`GIT_CONFIG_VALUE_${before + index}`, value],
    ]),
    ['GIT_CONFIG_COUNT', String(before + entries.length)],
  ]);
}

/** Set where a hook calls us, they name the repository of the hook, which would then be the one that is read or written to. */
const OF_ANOTHER =
  /^GIT_(DIR|WORK_TREE|IMPLICIT_WORK_TREE|INDEX_FILE|COMMON_DIR|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|PREFIX|SHALLOW_FILE|GRAFT_FILE|NAMESPACE|REPLACE_REF_BASE|NO_REPLACE_OBJECTS|CONFIG|CONFIG_PARAMETERS)$/;

/**
 * An environment for Git on a repository of our choice: those that `git rev-parse --local-env-vars` lists are not in it,
 * but for GIT_CONFIG_COUNT with its keys and values, by which CI gives tokens and other addresses.
 */
export function withoutAnotherRepository(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || OF_ANOTHER.test(name) ? [] : [[name, value]],
    ),
  );
}
