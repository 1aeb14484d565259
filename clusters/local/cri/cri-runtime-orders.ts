/** The runtime program's orders (its control.go has the other side): what they take and what they give. */
import type { ProcessPlan, RootPlan } from './cri-container-plan.ts';

/** A refused order: `code` says how, in the program's words. */
export class RuntimeRefusal extends Error {
  readonly code: 'notFound' | 'notRunning' | 'deadlineExceeded' | 'failed';

  constructor(code: RuntimeRefusal['code'], message: string) {
    super(message);
    this.name = 'RuntimeRefusal';
    this.code = code;
  }
}

interface StreamRequest {
  readonly containerId: string;
  readonly argv: readonly string[];
  readonly terminal: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/** Orders by name: what they take and what they give. */
export interface RuntimeOrders {
  createSandbox: {
    params: {
      id: string;
      ownNetwork: boolean;
      ownIpc: boolean;
      sharedPid: boolean;
      hostname: string;
      address: string;
      gateway: string;
      sysctls: Readonly<Record<string, string>>;
      resolverConf: string;
    };
    result: { directory: string; sharedMemory: string };
  };
  removeSandbox: { params: { id: string }; result: object };
  startContainer: {
    params: {
      id: string;
      sandboxId: string;
      process: ProcessPlan;
      rootfs: RootPlan;
      logPath: string;
      stdin: boolean;
      stdinOnce: boolean;
      pid: string;
      oomScoreAdj: number;
    };
    /** startedAt in ns since the epoch. */
    result: { pid: number; startedAt: string };
  };
  signalContainer: { params: { id: string; signal: number }; result: object };
  reopenLog: { params: { id: string }; result: object };
  execSync: {
    params: { containerId: string; argv: readonly string[]; timeoutMs: number };
    /** Output in base64. */
    result: { stdout: string | null; stderr: string | null; exitCode: number };
  };
  execUrl: { params: StreamRequest; result: { url: string } };
  attachUrl: { params: StreamRequest; result: { url: string } };
  portForwardUrl: { params: { sandboxId: string; ports: readonly number[] }; result: { url: string } };
}
