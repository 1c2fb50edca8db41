#!/bin/sh
# usage: build.sh MAJOR ARCH DEST
# Builds PostgreSQL's client programs of one major from the distribution's packages, as a tree that
# runs anywhere on Linux, from any folder:
#
#   bin/                        pg_dump pg_dumpall pg_restore psql igzip
#   libexec/ lib/               the programs, all their libraries, libc and its loader
#   share/ca-certificates.crt
#   packages.txt                what went in: package, version, SHA-256; its time is that of the last check
#
# ARCH is amd64 or arm64. DEST becomes a link to the tree, switched at once when the tree is whole: two
# builders don't disturb each other, a killed one leaves the old tree, and a running program keeps its
# own. Where the distribution's versions are those of the tree, only the time of the check changes.
# Needs apt and dpkg, no root; elsewhere run it in a container of Debian.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
major=$1 arch=$2 destination=$3
tools='pg_dump pg_dumpall pg_restore psql'

suite=$(sh "$here/suites.sh" | sed -n "s/^$major \([^ ]*\) .*/\1/p")
[ -n "$suite" ] || { echo "$0: this distribution has no PostgreSQL $major." >&2; exit 1; }

folder=$(dirname "$destination") name=$(basename "$destination")
mkdir -p "$folder"
build=$(mktemp -d "$folder/.$name.XXXXXX")
trap 'rm -rf "$build"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# One builder at a time; who waited takes what the other one made.
touch "$build/started"
exec 9> "$folder/.$name.lock"
flock 9
if [ -n "$(find "$destination/packages.txt" -newer "$build/started" 2>/dev/null)" ]; then exit; fi

root=$build/root tree=$build/tree
mkdir -p "$root"
# A tree of other scripts than these is made again even of the same packages.
if [ "$destination/packages.txt" -nt "$here/build.sh" ] && [ "$destination/packages.txt" -nt "$here/run.sh" ]; then
  cp "$destination/packages.txt" "$root"
fi
sh "$here/debs.sh" "$suite" "$arch" "$root" "postgresql-client-$major" isal ca-certificates libc6
if ! [ -d "$root/usr" ]; then
  touch "$destination/packages.txt"
  exit
fi

mkdir -p "$tree/bin" "$tree/libexec" "$tree/lib" "$tree/share"
for tool in $tools; do
  cp "$root/usr/lib/postgresql/$major/bin/$tool" "$tree/libexec"
done
cp "$root/usr/bin/igzip" "$tree/libexec"
for tool in $tools igzip; do
  cp "$here/run.sh" "$tree/bin/$tool"
done

# Each library once, under the name that programs ask for, which is the link's.
for libraries in "$root"/lib/*-linux-gnu "$root"/usr/lib/*-linux-gnu; do
  if [ -d "$libraries" ]; then cp -P "$libraries"/*.so.* "$tree/lib"; fi
done
for library in "$tree"/lib/*; do
  if [ -h "$library" ]; then mv "$(readlink -f "$library")" "$library"; fi
done

cat "$root"/usr/share/ca-certificates/mozilla/*.crt > "$tree/share/ca-certificates.crt"
cp "$root/packages.txt" "$tree"
chmod -R u=rwX,go=rX "$tree"
chmod 755 "$tree"/bin/* "$tree"/libexec/* "$tree"/lib/ld-linux*

rm -rf "$root" "$build/started"

# From here on the tree is in use.
trap - EXIT
old=$(readlink "$destination" || :)
ln -s "${build##*/}/tree" "$build/link"
mv -T "$build/link" "$destination"

# The old tree stays for what runs from it; it goes when the next one comes, with what killed builders left.
if [ -n "$old" ]; then touch "$folder/${old%/tree}"; fi
find "$folder" -maxdepth 1 -name ".$name.??????" ! -path "$build" -mtime +0 -exec rm -rf {} +
