#!/bin/bash
# Installs a package of multibox in a Debian of its own, made by debootstrap, and tries it there: checked by lintian, installed,
# its units looked at by systemd's own tools, asked by curl over a socket that one of those opened, upgraded with changed
# settings, removed and purged. Nothing of it stays.
#     sudo Tests/Packaging/install.sh PACKAGE
# SUITE is the Debian, by default this machine's; MIRROR where it comes from; RUNTIME a folder of shared libraries that is to be
# seen there too, for a program that is linked to the Swift runtime of a toolchain, which lintian would complain of.
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
# Others than root are to find their way in it too.
chmod 0755 "$root"
trap 'umount -l "$root/proc" "$root${RUNTIME:-/none}" 2>/dev/null || true; rm -rf --one-file-system "$root" "$root.log"' EXIT

if [ -z "${RUNTIME:-}" ] && command -v lintian >/dev/null; then
    echo "- lintian finds nothing"
    # As another user where that can be, as it wishes.
    lintian --fail-on error,warning "$package" 2>&1 | grep -v 'root privileges' || [ "${PIPESTATUS[0]}" = 0 ]
fi

echo "making a Debian $suite"
# It is thrown away: nothing of it has to reach the disk.
mkdir -p "$root/etc/dpkg/dpkg.cfg.d"
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
debootstrap --variant=minbase --include=curl,ca-certificates,systemd,man-db "$suite" "$root" "$mirror" >"$root.log" 2>&1 \
    || { tail -5 "$root.log" >&2; exit 1; }
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# minbase leaves documentation in place; what an image leaves out would not be found below.
rm -f "$root"/etc/dpkg/dpkg.cfg.d/*exclude*
cp "$package" "$root/multibox.deb"
cp "$here/Sources/CPage/sample.jpg" "$root/photo.jpg"
if [ -n "${RUNTIME:-}" ]; then
    mkdir -p "$root$RUNTIME"
    mount --bind "$RUNTIME" "$root$RUNTIME"
fi

# The next version, whose settings are others than those of this one.
dpkg-deb --raw-extract "$package" "$root/next"
sed -i 's/^Version: .*/&+next/' "$root/next/DEBIAN/control"
echo '# max-queue: 32' >>"$root/next/etc/multibox/multibox.yaml"
dpkg-deb --root-owner-group -Znone --build "$root/next" "$root/next.deb" >/dev/null
rm -r "$root/next"

inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }
check() { echo "- $1"; shift; inside sh -ec "$*" || { echo "multibox: that failed" >&2; exit 1; }; }

check "installs with what it depends on" '
    find / -xdev | sort >/before
    apt-get install -y -qq --no-install-recommends /multibox.deb >/install.log 2>&1 || { tail -20 /install.log; exit 1; }'
check "is the program" 'multibox --version'
check "finds the dog in a photo" 'multibox detect --format csv /photo.jpg | grep -q dog'
check "has a manual page" 'man -w multibox && man multibox | grep -q -- --max-queue'
check "has its socket enabled, and not its service" \
    'systemctl is-enabled multibox.socket && ! systemctl is-enabled multibox.service'
check "has units that systemd understands" '
    systemd-analyze verify multibox.socket multibox.service >/verify.log 2>&1 || true
    ! grep multibox /verify.log'
check "exposes little (systemd-analyze security: OK)" \
    'systemd-analyze security --offline=yes --no-pager --threshold=20 multibox.service | tail -1'
check "serves what its socket takes, as nobody, without a port of its own" '
    setpriv --reuid=65534 --regid=65534 --clear-groups systemd-socket-activate --listen=127.0.0.1:18080 \
        multibox serve --config /etc/multibox/multibox.yaml >/serve.log 2>&1 &
    service=$!
    curl -fs --retry 20 --retry-connrefused --retry-delay 1 http://127.0.0.1:18080/livez >/dev/null
    for try in $(seq 100); do multibox healthcheck http://127.0.0.1:18080 2>/dev/null && break; sleep 0.1; done
    curl -fs --data-binary @/photo.jpg http://127.0.0.1:18080/detect | grep -q "\"class\":\"dog\""
    kill $service; wait $service || { cat /serve.log; exit 1; }'
check "keeps changed settings when it is installed again" '
    echo "threshold: 0.4" >>/etc/multibox/multibox.yaml
    dpkg --install /multibox.deb >/dev/null
    grep -q "threshold: 0.4" /etc/multibox/multibox.yaml'
check "keeps them when it is upgraded to a version with others, which lie beside them" '
    apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold /next.deb >/install.log 2>&1
    dpkg-query --show multibox | grep -q next
    grep -q "threshold: 0.4" /etc/multibox/multibox.yaml
    ! grep -q max-queue:.32 /etc/multibox/multibox.yaml && grep -q max-queue:.32 /etc/multibox/multibox.yaml.dpkg-dist
    multibox serve --config /etc/multibox/multibox.yaml --print-config | grep -q "^threshold: 0.4 .*file"
    systemctl is-enabled multibox.socket'
check "keeps them when it is removed, and what somebody else put there" '
    echo a-key >/etc/multibox/api-keys; echo x >/var/lib/multibox/mine.safetensors
    mkdir /etc/systemd/system/multibox.socket.d; echo "[Socket]" >/etc/systemd/system/multibox.socket.d/override.conf
    apt-get remove -y -qq multibox >/dev/null 2>&1
    test ! -e /usr/bin/multibox && grep -q "threshold: 0.4" /etc/multibox/multibox.yaml'
check "leaves nothing else when it is purged" '
    dpkg --purge multibox >/dev/null 2>&1
    left=$(find /etc /lib/systemd /usr /var/lib -name "*multibox*" ! -path "/var/lib/apt/*" | sort | tr "\n" " ")
    test "$left" = "/etc/multibox /etc/systemd/system/multibox.socket.d /var/lib/multibox " || { echo "$left"; exit 1; }
    test "$(ls /etc/multibox)" = api-keys && test "$(ls /var/lib/multibox)" = mine.safetensors'
check "and with that nothing at all" '
    rm -r /etc/multibox /var/lib/multibox /etc/systemd/system/multibox.socket.d
    apt-get autoremove -y -qq --purge >/dev/null 2>&1
    find / -xdev | sort >/after
    left=$(comm -13 /before /after | grep -v -e "^/var/cache/" -e "^/var/log/" -e "^/var/lib/apt/" -e "\.log$" -e "^/before$" \
        -e "^/after$" -e "-old$" -e "^/run/" -e "^/tmp" || true)
    test -z "$left" || { echo "$left"; exit 1; }'
echo "the package is good"
