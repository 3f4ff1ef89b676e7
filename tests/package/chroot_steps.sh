# The steps of chroot_test.py, inside the chroot. The shell ends at the first one that fails.
export DEBIAN_FRONTEND=noninteractive
install="apt-get install -y -qq --no-install-recommends"

say() { echo "== $*"; }
wait_for_end() { tail --pid="$1" -f /dev/null; }

say "install"
$install /srv/made/pygmy_first.deb
pygmy --version

say "pygmy up, and a buy"
cd /srv
pygmy up --catalogue /usr/share/pygmy/bookstore.csv >up.log 2>&1 &
up=$!
pygmy status --wait --timeout 60s || { cat up.log; exit 1; }
timeout 60 sh -c 'until grep -qx ready up.log; do sleep 0.1; done' || { cat up.log; exit 1; }
pygmy buy 2 --customer ann --key before-the-upgrade

say "upgrade under the running store"
$install /srv/made/pygmy_next.deb
dpkg-query -W -f '${Version}\n' pygmy | grep -q '+next$'
pygmy buy 2 --customer ann --key after-the-upgrade
kill -TERM $up
wait_for_end $up
pygmy up >up.log 2>&1 &
up=$!
pygmy status --wait --timeout 60s
pygmy order 1 | grep -q 'buy for ann'
pygmy audit
kill -TERM $up
wait_for_end $up

say "the units, with systemd"
$install systemd
systemd-sysusers
id pygmy
systemd-analyze verify --man=no pygmy@1.service pygmy-order@1.service pygmy.target

say "remove"
apt-get remove -y -qq pygmy
test ! -e /usr/bin/pygmy

say "purge"
mkdir -p /etc/pygmy /var/lib/pygmy/broker-1
apt-get purge -y -qq pygmy 2>&1 | tee purge.log
grep -q 'the data of stores in /var/lib/pygmy are kept' purge.log
test ! -e /etc/pygmy
test -d /var/lib/pygmy/broker-1
test -z "$(find /etc /usr /var -name '*pygmy*' -not -path /var/lib/pygmy -not -path '/var/log/*')"
say "done"
