package vulndb

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/vulndb/version"
)

// otherStream marks, in the copy of an entry that is being judged, that it is about a line of versions which the
// installed package may not belong to. No repository has this name.
const otherStream = "\x00"

// sameRepository leaves the entries of the repository that a package of Amazon Linux 2 came from.
//
// Amazon Linux 2 ships some packages in several lines under one name: kernel 4.14 in the core and kernel 5.10 in an
// extra. An advisory for one says nothing about the other: 5.10.50 is newer than 4.14.300 and yet has the hole that
// 4.14.300 mended. An installed package does not tell its repository, so it is told by the line: the first two numbers of
// the version, compared with those of each repository's fixes. When no fix shares them, each entry is "unknown".
func sameRepository(t target, asked named, entries []entry) []entry {
	if t.eco != "Amazon Linux:2" || len(entries) == 0 {
		return entries
	}
	if t.repository != "" {
		return slices.DeleteFunc(entries, func(e entry) bool { return repositoryOf(e) != strings.ToLower(t.repository) })
	}
	line := lineOf(asked.version)
	repositories, own := map[string]bool{}, map[string]bool{}
	for _, e := range entries {
		repositories[repositoryOf(e)] = true
		for _, fix := range fixes(&e.Affected) {
			if lineOf(fix) == line {
				own[repositoryOf(e)] = true
			}
		}
	}
	several := len(repositories) > 1 || strings.HasPrefix(asked.name, "kernel")
	switch {
	case len(own) > 0 && several:
		return slices.DeleteFunc(entries, func(e entry) bool { return !own[repositoryOf(e)] })
	case several:
		for i := range entries {
			entries[i].Affected.Repository = otherStream
		}
	}
	return entries
}

const core = "core"

func repositoryOf(e entry) string { return first(e.Affected.Repository, core) }

// lineOf returns the first two numbers of a version without its epoch: "5.10" of "5.10.226-214.879.amzn2".
func lineOf(v string) string {
	if _, rest, found := strings.Cut(v, ":"); found {
		v = rest
	}
	v, _, _ = strings.Cut(v, "-")
	parts := strings.SplitN(v, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// sortVersions puts versions in the order of their ecosystem; those that cannot be compared stay as they are.
func sortVersions(eco string, list []string) []string {
	if len(list) < 2 {
		return list
	}
	order := map[string]version.Version{}
	for _, s := range list {
		v, err := version.Parse(eco, s)
		if err != nil {
			return list
		}
		order[s] = v
	}
	slices.SortStableFunc(list, func(a, b string) int {
		c, err := order[a].Compare(order[b])
		if err != nil {
			return 0
		}
		return c
	})
	return list
}
