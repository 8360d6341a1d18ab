package catalog

import (
	"slices"
	"strings"
	"unicode"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/rulefile"
	"github.com/onus-dev/onus/stack"
)

// The most that one sentence may hold. Whoever reads it stands in an incident or a review.
const (
	maxWords      = 40
	maxWordsChain = 30 // of a sentence that a semicolon joins from two
)

// detours are words that put something before the subject: the reader has to keep it in mind until the subject comes.
func detours() []string {
	return []string{
		"after", "although", "as", "at", "because", "before", "below", "besides", "by", "during", "for", "from", "if", "in",
		"instead", "it", "on", "once", "since", "there", "through", "to", "under", "unless", "until", "when", "where", "while",
		"with", "without",
	}
}

// subjectsAllTheSame are beginnings that look like a detour and are a subject.
func subjectsAllTheSame() []string { return []string{"at least ", "at most "} }

// lintReading checks that each reason is one sentence that a reader takes in at once, its subject first.
func lintReading(sp *spec, diags *diag.List) {
	for _, d := range stack.Duties() {
		for _, row := range sp.rows[d] {
			if fault := readingFault(row.Reason); fault != "" {
				diags.Errorf(row.At, "Reason hard to read", "The reason of %s %s: %q.", d, fault, rulefile.Clip(row.Reason))
			}
			if row.Shared == nil {
				continue
			}
			for _, half := range []string{row.Shared.AWS, row.Shared.Customer} {
				if fault := lengthFault(half); fault != "" {
					diags.Errorf(row.At, "Half hard to read", "A half of %s %s: %q.", d, fault, rulefile.Clip(half))
				}
			}
		}
	}
}

// readingFault says what is wrong with a reason, to follow "The reason"; "" when nothing is.
func readingFault(s string) string {
	if fault := lengthFault(s); fault != "" {
		return fault
	}
	lower := strings.ToLower(s)
	for _, begin := range subjectsAllTheSame() {
		if strings.HasPrefix(lower, begin) {
			return ""
		}
	}
	first, _, _ := strings.Cut(lower, " ")
	if slices.Contains(detours(), strings.Trim(first, ",;:")) {
		return "does not begin with its subject"
	}
	return ""
}

// lengthFault checks that a text is one sentence of bounded length.
func lengthFault(s string) string {
	words := len(strings.Fields(s))
	switch {
	case words == 0: // reported when the file is read
		return ""
	case !strings.HasSuffix(s, ".") || strings.HasSuffix(s, ".."):
		return "does not end with one full stop"
	case sentences(s) > 1:
		return "is more than one sentence"
	case words > maxWords:
		return "is longer than 40 words"
	case strings.Count(s, ";") > 1 || strings.Contains(s, ";") && words > maxWordsChain:
		return "is a chain of clauses; make it one, or two of at most 30 words"
	}
	return ""
}

// sentences counts the ends of sentences: a full stop or mark before a blank and a capital letter, and the last one.
func sentences(s string) int {
	n := 1
	r := []rune(s)
	for i := 0; i+2 < len(r); i++ {
		if strings.ContainsRune(".!?", r[i]) && r[i+1] == ' ' && unicode.IsUpper(r[i+2]) {
			n++
		}
	}
	return n
}
