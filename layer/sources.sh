#!/bin/sh
# usage: sources.sh SUITE ARCH
# Prints apt sources for another suite of this machine's own distribution: its archives and mirrors
# with only the suite changed. Other vendors' sources are left out, and every archive has to be signed
# by the distribution's own keys, whatever the machine's sources allow.
set -eu

suite=$1
arch=$2

eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
set -- "$list" "$parts"*.list "$parts"*.sources
for file; do
  shift
  if [ -f "$file" ]; then set -- "$@" "$file"; fi
done
[ $# -gt 0 ] || { echo "$0: this machine has no apt sources." >&2; exit 1; }

# One line a source, whatever its format: keyring|URIs|suites|components
list_sources() {
  awk '
    function emit() {
      if (uris != "" && types ~ /(^| )deb( |$)/ && tolower(enabled) !~ /^(no|false|0|off|without|disable)$/)
        print signed "|" uris "|" suites "|" components
      field = types = uris = suites = components = signed = enabled = ""
    }
    function add(value) {
      gsub(/[ \t\r]+/, " ", value); gsub(/^ | $/, "", value)
      if (field == "types") types = types " " value
      else if (field == "uris") uris = uris " " value
      else if (field == "suites") suites = suites " " value
      else if (field == "components") components = components " " value
      else if (field == "signed-by") signed = signed " " value
      else if (field == "enabled") enabled = value
    }
    FNR == 1 { emit() }
    /^[ \t]*#/ { next }
    FILENAME ~ /\.sources$/ && /^[ \t\r]*$/ { emit(); next }
    FILENAME ~ /\.sources$/ && /^[ \t]/ { add($0); next }
    FILENAME ~ /\.sources$/ { field = tolower(substr($0, 1, index($0, ":") - 1)); add(substr($0, index($0, ":") + 1)); next }
    $1 == "deb" {
      sub(/#.*/, "")
      if (match($0, /\[[^]]*\]/)) {
        options = substr($0, RSTART + 1, RLENGTH - 2)
        $0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
        if (match(options, /signed-by=[^ \t]*/)) signed = substr(options, RSTART + 10, RLENGTH - 10)
      }
      types = $1; uris = $2; suites = $3
      for (i = 4; i <= NF; i++) components = components " " $i
      emit()
    }
    END { emit() }
  ' "$@"
}

# The distribution's archives among them, in the format of sources.list.d/*.sources. An archive is known
# by its keyring; where a source names none, by its address.
take_over() {
  awk -F '|' -v suite="$suite" -v arch="$arch" -v native="$(dpkg --print-architecture)" -v keyrings="$keyrings" '
    function keyring(distribution,   i, n, files) {
      n = split(keyrings, files, " ")
      for (i = 1; i <= n; i++) if (files[i] ~ "/" distribution "-archive-keyring") return files[i]
      return "/usr/share/keyrings/" distribution "-archive-keyring.gpg"
    }
    function distribution_of(signed, uris) {
      if (signed ~ /\/debian-archive-/) return "debian"
      if (signed ~ /\/ubuntu-archive-/) return "ubuntu"
      if (signed != "") return ""
      if (uris ~ /[\/.]debian([-.\/ ]|$)/) return "debian"
      if (uris ~ /[\/.]ubuntu([-.\/ ]|$)/) return "ubuntu"
      return ""
    }
    # bookworm, bookworm-updates, bookworm-security, the old buster/updates; not backports or proposed.
    function same_part(from) {
      sub(/\/updates$/, "-security", from)
      if (from ~ /-(backports|proposed)/) return ""
      if (from ~ /-security$/) return suite "-security"
      if (from ~ /-updates$/) return suite "-updates"
      return from ~ /-/ ? "" : suite
    }
    {
      distribution = distribution_of($1, $2)
      if (distribution == "" || " " $4 " " !~ / main / || $2 ~ /^ *cdrom:/) next
      # Ubuntu keeps its second architecture in an archive of its own.
      if (distribution == "ubuntu" && arch != native)
        $2 = arch == "amd64" ? "http://archive.ubuntu.com/ubuntu" : "http://ports.ubuntu.com/ubuntu-ports"
      taken = ""
      n = split($3, parts, " ")
      for (i = 1; i <= n; i++) if ((part = same_part(parts[i])) != "" && !seen[$2, part]++) taken = taken " " part
      if (taken == "") next
      sub(/^ */, "", $2); sub(/^ */, "", $1)
      print "Types: deb\nURIs: " $2 "\nSuites:" taken
      print "Components: " (distribution == "ubuntu" ? "main universe" : "main")
      print "Signed-By: " ($1 != "" ? $1 : keyring(distribution)) "\nTargets: Packages\n"
      found = 1
    }
    END { exit !found }
  '
}

keyrings=$(ls /usr/share/keyrings/*-archive-keyring.* 2>/dev/null | tr '\n' ' ')
list_sources "$@" | take_over || {
  echo "$0: none of this machine's apt sources is Debian's or Ubuntu's own archive." >&2
  exit 1
}
