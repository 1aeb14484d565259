/** What the functions of a condition take and give (expr 1.15, builtin, and Argo's EvalCondition). */
import { conditionError } from './condition-tree.ts';
import { type ConditionType, elementOf, isList, isNumber, nameOfType } from './condition-type.ts';

type Accepts = (type: ConditionType) => boolean;

interface Signature {
  readonly args: readonly Accepts[];
  readonly least?: number;
  readonly returns: (types: readonly ConditionType[]) => ConditionType;
}

const anything: Accepts = () => true;
const number: Accepts = (type) => isNumber(type) || type === 'any';
const list: Accepts = (type) => isList(type) || type === 'any';
/** A parameter of a Go function takes nil, which fails when it is called. */
const text: Accepts = (type) => type === 'string' || type === 'any' || type === 'nil';
/** A whole number is made a float where it is a literal, and is no float when it is called otherwise. */
const float: Accepts = (type) => isNumber(type) || type === 'any' || type === 'nil';
const measurable: Accepts = (type) => list(type) || type === 'string';
const convertible: Accepts = (type) => number(type) || type === 'string';
const whole: Accepts = (type) => type === 'integer' || type === 'any';

const gives = (type: ConditionType) => () => type;
const first = (types: readonly ConditionType[]) => types[0]!;
const element = (types: readonly ConditionType[]) => elementOf(types[0]!);

const SIGNATURES: Readonly<Record<string, Signature>> = {
  isNaN: { args: [float], returns: gives('boolean') },
  isInf: { args: [float], returns: gives('boolean') },
  isNil: { args: [anything], returns: gives('boolean') },
  default: { args: [anything, anything], returns: gives('any') },
  asInt: { args: [anything], returns: gives('integer') },
  asFloat: { args: [anything], returns: gives('float') },
  len: { args: [measurable], returns: gives('integer') },
  type: { args: [anything], returns: gives('string') },
  abs: { args: [number], returns: first },
  ceil: { args: [number], returns: gives('float') },
  floor: { args: [number], returns: gives('float') },
  round: { args: [number], returns: gives('float') },
  int: { args: [convertible], returns: gives('integer') },
  float: { args: [convertible], returns: gives('float') },
  string: { args: [anything], returns: gives('string') },
  sum: { args: [list], returns: gives('any') },
  mean: { args: [list], returns: gives('float') },
  median: { args: [list], returns: gives('float') },
  first: { args: [list], returns: element },
  last: { args: [list], returns: element },
  take: { args: [list, whole], returns: first },
  upper: { args: [text], returns: gives('string') },
  lower: { args: [text], returns: gives('string') },
  hasPrefix: { args: [text, text], returns: gives('boolean') },
  hasSuffix: { args: [text, text], returns: gives('boolean') },
  indexOf: { args: [text, text], returns: gives('integer') },
};

/** @throws HarnessError CONDITION_TYPE */
export function typeOfCall(condition: string, name: string, types: readonly ConditionType[]): ConditionType {
  const fails = (problem: string) => conditionError('CONDITION_TYPE', condition, problem);
  const takesNot = (type: ConditionType) => fails(`${name} cannot take ${nameOfType(type)}`);
  const wrongCount = () => fails(`${name} has a wrong number of arguments`);
  if (name === 'max' || name === 'min') {
    if (types.length === 0) throw wrongCount();
    for (const type of types) {
      if (type === 'any') return 'any';
      if (!isNumber(type)) throw takesNot(type);
    }
    return types[0]!;
  }
  if (name === 'get') {
    if (types.length !== 2) throw wrongCount();
    const [base, at] = types as readonly [ConditionType, ConditionType];
    if (base === 'any') return 'any';
    if (!isList(base)) throw takesNot(base);
    if (!whole(at)) throw takesNot(at);
    return elementOf(base);
  }
  const { args, least = args.length, returns } = SIGNATURES[name]!;
  if (types.length < least || types.length > args.length) throw wrongCount();
  const refused = types.find((type, index) => !args[index]!(type));
  if (refused !== undefined) throw takesNot(refused);
  return returns(types);
}
