/**
 * YAML that programs written in Go read (kubectl, Argo CD, Kustomize, Helm): they follow YAML 1.1, to which a plain `yes`,
 * `on` or `0777` is no text. Pure.
 */
import { stringify, type ToStringOptions } from 'yaml';

/** Every text comes back as the same text, by the rules of YAML 1.1 and of 1.2; without anchors. */
export function writeYaml(value: unknown, options: Pick<ToStringOptions, 'lineWidth'> = {}): string {
  return stringify(value, { aliasDuplicateObjects: false, compat: 'yaml-1.1', ...options });
}
