/** Pod sandboxes: namespaces, an address, a place for logs. */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { PodAddresses } from './cri-addresses.ts';
import { resolverConfiguration } from './cri-container-plan.ts';
import type { PodSandboxConfig } from './cri-messages.ts';
import { podOwner, type ShortfallLedger, sandboxShortfalls } from './cri-not-enforced.ts';
import { nowNs, type SandboxRecord } from './cri-records.ts';
import type { RuntimeProgram } from './cri-runtime-program.ts';

export interface SandboxesOptions {
  readonly runtime: RuntimeProgram;
  readonly addresses: PodAddresses;
  readonly ledger: ShortfallLedger;
}

export function newId(): string {
  return randomBytes(32).toString('hex');
}

export class Sandboxes {
  readonly #records = new Map<string, SandboxRecord>();
  readonly #options: SandboxesOptions;
  /** Of stopped sandboxes: settled when the namespaces are gone. */
  readonly #releases = new Map<string, Promise<void>>();

  constructor(options: SandboxesOptions) {
    this.#options = options;
  }

  get(id: string): SandboxRecord | undefined {
    return this.#records.get(id);
  }

  all(): SandboxRecord[] {
    return [...this.#records.values()];
  }

  async run(config: PodSandboxConfig): Promise<SandboxRecord> {
    const { runtime, addresses, ledger } = this.#options;
    const id = newId();
    const security = config.linux?.securityContext?.namespaceOptions;
    const ownNetwork = security?.network !== 'NODE';
    const address = ownNetwork ? addresses.take() : '';
    try {
      if (config.logDirectory !== '') await mkdir(config.logDirectory, { recursive: true });
      const { directory, sharedMemory } = await runtime.order('createSandbox', {
        id,
        ownNetwork,
        ownIpc: security?.ipc !== 'NODE',
        sharedPid: security?.pid === 'POD',
        hostname: config.hostname,
        address: `${address}/${addresses.prefixLength}`,
        gateway: addresses.gateway,
        sysctls: config.linux?.sysctls ?? {},
        resolverConf: resolverConfiguration(config.dnsConfig),
      });
      const owner = podOwner(config.metadata, config.labels);
      const record: SandboxRecord = {
        id,
        config,
        createdAt: nowNs(),
        address,
        directory,
        sharedMemory,
        owner,
        state: 'SANDBOX_READY',
      };
      this.#records.set(id, record);
      ledger.add(owner, undefined, sandboxShortfalls(config));
      return record;
    } catch (error) {
      if (ownNetwork) addresses.giveBack(address);
      throw error;
    }
  }

  /** The runtime program is gone, and every namespace with it: what is left is to give the addresses back. */
  lostAll(): void {
    for (const sandbox of this.all()) {
      sandbox.state = 'SANDBOX_NOTREADY';
      if (!this.#releases.has(sandbox.id)) this.#giveBack(sandbox);
      this.#releases.set(sandbox.id, Promise.resolve());
    }
  }

  /** Takes the namespaces down; its containers must have ended. A second call waits for the first. */
  async stop(sandbox: SandboxRecord): Promise<void> {
    sandbox.state = 'SANDBOX_NOTREADY';
    let release = this.#releases.get(sandbox.id);
    if (release === undefined) {
      release = this.#options.runtime.order('removeSandbox', { id: sandbox.id }).then(() => this.#giveBack(sandbox));
      this.#releases.set(sandbox.id, release);
    }
    await release;
  }

  #giveBack(sandbox: SandboxRecord): void {
    if (sandbox.address !== '') this.#options.addresses.giveBack(sandbox.address);
  }

  forget(id: string): void {
    this.#records.delete(id);
    this.#releases.delete(id);
  }
}
