/** The root file system of a kind node: Debian packages, arranged as kind's own base image arranges them. Pure. */
import type { RootPlan } from './debian-root.ts';

/** systemd units that would look for hardware, other users or a network that a node does not have. */
const UNWANTED = [
  'lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service',
  'lib/systemd/system/multi-user.target.wants/*',
  'etc/systemd/system/*.wants/*',
  'lib/systemd/system/local-fs.target.wants/*',
  'lib/systemd/system/sockets.target.wants/*udev*',
  'lib/systemd/system/sockets.target.wants/*initctl*',
  'lib/systemd/system/basic.target.wants/*',
];

/** The CNI plugins that the node's network configuration names, where kubelet and containerd look for them. */
const CNI_PLUGINS = ['host-local', 'loopback', 'portmap', 'ptp'];

export const NODE_ROOT: RootPlan = {
  name: 'node',
  packages: [
    'bash',
    'ca-certificates',
    'conntrack',
    'containerd',
    'containernetworking-plugins',
    'dbus',
    'e2fsprogs',
    'ethtool',
    'hostname',
    'iproute2',
    'iptables',
    'jq',
    'kmod',
    'libseccomp2',
    'mount',
    'nftables',
    'procps',
    'runc',
    'socat',
    'systemd',
    'systemd-sysv',
    'util-linux',
  ],
  finish: `#!/bin/sh
set -eu
root="$1"
for pattern in ${UNWANTED.map((pattern) => `'${pattern}'`).join(' ')}; do
  find "$root"/\${pattern%/*} -maxdepth 1 -name "\${pattern##*/}" ! -type d -delete 2>/dev/null || true
done
echo ReadKMsg=no >> "$root/etc/systemd/journald.conf"
mkdir -p "$root/opt/cni/bin" "$root/etc/kubernetes/manifests" "$root/etc/containerd"
for plugin in ${CNI_PLUGINS.join(' ')}; do ln -s "/usr/lib/cni/$plugin" "$root/opt/cni/bin/$plugin"; done
ln -s /usr/bin/containerd "$root/usr/local/bin/containerd"
ln -s /usr/bin/containerd-shim-runc-v2 "$root/usr/local/bin/containerd-shim-runc-v2"
# what containerd starts every pod's containers from: its own default, without limits, with kind's hook
chroot "$root" ctr oci spec > "$root/tmp/spec.json"
chroot "$root" jq '.hooks.createContainer += [{"path": "/kind/bin/mount-product-files.sh"}] | del(.process.rlimits)' \\
  /tmp/spec.json > "$root/etc/containerd/cri-base.json"
rm "$root/tmp/spec.json"
: > "$root/etc/machine-id"
`,
};
