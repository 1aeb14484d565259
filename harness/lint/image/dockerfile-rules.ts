/**
 * What makes an image fail to build, or be another one than it seems. Pure.
 *
 * - DOCKERFILE_PACKAGE_MISSING: npm reads package.json in its working directory and ends with ENOENT where there is none.
 * - DOCKERFILE_SCRIPT_WITHOUT_INSTALL: `npm run` looks for programs in node_modules/.bin, which only an install fills: the
 *   shell says `vite: not found`.
 * - DOCKERFILE_STAGE_MISSING: what is no earlier stage is taken for an image of that name.
 * - DOCKERFILE_SOURCE_MISSING: a warning, because a step before the build may make it.
 * - DOCKERFILE_MODULES_OVERWRITTEN, NODE_MODULES_NOT_IGNORED: modules of the machine get into the image, or into Git.
 */
import { nearestName } from '../../documents/nearest-name.ts';
import type { Finding } from '../manifest-set.ts';
import { type BuildContext, brings, contextCopy, ignores, isInContext, lineage } from './build-context.ts';
import { type Instruction, parseDockerfile, type Stage } from './dockerfile.ts';

const PACKAGE = 'package.json';
const MODULES = 'node_modules';
/** Without packages behind it: those need no package.json. */
const INSTALL =
  /(?:^|&&|;)\s*(npm (?:ci|install|i|clean-install)|yarn(?: install)?|pnpm (?:install|i))((?:\s+--?[\w-]+(?:=\S+)?)*)\s*(?=$|&&|;|\|)/;
const ELSEWHERE = /(?:^|\s)(?:-g|--global|--prefix|--cwd|-C)\b|\bcd\s/;
const SCRIPT = /(?:^|&&|;)\s*(?:npm run(?:-script)?|yarn(?: run)?|pnpm(?: run)?) ([\w:.-]+)/;

/** @param path of the Dockerfile, as findings show it */
export function dockerfileFindings(path: string, text: string, context: BuildContext): readonly Finding[] {
  const stages = parseDockerfile(text);
  const at = (line: number, finding: Omit<Finding, 'layer' | 'where'>): Finding => ({
    ...finding,
    layer: 'manifest',
    where: `${path}:${line}:1`,
  });
  const rules = [stageRule, packageRule, scriptRule, sourceRule, modulesRule];
  return stages
    .flatMap((stage) => rules.flatMap((rule) => rule(stage, stages, context)))
    .toSorted((a, b) => a.line - b.line)
    .map(({ line, ...finding }) => at(line, finding));
}

type Found = Omit<Finding, 'layer' | 'where'> & { readonly line: number };
type Rule = (stage: Stage, stages: readonly Stage[], context: BuildContext) => readonly Found[];

const stageRule: Rule = (stage, stages) =>
  stage.instructions.flatMap(({ flags: { from }, line }): Found[] => {
    if (from === undefined || from.includes('$')) return [];
    const wanted = from.toLowerCase();
    const earlier = stages.slice(0, stage.index);
    const isStage = earlier.some(({ name, index }) => name === wanted || String(index) === wanted);
    if (isStage || /[/:@.]/.test(wanted)) return [];
    const later = stages.slice(stage.index).some(({ name }) => name === wanted) || /^\d+$/.test(wanted);
    const names = earlier.flatMap(({ name }) => name ?? []);
    const near = nearestName(wanted, names);
    return [
      {
        code: 'DOCKERFILE_STAGE_MISSING',
        severity: later || near !== undefined ? 'error' : 'warning',
        sentence: `no stage before this one is called ${from}${names.length === 0 ? '' : ` (there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')})`}`,
        hint:
          near === undefined
            ? `It is taken for the image ${from}:latest; give the tag where that is meant.`
            : `Write --from=${near}, or name the stage with AS ${from}.`,
        line,
      },
    ];
  });

const sourceRule: Rule = ({ instructions }, _stages, context) =>
  instructions.flatMap((instruction): Found[] => {
    const missing = contextCopy(instruction)?.sources.filter((source) => !isInContext(source, context)) ?? [];
    // package.json has a rule of its own
    return missing
      .filter((source) => source !== PACKAGE)
      .map((source) => ({
        code: 'DOCKERFILE_SOURCE_MISSING',
        severity: 'warning',
        sentence: `the build context holds no ${source}`,
        hint: 'Correct the path, which is relative to the build context, unless a step before the build makes it.',
        line: instruction.line,
      }));
  });

const packageRule: Rule = (stage, stages, context) => {
  let has = copiesBefore(stage, stages).some((copy) => brings(copy, PACKAGE));
  return stage.instructions.flatMap((instruction): Found[] => {
    const copy = contextCopy(instruction);
    // what cannot be told (from a stage, by a variable, into another folder) may bring it
    if (copy === undefined ? /^(COPY|ADD)$/.test(instruction.name) : brings(copy, PACKAGE)) has = true;
    if (copy?.sources.includes(PACKAGE) && !context.files.includes(PACKAGE)) return [noPackage(instruction)];
    if (has || !isInstall(instruction)) return [];
    return [
      {
        code: 'DOCKERFILE_PACKAGE_MISSING',
        severity: 'error',
        sentence: `${installOf(instruction)} runs before ${PACKAGE} is in the stage: ENOENT`,
        hint: `Write COPY ${PACKAGE} package-lock.json ./ before it.`,
        line: instruction.line,
      },
    ];
  });
};

function noPackage({ line }: Instruction): Found {
  return {
    code: 'DOCKERFILE_PACKAGE_MISSING',
    severity: 'error',
    sentence: `the build context holds no ${PACKAGE}, which this copies`,
    hint: `Put the Dockerfile beside ${PACKAGE} and build with . as the context, or give the folder that holds it.`,
    line,
  };
}

const scriptRule: Rule = (stage, stages, context) => {
  const { scripts, dependencies, devDependencies } = packageOf(context);
  let installed = lineage(stage, stages)
    .slice(0, -1)
    .some(({ instructions }) => instructions.some(bringsModules));
  let withoutDevelopment = false;
  return stage.instructions.flatMap((instruction): Found[] => {
    // in one RUN the install may stand before the script
    if (bringsModules(instruction)) {
      installed = true;
      withoutDevelopment = /--(?:production|omit=dev|prod)\b/.test(instruction.text);
    }
    const [, name] = (instruction.name === 'RUN' && SCRIPT.exec(instruction.text)) || [];
    const script: unknown = Object.hasOwn(scripts, name ?? '') ? scripts[name ?? ''] : '';
    const program = String(script).trim().split(/\s+/)[0] ?? '';
    const isDevelopment = Object.hasOwn(devDependencies, program);
    if (!(isDevelopment || Object.hasOwn(dependencies, program))) return [];
    if (installed && !(withoutDevelopment && isDevelopment)) return [];
    return [
      {
        code: 'DOCKERFILE_SCRIPT_WITHOUT_INSTALL',
        severity: 'error',
        sentence: installed
          ? `script ${name} runs ${program}, which is a development dependency and was left out: ${program}: not found`
          : `script ${name} runs ${program} before anything was installed: ${program}: not found`,
        hint: installed
          ? 'Install with development dependencies in the stage that builds, and copy only what it made.'
          : 'Install before it in the same stage: RUN npm ci.',
        line: instruction.line,
      },
    ];
  });
};

const modulesRule: Rule = ({ instructions }, _stages, context) => {
  const install = instructions.findIndex(isInstall);
  if (install < 0 || ignores(context.read('.dockerignore'), MODULES)) return [];
  const over = instructions.slice(install + 1).find((one) => contextCopy(one)?.sources.includes(''));
  if (!over) return [];
  return [
    {
      code: 'DOCKERFILE_MODULES_OVERWRITTEN',
      severity: 'warning',
      sentence: `all of the context is copied over what was installed, ${MODULES} of the machine among it`,
      hint: `Add ${MODULES}/ to .dockerignore.`,
      line: over.line,
    },
  ];
};

/** NODE_MODULES_NOT_IGNORED, of a folder with a package.json. */
export function modulesFindings(folder: string, context: BuildContext): readonly Finding[] {
  const { dependencies = {}, devDependencies = {} } = packageOf(context);
  if (Object.keys({ ...dependencies, ...devDependencies }).length === 0) return [];
  const committed = context.files.find((file) => file.startsWith(`${MODULES}/`));
  if (committed === undefined && ignores(context.read('.gitignore') ?? MODULES, MODULES)) return [];
  const where = `${folder}${committed === undefined ? '.gitignore' : PACKAGE}:1:1`;
  return [
    {
      ...{ code: 'NODE_MODULES_NOT_IGNORED', layer: 'manifest', severity: 'warning', where },
      sentence:
        committed === undefined
          ? `${MODULES} is not ignored, and the first commit of everything takes it along`
          : `${MODULES} is committed (${committed})`,
      hint: `Add ${MODULES}/ to .gitignore; whoever works on it runs npm install first.`,
    },
  ];
}

interface Package {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** What is not there is empty. */
function packageOf({ read }: BuildContext): Package {
  try {
    const value: unknown = JSON.parse(read(PACKAGE) ?? '{}');
    const fields = typeof value === 'object' && value !== null ? (value as Partial<Package>) : {};
    return {
      scripts: fields.scripts ?? {},
      dependencies: fields.dependencies ?? {},
      devDependencies: fields.devDependencies ?? {},
    };
  } catch {
    return { scripts: {}, dependencies: {}, devDependencies: {} };
  }
}

function isInstall({ name, text, flags }: Instruction): boolean {
  return name === 'RUN' && !/type=bind/.test(flags.mount ?? '') && !ELSEWHERE.test(text) && INSTALL.test(text);
}

const installOf = ({ text }: Instruction): string => INSTALL.exec(text)?.[1] ?? text;

/** An install of any kind, or modules that come from elsewhere, as far as that can be told. */
function bringsModules(instruction: Instruction): boolean {
  const { name, text, flags } = instruction;
  if (name === 'RUN')
    return /\b(?:npm|yarn|pnpm)\b.*\b(?:ci|i|install|add)\b|(?:^|&&|;)\s*yarn\s*(?:$|&&|;|--)/.test(text);
  if (name !== 'COPY' && name !== 'ADD') return false;
  return flags.from !== undefined || text.includes(MODULES) || contextCopy(instruction) === undefined;
}

function copiesBefore(stage: Stage, stages: readonly Stage[]) {
  const before = lineage(stage, stages).slice(0, -1);
  return before.flatMap(({ instructions }) => instructions.flatMap((one) => contextCopy(one) ?? []));
}
