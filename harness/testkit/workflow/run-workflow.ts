/**
 * Runs a job of a workflow, and the composite action that it uses, step by step as GitHub's runner does: each `run` in a
 * bash of its own, outputs and PATH through the runner's files, expressions put in before. Actions of others
 * (checkout, caches, uploads) are told to the test instead. What is not understood is an error, never passed over.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
}

export interface StepTold {
  readonly name: string;
  readonly kind: 'run' | 'uses' | 'skipped';
  readonly with: Readonly<Record<string, string>>;
  readonly exitCode: number;
  readonly output: string;
}

export interface JobRun {
  readonly steps: readonly StepTold[];
  /** Of the first step that failed. */
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface JobOptions {
  /** The workflow's text. */
  readonly workflow: string;
  /** The action's text, and how the workflow names it. */
  readonly action: { readonly text: string; readonly uses: RegExp; readonly inputs: Readonly<Record<string, string>> };
  readonly workspace: string;
  readonly temp: string;
  readonly env: Readonly<Record<string, string>>;
  /** `github.…` of expressions. */
  readonly github: Readonly<Record<string, string>>;
}

type Values = (name: string) => string;

export async function runJob(options: JobOptions): Promise<JobRun> {
  const { jobs } = parse(options.workflow) as { jobs: Record<string, { steps: Step[] }> };
  const [job] = Object.values(jobs);
  const action = parse(options.action.text) as {
    inputs: Record<string, { default?: string; required?: boolean }>;
    runs: { steps: Step[] };
  };
  mkdirSync(options.temp, { recursive: true });
  const told: StepTold[] = [];
  let outputs: Readonly<Record<string, string>> = {};
  for (const step of job?.steps ?? []) {
    const always = step.if === 'always()';
    if (told.some(({ exitCode }) => exitCode !== 0) && !always) {
      told.push({ name: step.name ?? step.uses ?? '', kind: 'skipped', with: {}, exitCode: 0, output: '' });
      continue;
    }
    const values: Values = (name) => fromGithub(name, options);
    if (step.uses === undefined || !options.action.uses.test(step.uses)) {
      told.push(...(await runSteps([always ? without(step) : step], values, options)).steps);
      continue;
    }
    const given = Object.fromEntries(
      Object.entries(step.with ?? {}).map(([key, value]) => [key, filled(value, values)]),
    );
    for (const name of Object.keys(given)) if (action.inputs[name] === undefined) throw new Error(`no input ${name}`);
    const inputs: Record<string, string> = {};
    for (const [name, input] of Object.entries(action.inputs)) {
      const value = options.action.inputs[name] ?? given[name] ?? input.default;
      if (value === undefined) throw new Error(`input ${name} is required`);
      inputs[name] = value;
    }
    const inside: Values = (name) =>
      name.startsWith('inputs.') ? (inputs[name.slice(7)] ?? unknown(name)) : values(name);
    const ran = await runSteps(action.runs.steps, inside, options);
    told.push(...ran.steps);
    outputs = ran.outputs.run ?? {};
  }
  return { steps: told, exitCode: told.find(({ exitCode }) => exitCode !== 0)?.exitCode ?? 0, outputs };
}

const without = ({ if: _, ...step }: Step): Step => step;

function fromGithub(name: string, { github, temp }: JobOptions): string {
  const runner: Readonly<Record<string, string>> = { 'runner.temp': temp, 'runner.os': 'Linux', 'runner.arch': 'X64' };
  return runner[name] ?? github[name.replace(/^github\./, '')] ?? unknown(name);
}

async function runSteps(steps: readonly Step[], values: Values, options: JobOptions) {
  const told: StepTold[] = [];
  const outputs: Record<string, Record<string, string>> = {};
  const withSteps: Values = (name) => {
    const [, id, output] = /^steps\.([\w-]+)\.outputs\.([\w-]+)$/.exec(name) ?? [];
    return id === undefined ? values(name) : (outputs[id]?.[output ?? ''] ?? '');
  };
  let failed = false;
  for (const [index, step] of steps.entries()) {
    const name = step.name ?? step.uses ?? `step ${index}`;
    const inputs = Object.fromEntries(
      Object.entries(step.with ?? {}).map(([key, value]) => [key, filled(String(value), withSteps)]),
    );
    if (failed || (step.if !== undefined && !holds(step.if, withSteps))) {
      told.push({ name, kind: 'skipped', with: inputs, exitCode: 0, output: '' });
      continue;
    }
    if (step.run === undefined) {
      told.push({ name, kind: 'uses', with: inputs, exitCode: 0, output: '' });
      continue;
    }
    if (step.run.includes('${{')) throw new Error(`${name}: an expression inside of a script is an injection`);
    const env = Object.fromEntries(
      Object.entries(step.env ?? {}).map(([key, value]) => [key, filled(value, withSteps)]),
    );
    const { exitCode, output, set } = await bash(step.run, env, options);
    if (step.id !== undefined) outputs[step.id] = set;
    failed = exitCode !== 0;
    told.push({ name, kind: 'run', with: inputs, exitCode, output });
  }
  return { steps: told, outputs };
}

/** `A == 'x' && B != 'y'`, which is all that the action needs. */
function holds(condition: string, values: Values): boolean {
  return condition.split('&&').every((part) => {
    const [, name = '', operator, literal] = /^\s*([\w.-]+)\s*(==|!=)\s*'([^']*)'\s*$/.exec(part) ?? unknown(condition);
    return (values(name) === literal) === (operator === '==');
  });
}

function filled(text: string, values: Values): string {
  return text.replaceAll(/\$\{\{\s*([\w.-]+)\s*\}\}/g, (_whole, name: string) => values(name));
}

function unknown(what: string): never {
  throw new Error(`the runner of the tests does not know ${what}`);
}

async function bash(script: string, env: Readonly<Record<string, string>>, options: JobOptions) {
  const files = { GITHUB_OUTPUT: 'output', GITHUB_PATH: 'path', GITHUB_STEP_SUMMARY: 'summary.md' };
  const at = (name: string) => path.join(options.temp, `runner-${name}`);
  writeFileSync(at('output'), '');
  for (const name of ['path', 'summary.md']) appendFileSync(at(name), '');
  const added = readFileSync(at('path'), 'utf8').split('\n').filter(Boolean).toReversed().join(path.delimiter);
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd: options.workspace,
    env: {
      ...options.env,
      ...Object.fromEntries(Object.entries(files).map(([key, name]) => [key, at(name)])),
      RUNNER_TEMP: options.temp,
      GITHUB_ACTIONS: 'true',
      CI: 'true',
      ...env,
      PATH: `${added}${path.delimiter}${options.env.PATH ?? ''}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 255)));
  const set = Object.fromEntries(
    readFileSync(at('output'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  return { exitCode, output, set };
}
