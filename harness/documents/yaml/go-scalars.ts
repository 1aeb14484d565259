/**
 * Plain scalars as kubectl, Argo CD and Helm read them (sigs.k8s.io/yaml: YAML 1.1), where that is not what YAML 1.2 says: `yes` is
 * no text, and 0644 is 420. Pure.
 */
import type { ScalarTag, Tags } from 'yaml';

// `y` and `n` are truth values to it as well; as names of fields and objects people mean the letters
const SWITCH = /^(?:yes|Yes|YES|on|On|ON|no|No|NO|off|Off|OFF)$/;
const IS_ON = /^(?:yes|on)$/i;

const boolean: ScalarTag = {
  ...{ default: true, identify: () => false, tag: 'tag:yaml.org,2002:bool', test: SWITCH },
  resolve: (text) => IS_ON.test(text),
};

const octal: ScalarTag = {
  ...{ default: true, identify: () => false, tag: 'tag:yaml.org,2002:int', test: /^[-+]?0[0-7]+$/ },
  resolve: (text) => Number.parseInt(text, 8),
};

export function asKubernetes(tags: Tags): Tags {
  return [boolean, octal, ...tags];
}
