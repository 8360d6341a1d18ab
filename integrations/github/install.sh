#!/usr/bin/env bash
# Installs onus with Go. ONUS_VERSION is a version or "latest".
set -euo pipefail

version=${ONUS_VERSION:-latest}
if [[ ! $version =~ ^(latest|v[0-9]+\.[0-9]+\.[0-9]+([-+.][0-9A-Za-z.-]+)?)$ ]]; then
  printf 'onus: version %s is neither latest nor of the form v1.2.3\n' "$version" >&2
  exit 2
fi
go install -ldflags="-s -w" "github.com/onus-dev/onus/cmd/onus@$version"
if [[ -n ${GITHUB_PATH:-} ]]; then
  printf '%s\n' "$(go env GOPATH)/bin" >>"$GITHUB_PATH"
fi
