# What pygmy-deploy does on a host, as root: sh host.sh VERB ARGUMENTS. The output of a verb is lines for remote.py. Only what a
# minimal Debian has is used here.
set -eu
umask 077
cache=/var/cache/pygmy-deploy started=/run/pygmy-deploy
export DEBIAN_FRONTEND=noninteractive

fail() { echo "$*" >&2; exit 1; }
# The user pygmy owns what is below /var/lib/pygmy, so nothing is written there as root: a link could lead elsewhere.
as_pygmy() { (cd / && exec setpriv --reuid pygmy --regid pygmy --clear-groups --no-new-privs "$@"); }
has_systemd() { [ -d /run/systemd/system ]; }
unit() { case $1 in node-*) echo "pygmy@${1#node-}" ;; *) echo "pygmy-${1%-*}@${1##*-}" ;; esac; }
lock() { echo "/run/pygmy/$1.lock"; }
supervised() { [ -e "$(lock "$1")" ] && ! flock -n "$(lock "$1")" true; }
pid_of() {
  if has_systemd; then systemctl show --property=MainPID --value "$(unit "$1")"; else cat "/run/pygmy/$1.pid" 2>/dev/null || echo 0; fi
}

# facts: one line NAME=VALUE each
facts() {
  echo "user=$(id -u)"
  echo "systemd=$(has_systemd && echo yes || echo no)"
  echo "version=$(dpkg-query -W -f '${db:Status-Abbrev}${Version}' pygmy 2>/dev/null | sed -n 's/^ii *//p')"
  echo "installed=$(cat $cache/installed 2>/dev/null || true)"
  echo "cached=$(cd $cache 2>/dev/null && ls *.deb 2>/dev/null | sed 's/\.deb$//' | tr '\n' ' ')"
  echo "deployed=$(tr '\n' ' ' </etc/pygmy/deployed 2>/dev/null || true)"
  echo "etcd=$([ -x /usr/bin/etcd ] && echo yes || echo no)"
}

# put SUM: keeps the package on standard input
put() {
  mkdir -p $cache
  cat >$cache/new
  [ "$(sha256sum <$cache/new | cut -c1-16)" = "$1" ] || fail "the package was not copied whole"
  mv $cache/new "$cache/$1.deb"
}

# add PACKAGES: Debian's, or files
add() {
  if ! said=$(apt-get install -y -qq --no-install-recommends --allow-downgrades --reinstall -o DPkg::Lock::Timeout=120 "$@" 2>&1); then
    { apt-get update -qq >/dev/null 2>&1 && said=$(apt-get install -y -qq --no-install-recommends --allow-downgrades --reinstall \
      -o DPkg::Lock::Timeout=120 "$@" 2>&1); } || fail "apt-get install $*: $said"
  fi
}

# add_package SUM OTHER: installs a kept package; keeps that one and OTHER
add_package() {
  [ -e "$cache/$1.deb" ] || fail "this host does not have that package any more; give it to: pygmy-deploy upgrade HOSTS --package FILE"
  chmod 755 $cache && chmod 644 "$cache/$1.deb" # apt reads it as another user
  if [ "$(dpkg-query -W -f '${Depends}' pygmy 2>/dev/null)" = "$(dpkg-deb -f "$cache/$1.deb" Depends)" ]; then
    said=$(dpkg -i "$cache/$1.deb" 2>&1) || fail "dpkg -i: $said" # an upgrade that touches no other package
  else
    add "$cache/$1.deb"
  fi
  echo "$1" >$cache/installed
  for file in $cache/*.deb; do
    case ${file##*/} in "$1.deb" | "${2:-none}.deb") ;; *) rm -f "$file" ;; esac
  done
}

add_etcd() {
  [ -x /usr/bin/etcd ] || {
    add etcd-server
    ! has_systemd || systemctl disable --now etcd.service # Debian's own member
  }
}

# prepare DATA: the user, and the directories
prepare() {
  id pygmy >/dev/null 2>&1 || useradd --system --home-dir /var/lib/pygmy --no-create-home --shell /usr/sbin/nologin pygmy
  mkdir -p /var/lib/pygmy "$@"
  if [ $# -gt 0 ] && [ "$(stat -c %d:%i "$1")" != "$(stat -c %d:%i /var/lib/pygmy)" ]; then
    [ -z "$(ls -A /var/lib/pygmy)" ] || fail "/var/lib/pygmy has data already: move them to $1 while nothing runs"
    grep -q ' /var/lib/pygmy ' /etc/fstab 2>/dev/null || echo "$1 /var/lib/pygmy none bind 0 0" >>/etc/fstab
    ! has_systemd || systemctl daemon-reload
    mount --bind "$1" /var/lib/pygmy
  fi
  install -d -o pygmy -g pygmy -m 700 /var/lib/pygmy
  as_pygmy mkdir -p -m 700 /var/lib/pygmy/keys
  install -d -m 755 /etc/pygmy
}

# configure: takes a tar with etc/ and keys/. Says `gone NAME` for a unit that is not planned here any more. A process that reads a
# file meanwhile sees the old one or the new one. Nothing is put in place before all of it is here: a disk may be full. (`set -e` does
# not see a command that fails within a list of `&&`.)
configure() {
  new=/etc/pygmy/.new
  rm -rf $new
  mkdir $new
  tar -x -f - -C $new --no-same-owner
  tar -c -f $new/keys.tar -C $new/keys .
  as_pygmy sh -euc 'cd /var/lib/pygmy/keys
    rm -rf .new
    mkdir .new
    tar -x -f - -C .new' <$new/keys.tar
  for name in $(cat /etc/pygmy/deployed 2>/dev/null); do
    grep -qxF "$name" $new/etc/deployed || { echo "gone $name"; rm -f "/etc/pygmy/$name.env"; }
  done
  as_pygmy sh -euc 'cd /var/lib/pygmy/keys/.new
    find . -type d -exec sh -euc "for each; do mkdir -p \"../\$each\"; done" - {} +
    find . -type f -exec sh -euc "for each; do mv -f \"\$each\" \"../\$each\"; done" - {} +
    rm -rf ../.new'
  chmod 644 $new/etc/*
  for file in all.env $(sed 's/$/.env/' $new/etc/deployed) deployed; do mv -f "$new/etc/$file" "/etc/pygmy/$file"; done
  rm -rf $new
}

# options_of NAME: a sum of its variables. That of its last start is in $started.
options_of() { cat /etc/pygmy/all.env "/etc/pygmy/$1.env" | sha256sum; }

start() {
  mkdir -p $started
  for name in "$@"; do
    options_of "$name" >"$started/$name"
    if has_systemd; then
      systemctl enable -q "$(unit "$name")" pygmy.target
      systemctl reset-failed "$(unit "$name")" 2>/dev/null || true
      systemctl start --no-block "$(unit "$name")"
    else
      supervised "$name" || setsid /usr/lib/pygmy/supervise "$name" >/dev/null 2>&1 </dev/null &
    fi
  done
}

stop() {
  for name in "$@"; do
    if has_systemd; then
      systemctl stop "$(unit "$name")"
    elif supervised "$name"; then
      supervisor=$(cat "$(lock "$name")")
      kill -TERM "$supervisor" 2>/dev/null || true
      flock -w 30 "$(lock "$name")" true || { kill -KILL "$supervisor"; flock -w 5 "$(lock "$name")" true; }
    fi
  done
}

disable() {
  stop "$@"
  for name in "$@"; do ! has_systemd || systemctl disable -q "$(unit "$name")" 2>/dev/null || true; done
}

# state NAMES: for each a line `NAME STATE PID PROGRAM`. PROGRAM is `old` if another one has been installed since it was started, and
# `changed` if it was started with other variables.
state() {
  for name in "$@"; do
    pid=$(pid_of "$name")
    program=- what=stopped
    if [ "${pid:-0}" != 0 ] && link=$(readlink "/proc/$pid/exe" 2>/dev/null); then
      what=running
      program=installed
      [ ! -e "$started/$name" ] || [ "$(options_of "$name")" = "$(cat "$started/$name")" ] || program=changed
      case $link in *" (deleted)") program=old ;; esac
    elif has_systemd && systemctl is-failed -q "$(unit "$name")"; then
      what=failed
    elif ! has_systemd && supervised "$name"; then
      what=failing
    fi
    echo "$name $what ${pid:-0} $program"
  done
}

# view_of ROLE PROGRAM: the format of its views
view_of() { "$2" --version 2>/dev/null | sed -n "s/.*views:.*$1 \([0-9]*\).*/\1/p"; }

# restart NAME: stops and starts it. A view whose format is newer than the program knows is put aside: a program that is older
# makes it anew (OPERATIONS, Upgrades).
restart() {
  pid=$(pid_of "$1")
  aside=''
  for role in catalog order; do
    file=/var/lib/pygmy/$role-${1##*-}/$role.db
    [ -e "$file" ] || continue
    case $1 in "$role"-* | node-*) ;; *) continue ;; esac
    ours=$(view_of $role /usr/bin/pygmy)
    theirs=$( [ "${pid:-0}" = 0 ] || view_of $role "/proc/$pid/exe" || true)
    kept=$(od -An -tu4 --endian=big -j60 -N4 "$file" | tr -d ' ') # user_version in the head of an SQLite file
    [ -n "$ours" ] || continue
    if [ "${theirs:-0}" -gt "$ours" ] || [ "${kept:-0}" -gt "$ours" ]; then aside="$aside $role"; fi
  done
  stop "$1"
  for role in $aside; do
    from=/var/lib/pygmy/$role-${1##*-}
    as_pygmy sh -euc 'rm -rf "$1.newer" && mkdir "$1.newer" && mv "$1/$2.db"* "$1.newer/"' aside "$from" $role
    echo "aside $role-${1##*-}"
  done
  start "$1"
}

drop_aside() { as_pygmy sh -c 'rm -rf /var/lib/pygmy/catalog-*.newer /var/lib/pygmy/order-*.newer'; }
version() { /usr/bin/pygmy --version; }

# version_of SUM: of the program in a kept package
version_of() {
  folder=$(mktemp -d $cache/look.XXXXXX)
  trap 'rm -rf "$folder"' EXIT
  dpkg-deb --fsys-tarfile "$cache/$1.deb" | tar -x -C "$folder" ./usr/bin/pygmy
  "$folder/usr/bin/pygmy" --version 2>&1 || true
}

log() {
  if has_systemd; then
    journalctl --no-pager --quiet --output=cat --lines=5 --unit="$(unit "$1")"
  else
    tail -n 5 "/var/log/pygmy/$1.log" 2>/dev/null || true
  fi
}

# healthy ENDPOINTS: of bridges on this host
healthy() { for place in "$@"; do /usr/bin/pygmy health --of "$place"; done; }
allow_new() { [ -d "/var/lib/pygmy/$1" ] || as_pygmy touch "/var/lib/pygmy/$1.new"; }
forbid_new() { as_pygmy rm -f "/var/lib/pygmy/$1.new"; }

# as_operator VARIABLES -- COMMAND: runs pygmy here, with the operator's key from standard input. It is in a file of root, in memory,
# while the command runs.
as_operator() {
  key=$(mktemp /run/pygmy-operator.XXXXXX)
  trap 'rm -f "$key"' EXIT
  trap 'exit 130' INT TERM HUP
  cat >"$key"
  while [ "$1" != -- ]; do export "$1" && shift; done
  shift
  PYGMY_KEY_FILE=$key /usr/bin/pygmy "$@" </dev/null
}

verb=$1
shift
"$verb" "$@"
