/** Pod addresses: handed out in turn, so that one that was given back rests as long as possible. */
import { EXIT, HarnessError } from '../../../harness/errors/harness-error.ts';

export interface PodAddresses {
  /** The first address of the subnet: the bridge, and every pod's default route. */
  readonly gateway: string;
  readonly prefixLength: number;
  /** @throws HarnessError POD_ADDRESSES_EXHAUSTED when all are in use. */
  take(): string;
  giveBack(address: string): void;
}

/**
 * @param subnet such as 10.244.0.0/24; its network and broadcast address and the gateway are never given out
 * @throws HarnessError POD_SUBNET_INVALID
 */
export function podAddresses(subnet: string): PodAddresses {
  const { base, prefixLength } = parseSubnet(subnet);
  const size = 2 ** (32 - prefixLength);
  const first = 2;
  const last = size - 2;
  const inUse = new Set<number>();
  let next = first;
  return {
    gateway: formatAddress(base + 1),
    prefixLength,
    take() {
      for (let tried = first; tried <= last; tried++) {
        const offset = next;
        next = next === last ? first : next + 1;
        if (inUse.has(offset)) continue;
        inUse.add(offset);
        return formatAddress(base + offset);
      }
      throw new HarnessError(
        'POD_ADDRESSES_EXHAUSTED',
        EXIT.environment,
        `all ${last - first + 1} pod addresses of ${subnet} are in use`,
      );
    },
    giveBack(address) {
      inUse.delete(parseAddress(address) - base);
    },
  };
}

function parseSubnet(subnet: string): { base: number; prefixLength: number } {
  const [address = '', length = ''] = subnet.split('/');
  const prefixLength = Number(length);
  const value = parseAddress(address);
  if (!Number.isInteger(prefixLength) || prefixLength < 8 || prefixLength > 29 || length === '' || Number.isNaN(value))
    throw new HarnessError(
      'POD_SUBNET_INVALID',
      EXIT.environment,
      `pod subnet ${JSON.stringify(subnet)} is not an IPv4 subnet of 8 to 29 bits`,
    );
  const size = 2 ** (32 - prefixLength);
  return { base: value - (value % size), prefixLength };
}

/** NaN when it is none. */
function parseAddress(text: string): number {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return Number.NaN;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
