#!/bin/sh
# The entry point of the stand-in for docker:dind. Like that of the public image, it prepares the container for dockerd.
set -e
# Without --privileged, /sys is mounted read-only. The engine makes the control groups of its containers there.
[ -w /sys/fs ] || mount -o remount,rw /sys 2>/dev/null || mount -o remount,bind,rw /sys
awk '$2 ~ "^/sys/fs/cgroup" && $4 ~ "^ro" {print $2}' /proc/mounts | while read -r mount; do
  mount -o remount,bind,rw "$mount"
done
# An engine that was killed leaves files with its process ids. The next engine would not start while they exist.
find /run /var/run -iname 'docker*.pid' -delete 2>/dev/null || true
exec "$@"
