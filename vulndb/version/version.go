// Package version tells which of two versions of a package is the older, by the rules of the package's own ecosystem.
//
// The comparators are those of github.com/google/osv-scalibr/semantic, which are lenient: most of them order any text at
// all. An order of texts that are no versions would turn into a wrong "not affected", so this package first refuses
// what is not a version: the empty text, Go's "(devel)", an unresolved "${placeholder}", a range, a tag such as
// "latest". It also spells what a comparator would get wrong: "go1.22rc1" is 1.22.0-rc.1 to a semantic version.
//
// Data flow: the matcher parses the installed version once and compares it with each bound of the ranges.
package version

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/osv-scalibr/semantic"

	"github.com/onus-dev/onus/vulndb/ecosystem"
)

// MaxLength bounds a version in bytes: comparators turn runs of digits into big numbers.
const MaxLength = 256

// ErrNoOrder is returned for an ecosystem whose versions have no known order.
var ErrNoOrder = errors.New("the order of versions in this ecosystem is not known")

var (
	goRelease = regexp.MustCompile(`^([0-9]+\.[0-9]+)(\.[0-9]+)?(rc|beta)([0-9]+)$`)
	pseudo    = regexp.MustCompile(`[.-](0\.)?[0-9]{14}-[0-9a-f]{12}(\+incompatible|\+dirty)?$`)
)

// Version is a version that can be compared with others of its ecosystem.
type Version struct {
	text   string
	order  string // the comparator's ecosystem
	bare   bool   // an rpm's version with neither epoch nor release, as Bottlerocket lists its packages
	parsed semantic.Version
}

// Parse reads a version of an ecosystem ("Maven", "Debian:12"). The error says why the text cannot be compared.
func Parse(eco, text string) (Version, error) {
	order := ecosystem.Order(eco)
	if order == "" {
		return Version{}, fmt.Errorf("%w (%q)", ErrNoOrder, ecosystem.Base(eco))
	}
	return Version{order: order}.Like(text)
}

// String returns the version in the form that is compared.
func (v Version) String() string { return v.text }

// Compare returns -1, 0 or 1 as v is older than, the same as or newer than w, a version of the same ecosystem.
func (v Version) Compare(w Version) (result int, err error) {
	// A comparator that panics on hostile text must not end the run: the answer is then "unknown".
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%q and %q could not be compared", v.text, w.text)
		}
	}()
	c, err := v.parsed.Compare(w.parsed)
	if err != nil {
		return 0, fmt.Errorf("%q and %q could not be compared: %w", v.text, w.text, err)
	}
	return min(1, max(-1, c)), nil
}

// Like parses another version of the same ecosystem, to be compared with v. Where v is an rpm's version with neither
// epoch nor release, the other's epoch is left out as well: the project's own numbers have none.
func (v Version) Like(text string) (Version, error) {
	if v.bare {
		if epoch, rest, found := strings.Cut(text, ":"); found && epoch != "" {
			text = rest
		}
	}
	clean, err := normalize(v.order, text)
	if err != nil {
		return Version{}, err
	}
	parsed, err := parse(clean, v.order)
	if err != nil {
		return Version{}, fmt.Errorf("%q is no version: %w", text, err)
	}
	return Version{text: clean, order: v.order, parsed: parsed, bare: v.order == "Red Hat" && !strings.ContainsAny(text, ":-")}, nil
}

// SameUpstream reports whether v, an rpm's version without a release, is the same version as w, which has one. Then it
// cannot be said which of the two is older.
func (v Version) SameUpstream(w Version) bool {
	if v.order != "Red Hat" || strings.Contains(v.text, "-") {
		return false
	}
	upstream, _, found := strings.Cut(w.text, "-")
	return found && upstream == v.text
}

// IsPseudo reports whether a Go version names a commit rather than a release.
func IsPseudo(text string) bool { return pseudo.MatchString(text) }

func parse(text, order string) (v semantic.Version, err error) {
	defer func() {
		if r := recover(); r != nil {
			v, err = nil, errors.New("its form is not understood")
		}
	}()
	return semantic.Parse(text, order)
}

// normalize refuses what is no version and spells the rest as the comparator expects it.
func normalize(order, text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", errors.New("no version is given")
	case len(text) > MaxLength:
		return "", fmt.Errorf("the version has %d bytes; at most %d are read", len(text), MaxLength)
	case !strings.ContainsAny(text, "0123456789"):
		return "", fmt.Errorf("%q is no version", text)
	case strings.ContainsAny(text, "${}()<>=*|,@ \t\r\n") || text[0] == '~' || text[0] == '^':
		return "", fmt.Errorf("%q is no version but a range, a placeholder or a note", text)
	}
	switch order {
	case "Red Hat":
		if !strings.Contains(text, ":") {
			text = "0:" + text
		}
	case "Go":
		return normalizeGo(text)
	case "npm", "crates.io", "Hex", "Julia", "SwiftURL", "Bitnami", "ConanCenter", "Bioconductor":
		if !semverLike(text) {
			return "", fmt.Errorf("%q is no semantic version", text)
		}
	}
	return text, nil
}

// normalizeGo spells a version of a module or of Go itself: "go1.22rc1" is "1.22.0-rc.1" in OSV's records.
func normalizeGo(text string) (string, error) {
	text = strings.TrimPrefix(strings.TrimPrefix(text, "go"), "v")
	if !strings.Contains(text, "rc") && !strings.Contains(text, "beta") {
		return checkGo(text)
	}
	if m := goRelease.FindStringSubmatch(text); m != nil {
		patch := m[2]
		if patch == "" {
			patch = ".0"
		}
		return m[1] + patch + "-" + m[3] + "." + m[4], nil
	}
	return checkGo(text)
}

func checkGo(text string) (string, error) {
	if !semverLike(text) {
		return "", fmt.Errorf("%q is no version of a Go module", text)
	}
	return text, nil
}

// semverLike reports whether a text is numbers between dots, after an optional "v" and before optional marks of a
// pre-release or a build.
func semverLike(text string) bool {
	text = strings.TrimPrefix(text, "v")
	end := strings.IndexFunc(text, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	numbers := text
	if end >= 0 {
		numbers = text[:end]
		if text[end] != '-' && text[end] != '+' {
			// "1.2.3.Final" and "1.0rc1": a dot before a word is borne, a word in a number is not.
			if !strings.HasSuffix(numbers, ".") {
				return false
			}
			numbers = strings.TrimSuffix(numbers, ".")
		}
	}
	return numbers != "" && numbers[0] != '.' && !strings.HasSuffix(numbers, ".") && !strings.Contains(numbers, "..")
}
