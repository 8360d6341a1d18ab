#!/usr/bin/env bash
# Compares two revisions of the repository in the working directory. It takes everything from the environment:
#
#   ONUS_BEFORE, ONUS_AFTER   revisions; what both have in common is compared with ONUS_AFTER
#   ONUS_PATHS                paths, one a line; empty for all
#   ONUS_FAIL_ON              what fails, one a line or a list; empty for nothing
#   ONUS_OUT                  directory for the files; a temporary one by default
#   GITHUB_OUTPUT, GITHUB_STEP_SUMMARY   written to when set
#
# It exits as onus does: 0 fine, 1 the gate failed, 2 usage, 3 some input could not be read, 4 nothing found. 3 and 4 are
# told and do not fail, unless ONUS_STRICT is set.
set -euo pipefail

before=${ONUS_BEFORE:-}
after=${ONUS_AFTER:-HEAD}
out=${ONUS_OUT:-$(mktemp -d)}

fail() { printf 'onus: %s\n' "$1" >&2; exit 2; }

# A revision is never taken for an option or for two revisions, whatever a branch is called.
for rev in "$before" "$after"; do
  case $rev in
    '') fail 'no revision to compare with; set ONUS_BEFORE' ;;
    -*) fail "a revision does not begin with a dash: $rev" ;;
    *..*) fail "a revision does not hold two dots: $rev" ;;
  esac
done

args=()
while IFS= read -r line; do
  [[ -n $line ]] && args+=("--fail-on=$line")
done <<<"${ONUS_FAIL_ON:-}"
paths=()
while IFS= read -r line; do
  [[ -n $line ]] && paths+=("$line")
done <<<"${ONUS_PATHS:-}"

mkdir -p -- "$out"
status=0
onus diff -f "markdown=$out/onus.md" -f "sarif=$out/onus.sarif" -f "json=$out/onus.json" -f terminal \
  ${args[@]+"${args[@]}"} -- "$before...$after" ${paths[@]+"${paths[@]}"} || status=$?

# The files are there unless the command line was wrong.
if [[ -f $out/onus.md ]]; then
  moved=$(grep -c '"toCustomer": true' "$out/onus.json" || true)
  if [[ -n ${GITHUB_OUTPUT:-} ]]; then
    printf 'moved=%s\nsarif=%s\nmarkdown=%s\n' "$moved" "$out/onus.sarif" "$out/onus.md" >>"$GITHUB_OUTPUT"
  fi
  if [[ -n ${GITHUB_STEP_SUMMARY:-} ]]; then
    cat -- "$out/onus.md" >>"$GITHUB_STEP_SUMMARY"
  fi
fi
if [[ -z ${ONUS_STRICT:-} && ($status -eq 3 || $status -eq 4) ]]; then
  status=0
fi
exit "$status"
