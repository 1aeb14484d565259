/** Runs the job of a GitLab CI/CD component as its runner does: inputs put in, variables expanded, one bash for the script. */
import { spawn } from 'node:child_process';
import { parse } from 'yaml';

export interface GitlabOptions {
  readonly component: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** Where the repository is checked out. */
  readonly project: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Component {
  readonly spec: { readonly inputs: Readonly<Record<string, { readonly default?: string }>> };
}
interface Job {
  readonly variables: Readonly<Record<string, string>>;
  readonly script: readonly string[];
  readonly artifacts: { readonly paths: readonly string[]; readonly reports: Readonly<Record<string, string>> };
}

export async function runGitlabJob({ component, inputs, project, env }: GitlabOptions) {
  const [head, ...rest] = component.split(/^---$/m);
  const { spec } = parse(head ?? '') as Component;
  for (const name of Object.keys(inputs)) if (spec.inputs[name] === undefined) throw new Error(`no input ${name}`);
  const body = rest.join('---').replaceAll(/\$\[\[ inputs\.([\w-]+) \]\]/g, (_whole, name: string) => {
    const value = inputs[name] ?? spec.inputs[name]?.default;
    if (value === undefined) throw new Error(`input ${name} is required`);
    // as it stands in YAML: a text of several lines would end the value
    return value.includes('\n') || value === '' ? JSON.stringify(value) : value;
  });
  const [job] = Object.values(parse(body) as Record<string, Job>);
  if (job === undefined) throw new Error('the component has no job');
  const given: Readonly<Record<string, string>> = { ...env, CI_PROJECT_DIR: project };
  const variables = Object.fromEntries(
    Object.entries(job.variables).map(([name, value]) => [
      name,
      String(value).replaceAll(/\$(\w+)/g, (_whole, other: string) => given[other] ?? ''),
    ]),
  );
  const script = `set -eo pipefail\n${job.script.join('\n')}`;
  const child = spawn('bash', ['--noprofile', '--norc', '-c', script], {
    cwd: project,
    env: { ...given, ...variables, CI: 'true', GITLAB_CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 255)));
  return { exitCode, output, artifacts: [...job.artifacts.paths, ...Object.values(job.artifacts.reports)] };
}
