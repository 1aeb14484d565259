/**
 * Some machines (containers, small virtual machines) lack capabilities in their bounding set, and runc refuses a
 * privileged container that asks for one of them. The wrapper stands before runc: it takes those capabilities out of
 * what the engine asks for, and hands everything else on. Pure.
 */

/** Linux capabilities by number, `man 7 capabilities`. */
const CAPABILITIES = [
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE',
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN',
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE',
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE',
].flatMap((line) => line.split(' ').map((name) => `CAP_${name}`));

/**
 * @param status text of /proc/self/status
 * @returns names of the capabilities that no process here can have; none where the text does not say
 */
export function missingCapabilities(status: string): readonly string[] {
  const [, bounding] = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  if (bounding === undefined) return [];
  const bits = BigInt(`0x${bounding}`);
  return CAPABILITIES.filter((_name, number) => ((bits >> BigInt(number)) & 1n) === 0n);
}

/**
 * A shell script to be registered as an OCI runtime; it needs jq. The files that carry capabilities are the bundle's
 * config.json (`create`, `run`, `restore`) and the process document of `exec`.
 */
export function runtimeWrapper(missing: readonly string[], runc: string): string {
  return `#!/bin/sh
# Made by canaryproof: asks ${runc} for no capability that this machine does not have.
set -eu
document=
previous=
for word in "$@"; do
  case "$word" in
    --bundle=*) document="\${word#--bundle=}/config.json" ;;
    --process=*) document="\${word#--process=}" ;;
  esac
  case "$previous" in
    --bundle | -b) document="$word/config.json" ;;
    --process | -p) document="$word" ;;
  esac
  previous="$word"
done
if [ -n "$document" ] && [ -f "$document" ]; then
  reduced=$(jq -c '${JSON.stringify(missing)} as $missing
    | (.. | objects | .capabilities? | objects) |= map_values(. - $missing)' "$document")
  printf '%s' "$reduced" > "$document"
fi
exec ${runc} "$@"
`;
}
