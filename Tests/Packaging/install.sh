#!/bin/bash
# Installs a package of multibox in a Debian of its own, made by debootstrap, and tries it there: installed, asked by curl
# over a socket that systemd's own tool opened, upgraded with changed settings, removed and purged. Nothing of it stays.
#     sudo Tests/Packaging/install.sh PACKAGE
# SUITE is the Debian, by default this machine's; MIRROR where it comes from.
set -euo pipefail
package=$(realpath "$1")
here=$(realpath "$(dirname "$0")/../..")
suite=${SUITE:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
mirror=${MIRROR:-http://deb.debian.org/debian}
[ "$(id -u)" = 0 ] || { echo "multibox: debootstrap and chroot need root" >&2; exit 1; }

# Mounts and processes end with this.
if [ -z "${MULTIBOX_UNSHARED:-}" ]; then
    MULTIBOX_UNSHARED=1 exec unshare --mount --pid --fork --kill-child "$0" "$package"
fi
mount --make-rprivate /
root=$(mktemp -d /tmp/multibox-debian-XXXXXX)
trap 'umount -l "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT

echo "making a Debian $suite"
debootstrap --variant=minbase --include=curl,ca-certificates,systemd,man-db "$suite" "$root" "$mirror" >"$root.log" 2>&1 \
    || { tail -5 "$root.log" >&2; exit 1; }
rm -f "$root.log"
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# minbase leaves documentation in place; what an image leaves out would not be found below.
rm -f "$root"/etc/dpkg/dpkg.cfg.d/*exclude*
cp "$package" "$root/multibox.deb"
cp "$here/Tests/Fixtures/blood-smear.jpg" "$root/photo.jpg"

inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }
check() { echo "- $1"; shift; inside sh -ec "$*" || { echo "multibox: that failed" >&2; exit 1; }; }

check "installs with what it depends on" \
    'apt-get install -y -qq --no-install-recommends /multibox.deb >/install.log 2>&1 || { tail -20 /install.log; exit 1; }'
check "is the program" 'multibox --version'
check "finds blood cells in a photo" 'multibox detect --format csv /photo.jpg | grep -q RBC'
check "has a manual page" 'man -w multibox && man multibox | grep -q -- --max-queue'
check "has its socket enabled, and not its service" \
    'systemctl is-enabled multibox.socket && ! systemctl is-enabled multibox.service'
check "serves what its socket takes, as nobody, without a port of its own" '
    setpriv --reuid=65534 --regid=65534 --clear-groups systemd-socket-activate --listen=127.0.0.1:18080 \
        multibox serve --config /etc/multibox/multibox.yaml >/serve.log 2>&1 &
    service=$!
    for try in $(seq 100); do curl -fs http://127.0.0.1:18080/readyz >/dev/null && break; sleep 0.1; done
    curl -fs --data-binary @/photo.jpg http://127.0.0.1:18080/detect | grep -q "\"class\":\"RBC\""
    kill $service; wait $service || { cat /serve.log; exit 1; }'
check "keeps changed settings when it is installed again" '
    echo "threshold: 0.4" >>/etc/multibox/multibox.yaml
    dpkg --install /multibox.deb >/dev/null
    grep -q "threshold: 0.4" /etc/multibox/multibox.yaml'
check "keeps them when it is removed" \
    'apt-get remove -y -qq multibox >/dev/null; test ! -e /usr/bin/multibox; test -e /etc/multibox/multibox.yaml'
check "leaves nothing when it is purged" '
    dpkg --purge multibox >/dev/null
    left=$(find /etc /lib/systemd /usr /var/lib -name "*multibox*" ! -path "/var/lib/apt/*"); test -z "$left" || { echo "$left"; exit 1; }'
echo "the package is good"
