/** Options of verbs that ask a cluster: which one, and about what. */
import { usageError } from '../../errors/harness-error.ts';
import type { Identify } from '../../ports/identify.ts';
import type { ContextRef, ProxiesRef, VirtualServiceRef } from '../traffic-requests.ts';

export interface ClusterOptions {
  readonly context?: string;
  readonly virtualService?: string;
  readonly service?: string;
  readonly kubeconfig?: string;
  readonly allowContext?: string;
}

/** @throws HarnessError (exit 2) VIRTUAL_SERVICE_SYNTAX, VIRTUAL_SERVICE_MISSING, CONTEXT_MISSING */
export function readVirtualService(options: ClusterOptions, identify: Identify): VirtualServiceRef | undefined {
  const { virtualService, context } = options;
  if (virtualService === undefined) {
    if (context !== undefined && identify.kind !== 'proxy')
      throw usageError('VIRTUAL_SERVICE_MISSING', '--context is only used with --virtual-service or --identify proxy', {
        hint: 'Add --virtual-service NAMESPACE/NAME, or leave --context out.',
      });
    return undefined;
  }
  const [namespace, name] = namespacedName('--virtual-service', 'VIRTUAL_SERVICE_SYNTAX', virtualService);
  return { ...contextOf(options, '--virtual-service'), namespace, name };
}

/** @throws HarnessError (exit 2) SERVICE_SYNTAX, SERVICE_MISSING, SERVICE_UNUSED, CONTEXT_MISSING */
export function readProxies(options: ClusterOptions, identify: Identify): ProxiesRef | undefined {
  const { service, virtualService } = options;
  if (identify.kind !== 'proxy') {
    if (service !== undefined)
      throw usageError('SERVICE_UNUSED', '--service is only used with --identify proxy', {
        hint: 'Leave it out: with another --identify the answer itself names who gave it.',
      });
    return undefined;
  }
  const ref = contextOf(options, '--identify proxy');
  if (service === undefined) {
    if (virtualService === undefined)
      throw usageError('SERVICE_MISSING', '--identify proxy needs --service: whose pods answer?', {
        hint: 'Add --service NAMESPACE/NAME, or --virtual-service NAMESPACE/NAME instead of --expect.',
      });
    return { ...ref, service: undefined };
  }
  const [namespace, name] = namespacedName('--service', 'SERVICE_SYNTAX', service);
  return { ...ref, service: { namespace, name } };
}

function contextOf({ context, kubeconfig, allowContext }: ClusterOptions, option: string): ContextRef {
  if (context !== undefined) return { context, kubeconfig, allowedContext: allowContext };
  throw usageError('CONTEXT_MISSING', `${option} needs --context`, {
    hint: 'Name the kubeconfig context to read from; the current one is never assumed.',
  });
}

function namespacedName(option: string, code: string, text: string): readonly [namespace: string, name: string] {
  const [namespace, name, ...rest] = text.split('/');
  if (namespace && name && rest.length === 0) return [namespace, name];
  throw usageError(code, `${option} cannot read '${text}'`, {
    hint: 'Write NAMESPACE/NAME, such as bookinfo/reviews.',
  });
}
