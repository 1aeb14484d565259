/**
 * What a Docker engine leaves in the machine's packet filter when it ends: its chains, the jumps to them, and a FORWARD
 * policy of DROP. Compared with the state before the start, so that rules of others stay: pure but for the two ends.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { ProgramError, runProgram } from '../../process/run-program.ts';

/** Text of iptables-save before the engine started, by address family; a family without the program is absent. */
export type FirewallRecord = Readonly<Partial<Record<Family, string>>>;
type Family = (typeof FAMILIES)[number];

const FAMILIES = ['iptables', 'ip6tables'] as const;
/** Chains of the engine (DOCKER-USER, DOCKER-ISOLATION-STAGE-1, ...); source: dockerd's libnetwork. */
const ENGINE_CHAIN = /^DOCKER(-|$)/;
/** Bridge of a network that still existed when the engine ended. */
const ENGINE_BRIDGE = / br-[0-9a-f]{12}( |$)/;

interface Table {
  /** Chain -> policy; '-' for a chain that is not built in. */
  readonly chains: Map<string, string>;
  readonly rules: string[];
}

/**
 * @param before text of iptables-save before the engine started
 * @param after the same now that it has ended
 * @returns what iptables-restore --noflush has to read to undo what is the engine's; undefined: nothing
 */
export function undoEngineRules(before: string, after: string): string | undefined {
  const was = readTables(before);
  const changes = [...readTables(after)].flatMap(([name, table]) => {
    const lines = undoTable(was.get(name) ?? { chains: new Map(), rules: [] }, table);
    return lines.length === 0 ? [] : [`*${name}`, ...lines, 'COMMIT'];
  });
  return changes.length === 0 ? undefined : `${changes.join('\n')}\n`;
}

function undoTable(before: Table, { chains, rules }: Table): readonly string[] {
  const own = [...chains.keys()].filter((chain) => ENGINE_CHAIN.test(chain) && !before.chains.has(chain));
  const policies = [...chains].flatMap(([chain, policy]) => {
    // before the engine made the table there was none: then the built-in chains accepted
    const old = before.chains.get(chain) ?? 'ACCEPT';
    return chain === 'FORWARD' && policy === 'DROP' && old !== policy ? [`:${chain} ${old} [0:0]`] : [];
  });
  const known = new Set(before.rules);
  const isEngines = (rule: string) => {
    const [, chain = '', ...words] = rule.split(' ');
    if (own.includes(chain) || known.has(rule)) return false;
    return own.includes(words[words.indexOf('-j') + 1] ?? '') || ENGINE_BRIDGE.test(rule);
  };
  const jumps = rules.filter(isEngines).map((rule) => rule.replace(/^-A /, '-D '));
  return [...policies, ...jumps, ...own.map((chain) => `-F ${chain}`), ...own.map((chain) => `-X ${chain}`)];
}

function readTables(text: string): ReadonlyMap<string, Table> {
  const tables = new Map<string, Table>();
  let table: Table = { chains: new Map(), rules: [] };
  for (const line of text.split('\n')) {
    const [first = '', policy = ''] = line.slice(1).split(' ');
    if (line.startsWith('*')) {
      table = { chains: new Map(), rules: [] };
      tables.set(first, table);
    } else if (line.startsWith(':')) table.chains.set(first, policy);
    else if (line.startsWith('-A ')) table.rules.push(line);
  }
  return tables;
}

export async function recordFirewall(): Promise<FirewallRecord> {
  const texts = await Promise.all(FAMILIES.map(async (family) => [family, await saved(family)] as const));
  return Object.fromEntries(texts.filter(([, text]) => text !== undefined));
}

/** @returns false where another engine of this network namespace uses chains of the same names: then nothing is done */
export async function restoreFirewall(before: FirewallRecord): Promise<boolean> {
  if (await anotherEngineRuns()) return false;
  for (const family of FAMILIES) {
    const [old, now] = [before[family], await saved(family)];
    const input = old === undefined || now === undefined ? undefined : undoEngineRules(old, now);
    // one transaction: either all of it or nothing
    if (input !== undefined) await runProgram([`${family}-restore`, '--wait', '--noflush'], { input });
  }
  return true;
}

async function saved(family: Family): Promise<string | undefined> {
  return runProgram([`${family}-save`]).then(
    ({ stdout }) => stdout,
    (error: unknown) => {
      // no such program, or no such family in this kernel
      if (error instanceof ProgramError) return undefined;
      throw error;
    },
  );
}

async function anotherEngineRuns(): Promise<boolean> {
  const namespaceOf = (pid: string) => readlink(`/proc/${pid}/ns/net`).catch(() => undefined);
  const ours = await namespaceOf('self');
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const program = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    if (program.trim() === 'dockerd' && (await namespaceOf(pid)) === ours) return true;
  }
  return false;
}
