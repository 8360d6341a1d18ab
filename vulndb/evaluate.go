package vulndb

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onus-dev/onus/vulndb/ecosystem"
	"github.com/onus-dev/onus/vulndb/osv"
	"github.com/onus-dev/onus/vulndb/version"
)

// verdict is what one entry says of one installed version.
type verdict struct {
	state  State
	reason string
	fixed  []string
	// taken is set when the record was withdrawn: any other record's word goes before it.
	taken bool
}

// installed is the version of a package, parsed once for all entries. It remembers the versions that it was compared
// with: the entries of a busy package name the same few again and again.
type installed struct {
	text    string
	version version.Version
	err     error
	others  map[string]version.Version
}

// like parses another version of the same ecosystem.
func (in *installed) like(text string) (version.Version, error) {
	if v, ok := in.others[text]; ok {
		return v, nil
	}
	v, err := in.version.Like(text)
	if err == nil {
		in.others[text] = v
	}
	return v, err
}

// compare compares the installed version with another.
func (in *installed) compare(text string) (int, error) {
	v, err := in.like(text)
	if err != nil {
		return 0, err
	}
	return in.version.Compare(v)
}

func parseInstalled(eco, text string) *installed {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(eco, "Go") {
		text, _, _ = strings.Cut(text, " ") // "go1.22.3 X:boringcrypto"
	}
	v, err := version.Parse(eco, text)
	return &installed{text: text, version: v, err: err, others: map[string]version.Version{}}
}

// evaluate says whether the installed version is affected by a record's entry.
func evaluate(e *entry, in *installed) verdict {
	v := verdict{fixed: fixes(&e.Affected)}
	switch {
	case e.Withdrawn != "":
		v.state, v.taken = NotAffected, true
		v.reason = fmt.Sprintf("%s was withdrawn on %s", e.ID, e.Withdrawn[:min(len(e.Withdrawn), 10)])
	case in.err != nil && in.text != "" && slices.Contains(e.Affected.Versions, in.text):
		v.state, v.reason = Affected, fmt.Sprintf("%s lists version %s as affected", e.ID, in.text)
	case in.err != nil:
		v.state, v.reason = Unknown, fmt.Sprintf("the installed version cannot be judged: %v", in.err)
	case len(e.Affected.CustomRanges) > 0:
		evaluateCustom(e, in, &v)
	default:
		evaluateRanges(e, in, e.Affected.Ranges, &v)
	}
	return v
}

// evaluateCustom judges by ranges in the project's own release numbers. They are written where the ecosystem's versions
// say nothing: the ranges proper then cover every version, and a commit cannot be placed among releases.
func evaluateCustom(e *entry, in *installed, v *verdict) {
	if ecosystem.Base(e.Affected.Ecosystem) == "Go" && version.IsPseudo(in.text) {
		v.state = Unknown
		v.reason = fmt.Sprintf("%s gives the project's own release numbers, and %s names a commit", e.ID, in.text)
		return
	}
	ranges := slices.Clone(e.Affected.CustomRanges)
	for _, r := range e.Affected.Ranges {
		if bounded(r) {
			ranges = append(ranges, r)
		}
	}
	evaluateRanges(e, in, ranges, v)
	v.reason = "by the project's own release numbers, " + v.reason
}

// bounded reports whether a range ends somewhere.
func bounded(r osv.Range) bool {
	return slices.ContainsFunc(r.Events, func(e osv.Event) bool { return e.Kind != osv.Introduced })
}

func evaluateRanges(e *entry, in *installed, ranges []osv.Range, v *verdict) {
	compared, versions := false, e.Affected.Versions
	for _, r := range ranges {
		if r.Type == "GIT" || len(r.Events) == 0 {
			continue
		}
		compared = true
		inside, err := contains(r, in)
		switch {
		case err != nil:
			v.state, v.reason = Unknown, fmt.Sprintf("a bound of %s cannot be compared: %v", e.ID, err)
			return
		case inside.ambiguous != "":
			v.state = Unknown
			v.reason = fmt.Sprintf("%s is fixed in %s, and the installed version does not name its release", e.ID, inside.ambiguous)
			return
		case inside.affected:
			v.affected(e, in, inside)
			return
		}
	}
	switch {
	case enumerated(versions, in, compared):
		v.state, v.reason = Affected, fmt.Sprintf("%s lists version %s as affected", e.ID, in.text)
		v.fixed = newer(v.fixed, in)
	case compared:
		v.state, v.reason = NotAffected, fmt.Sprintf("%s lies outside of the affected ranges of %s", in.text, e.ID)
	case len(versions) > 0:
		v.state, v.reason = NotAffected, fmt.Sprintf("%s is not among the affected versions that %s lists", in.text, e.ID)
	default:
		v.state, v.reason = Unknown, fmt.Sprintf("%s gives no versions to compare with", e.ID)
	}
}

func (v *verdict) affected(e *entry, in *installed, at position) {
	v.state = Affected
	v.fixed = newer(v.fixed, in)
	from := "every version"
	if at.since != "0" {
		from = "versions from " + at.since
	}
	switch {
	case at.until != "" && at.last:
		v.reason = fmt.Sprintf("%s affects %s up to %s; %s is installed", e.ID, from, at.until, in.text)
	case at.until != "":
		v.reason = fmt.Sprintf("%s affects %s before %s; %s is installed", e.ID, from, at.until, in.text)
	default:
		v.reason = fmt.Sprintf("%s affects %s and names no fixed one; %s is installed", e.ID, from, in.text)
	}
}

// position is where a version lies in a range.
type position struct {
	affected     bool
	since, until string // the bounds around it
	last         bool   // until is affected itself
	ambiguous    string // the fix whose version it has, without a release
}

// bound is an event with its version parsed. The beginning "0" is before every version, a limit "*" after each.
type bound struct {
	osv.Event
	version version.Version
	edge    int // -1 for "0", 1 for "*", else 0
}

// contains places a version in a range. Published events are not always in order, so they are sorted first.
func contains(r osv.Range, in *installed) (position, error) {
	bounds := make([]bound, 0, len(r.Events))
	for _, e := range r.Events {
		b := bound{Event: e}
		switch {
		case e.Kind == osv.Introduced && e.Version == "0":
			b.edge = -1
		case e.Kind == osv.Limit && e.Version == "*":
			continue
		default:
			var err error
			if b.version, err = in.like(e.Version); err != nil {
				return position{}, err
			}
		}
		bounds = append(bounds, b)
	}
	if err := sortBounds(bounds); err != nil {
		return position{}, err
	}
	at := position{}
	for _, b := range bounds {
		c := 1
		if b.edge == 0 {
			var err error
			if c, err = in.version.Compare(b.version); err != nil {
				return position{}, err
			}
		}
		at.pass(b, c, in.version)
	}
	return at, nil
}

// pass moves along one bound; c is how the version compares with it.
func (at *position) pass(b bound, c int, v version.Version) {
	switch {
	case b.Kind == osv.Introduced && c >= 0:
		*at = position{affected: true, since: b.Version}
	case b.Kind == osv.Introduced:
	case b.Kind == osv.LastAffected && c > 0, b.Kind != osv.LastAffected && c >= 0:
		*at = position{}
	case at.affected && at.until == "":
		at.until, at.last = b.Version, b.Kind == osv.LastAffected
		if b.Kind == osv.Fixed && v.SameUpstream(b.version) {
			at.ambiguous = b.Version
		}
	}
}

// sortBounds puts bounds in the order of their versions. Of one version, an end goes before a beginning, so that a doubt
// ends as "affected".
func sortBounds(bounds []bound) error {
	var failed error
	slices.SortStableFunc(bounds, func(a, b bound) int {
		if a.edge != 0 || b.edge != 0 {
			return a.edge - b.edge
		}
		c, err := a.version.Compare(b.version)
		if err != nil {
			failed = err
		}
		if c == 0 {
			return rank(a) - rank(b)
		}
		return c
	})
	return failed
}

func rank(b bound) int {
	if b.Kind == osv.Introduced {
		return 1
	}
	return 0
}

// enumerated reports whether a list of affected versions has the installed one. Where nothing else was compared, versions
// that are spelt differently and are the same count too.
func enumerated(list []string, in *installed, compared bool) bool {
	if slices.Contains(list, in.text) || slices.Contains(list, in.version.String()) {
		return true
	}
	if compared {
		return false
	}
	return slices.ContainsFunc(list, func(s string) bool {
		c, err := in.compare(s)
		return err == nil && c == 0
	})
}

// fixes returns the versions that hold a fix, as the record orders them.
func fixes(a *osv.Affected) []string {
	var out []string
	ranges := a.Ranges
	if len(a.CustomRanges) > 0 {
		ranges = a.CustomRanges
	}
	for _, r := range ranges {
		for _, e := range r.Events {
			if e.Kind == osv.Fixed && r.Type != "GIT" && !slices.Contains(out, e.Version) {
				out = append(out, e.Version)
			}
		}
	}
	return out
}

// newer keeps the versions that are newer than the installed one.
func newer(list []string, in *installed) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool {
		c, err := in.compare(s)
		return err == nil && c >= 0
	})
}
