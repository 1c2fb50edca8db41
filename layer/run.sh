#!/bin/sh
# Every program of bin/ is a copy of this: it starts the program of the same name in libexec/ through
# the loader and the libraries that came with it, so that neither depends on this machine's libc.
set -eu

self=$0
case $self in
  */*) ;;
  *) if [ -f "$self" ]; then self=./$self; else self=$(command -v -- "$self"); fi ;;
esac
while [ -h "$self" ]; do
  target=$(readlink "$self")
  case $target in /*) self=$target ;; *) self=${self%/*}/$target ;; esac
done
root=$(CDPATH= cd -P -- "${self%/*}/.." && pwd -P)
name=${self##*/}

# A library preloaded for this machine's libc would break one that is not its own.
unset LD_PRELOAD
# OpenSSL looks in Debian's place for certificates, for sslrootcert=system.
export SSL_CERT_FILE="${SSL_CERT_FILE:-$root/share/ca-certificates.crt}"

# $ORIGIN is the loader's word for the folder of the program: a list of paths can't hold every path.
for loader in "$root"/lib/ld-linux*; do :; done
# pg_dumpall looks for its pg_dump beside the name that it was started by.
exec "$loader" --inhibit-cache --library-path '$ORIGIN/../lib' --argv0 "$root/bin/$name" "$root/libexec/$name" "$@"
