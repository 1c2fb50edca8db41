#!/bin/sh
# usage: debs.sh SUITE ARCH DEST PACKAGE...
# Unpacks packages of a suite of this machine's distribution into the folder DEST, with the libraries
# that they depend on, and lists them in DEST/packages.txt: name, version and SHA-256 of the package.
# Where that file already lists the very same packages, nothing is fetched.
#
# Nothing is installed, and apt's own state is not touched. Needs no root. ARCH is amd64 or arm64.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
suite=$1 arch=$2
mkdir -p "$3"
destination=$(CDPATH= cd -- "$3" && pwd)
shift 3

work=$(mktemp -d "${TMPDIR:-/tmp}/neon-backup-debs.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/debs" "$work/none"

# As root, apt hands all that touches the network to the user _apt, which has to reach these folders.
sandbox=_apt
if [ "$(id -u)" = 0 ]; then
  chmod 711 "$work"
  { chown _apt "$work/debs" && setpriv --reuid _apt --clear-groups test -w "$work/debs"; } 2>/dev/null ||
    sandbox=root
fi

# Read after the machine's own configuration, whose proxies and credentials stay in force.
cat > "$work/apt.conf" <<END
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Architectures;
#clear APT::Default-Release;
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "$sandbox";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
Dir::State "$work/state";
Dir::State::status "/dev/null";
Dir::Cache "$work/cache";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Dir::Etc::sourcelist "$work/apt.sources";
Dir::Etc::sourceparts "$work/none";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$work/none";
END
sh "$here/sources.sh" "$suite" "$arch" > "$work/apt.sources"

apt() {
  command=$1
  shift
  "$command" -c "$work/apt.conf" -qq "$@"
}

# apt's own words name the key where one is missing.
apt apt-get update --error-on=any >&2 || {
  echo "$0: apt could not read $suite. Where a key is missing, install the newest debian-archive-keyring (ubuntu-keyring on Ubuntu)." >&2
  exit 1
}

# Of what the packages depend on, the libraries alone: no interpreter, no configuration, no service.
with_libraries() {
  all=
  new=$(printf '%s\n' "$@")
  while [ -n "$new" ]; do
    all=$(printf '%s\n%s\n' "$all" "$new" | sed '/^$/d' | sort -u)
    new=$(apt apt-cache depends --important $new |
      sed -n 's/^ [ |]*\(Pre\)\{0,1\}Depends: \(lib[^<:]*\|zlib1g\)$/\2/p' | sort -u |
      { grep -vxF "$all" || :; })
  done
  echo "$all"
}

packages=$(with_libraries "$@")
cd "$work/debs"

# 'address' name_version_arch.deb size SHA256:sum; the sums come from the signed index.
apt apt-get download --print-uris $packages > "$work/uris"
sed 's/^.* \([^_ ]*\)_\([^_]*\)_[^ ]* [0-9]* SHA256:/\1 \2 /; s/%3a/:/' "$work/uris" | sort > "$work/packages.txt"
cmp -s "$work/packages.txt" "$destination/packages.txt" && exit

# apt compares each package with its sum.
apt apt-get download $packages >&2
for deb in *.deb; do
  dpkg-deb -x "$deb" "$destination"
done
cp "$work/packages.txt" "$destination/packages.txt"
