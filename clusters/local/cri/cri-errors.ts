/** From what went wrong inside to the status a CRI client sees. */
import { status as Code, type ServiceError } from '@grpc/grpc-js';
import { RuntimeRefusal } from './cri-runtime-orders.ts';

/** A refusal with the code that the CRI prescribes. */
export class CriError extends Error {
  readonly code: Code;

  constructor(code: Code, message: string) {
    super(message);
    this.name = 'CriError';
    this.code = code;
  }
}

const REFUSALS: Readonly<Record<RuntimeRefusal['code'], Code>> = {
  notFound: Code.NOT_FOUND,
  notRunning: Code.FAILED_PRECONDITION,
  deadlineExceeded: Code.DEADLINE_EXCEEDED,
  failed: Code.UNKNOWN,
};

/** `expected` is false for what nobody foresaw: it belongs in the log. */
export function grpcError(error: unknown): { reply: Partial<ServiceError>; expected: boolean } {
  if (error instanceof CriError) return { reply: { code: error.code, details: error.message }, expected: true };
  if (error instanceof RuntimeRefusal)
    return { reply: { code: REFUSALS[error.code], details: error.message }, expected: error.code !== 'failed' };
  const details = error instanceof Error ? error.message : String(error);
  return { reply: { code: Code.UNKNOWN, details }, expected: false };
}
