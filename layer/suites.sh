#!/bin/sh
# Prints "MAJOR SUITE DISTRIBUTION" for each major of PostgreSQL that this machine's distribution has
# in one of its suites; nothing where there is no apt. The oldest supported suite of a major is taken:
# its libraries have had the most care.
set -eu

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || exit 0
. /etc/os-release

for distribution in $ID ${ID_LIKE-}; do
  case $distribution in
    debian)
      echo '15 bookworm Debian'
      echo '17 trixie Debian'
      echo '18 forky Debian'
      exit ;;
    ubuntu)
      echo '14 jammy Ubuntu'
      echo '16 noble Ubuntu'
      echo '17 questing Ubuntu'
      echo '18 resolute Ubuntu'
      exit ;;
  esac
done
