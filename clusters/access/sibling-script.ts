import { fileURLToPath } from 'node:url';

/** Path of a script beside the calling one: TypeScript in a checkout, `.mjs` in the published bundle. */
export function siblingScript(callerUrl: string, name: string): string {
  return fileURLToPath(new URL(`./${name}${callerUrl.endsWith('.ts') ? '.ts' : '.mjs'}`, callerUrl));
}
