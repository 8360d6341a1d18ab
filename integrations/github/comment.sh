#!/usr/bin/env bash
# Posts the comment, or replaces the one of an earlier run, which begins with the same mark.
#
#   ONUS_PULL_REQUEST   number of the pull request
#   ONUS_MARKDOWN       file with the comment
#   GITHUB_REPOSITORY   owner/name; GH_TOKEN is for gh
set -euo pipefail

number=${ONUS_PULL_REQUEST:?}
if [[ ! $number =~ ^[0-9]+$ || ! ${GITHUB_REPOSITORY:?} =~ ^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$ ]]; then
  printf 'onus: %s of %s is no pull request\n' "$number" "$GITHUB_REPOSITORY" >&2
  exit 2
fi
# GitHub refuses bodies over 65,536 characters.
body=$(mktemp)
head -c 65000 -- "${ONUS_MARKDOWN:?}" >"$body"
known=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$number/comments" \
  --jq '.[] | select(.body | startswith("<!-- onus diff -->")) | .id' | head -n 1)
if [[ -n $known ]]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$known" -F "body=@$body" >/dev/null
else
  gh api --method POST "repos/$GITHUB_REPOSITORY/issues/$number/comments" -F "body=@$body" >/dev/null
fi
