package identity

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Context is what is known of the request that a condition looks at.
type Context struct {
	// Values holds the values of condition keys, the keys in lower case. A key with no values is known to be absent.
	Values map[string][]string
	// Closed takes every key that Values does not hold as absent; else it is unknown.
	Closed bool
}

// operator is a condition operator of IAM.
type operator struct {
	name    string
	negated bool
	compare func(want Pattern, got string) Truth
}

// operators are the operators by their names in lower case, after "IAM JSON policy elements: Condition operators" of the
// IAM User Guide. Null is told apart by its name.
var operators = map[string]operator{
	"stringequals":              {"StringEquals", false, equals},
	"stringnotequals":           {"StringNotEquals", true, equals},
	"stringequalsignorecase":    {"StringEqualsIgnoreCase", false, equalsFold},
	"stringnotequalsignorecase": {"StringNotEqualsIgnoreCase", true, equalsFold},
	"stringlike":                {"StringLike", false, Pattern.matches},
	"stringnotlike":             {"StringNotLike", true, Pattern.matches},
	"numericequals":             {"NumericEquals", false, numeric(func(c int) bool { return c == 0 })},
	"numericnotequals":          {"NumericNotEquals", true, numeric(func(c int) bool { return c == 0 })},
	"numericlessthan":           {"NumericLessThan", false, numeric(func(c int) bool { return c < 0 })},
	"numericlessthanequals":     {"NumericLessThanEquals", false, numeric(func(c int) bool { return c <= 0 })},
	"numericgreaterthan":        {"NumericGreaterThan", false, numeric(func(c int) bool { return c > 0 })},
	"numericgreaterthanequals":  {"NumericGreaterThanEquals", false, numeric(func(c int) bool { return c >= 0 })},
	"dateequals":                {"DateEquals", false, date(func(c int) bool { return c == 0 })},
	"datenotequals":             {"DateNotEquals", true, date(func(c int) bool { return c == 0 })},
	"datelessthan":              {"DateLessThan", false, date(func(c int) bool { return c < 0 })},
	"datelessthanequals":        {"DateLessThanEquals", false, date(func(c int) bool { return c <= 0 })},
	"dategreaterthan":           {"DateGreaterThan", false, date(func(c int) bool { return c > 0 })},
	"dategreaterthanequals":     {"DateGreaterThanEquals", false, date(func(c int) bool { return c >= 0 })},
	"bool":                      {"Bool", false, equalsFold},
	"binaryequals":              {"BinaryEquals", false, equals},
	"ipaddress":                 {"IpAddress", false, inRange},
	"notipaddress":              {"NotIpAddress", true, inRange},
	"arnequals":                 {"ArnEquals", false, arnLike},
	"arnlike":                   {"ArnLike", false, arnLike},
	"arnnotequals":              {"ArnNotEquals", true, arnLike},
	"arnnotlike":                {"ArnNotLike", true, arnLike},
	"null":                      {"Null", false, nil},
}

// negated reports whether the operator of a condition is true when no value matches.
func (c Condition) negated() bool { return operators[strings.ToLower(c.Operator)].negated }

// Holds tells whether a condition holds in a context.
func (c Condition) Holds(ctx Context) Truth {
	if c.Unknown || strings.Contains(c.Key, "${") {
		return Maybe
	}
	got, present := ctx.Values[c.Key]
	absent := present && len(got) == 0 || !present && ctx.Closed
	switch {
	case !present && !ctx.Closed:
		return Maybe
	case c.Operator == "Null":
		return c.null(absent)
	case absent:
		return truthOf(c.IfExists || c.ForAll || c.negated() && !c.ForAny)
	}
	answers := make([]Truth, 0, len(got))
	for _, one := range got {
		answers = append(answers, c.accepts(one))
	}
	if c.ForAll || c.negated() && !c.ForAny {
		return slices.Min(answers)
	}
	return slices.Max(answers)
}

// accepts tells whether one value of the request satisfies the test: it matches one of the policy's values, or, with a
// negated operator, none of them.
func (c Condition) accepts(got string) Truth {
	op := operators[strings.ToLower(c.Operator)]
	matched := No
	for _, want := range c.Values {
		matched = max(matched, op.compare(want, got))
	}
	if op.negated {
		return matched.not()
	}
	return matched
}

func (c Condition) null(absent bool) Truth {
	out := No
	for _, want := range c.Values {
		if !want.known() {
			return Maybe
		}
		out = max(out, truthOf(strings.EqualFold(want.Text, strconv.FormatBool(absent))))
	}
	return out
}

// plain is a pattern whose wildcards are ordinary characters.
func (p Pattern) plain() Pattern {
	out := Pattern{Text: p.Text, Value: p.Value, tokens: slices.Clone(p.tokens)}
	for i, t := range out.tokens {
		switch t.kind {
		case anyMany:
			out.tokens[i] = token{r: '*'}
		case anyOne:
			out.tokens[i] = token{r: '?'}
		}
	}
	return out
}

func equals(want Pattern, got string) Truth { return want.plain().matches(got) }

func equalsFold(want Pattern, got string) Truth {
	return want.plain().fold().matches(strings.ToLower(got))
}

// arnLike compares the six parts of two ARNs one by one, wildcards within a part. ArnEquals does the same.
func arnLike(want Pattern, got string) Truth {
	if want.everything() {
		return Yes
	}
	parts, texts := want.split(6), strings.SplitN(got, ":", 6)
	if len(parts) != 6 || len(texts) != 6 {
		if !want.known() {
			return Maybe
		}
		return No
	}
	out := Yes
	for i, p := range parts {
		out = min(out, p.matches(texts[i]))
	}
	return out
}

// split cuts a pattern at colons into at most n parts.
func (p Pattern) split(n int) []Pattern {
	var out []Pattern
	start := 0
	for i, t := range p.tokens {
		if t == (token{r: ':'}) && len(out) < n-1 {
			out = append(out, Pattern{tokens: p.tokens[start:i]})
			start = i + 1
		}
	}
	return append(out, Pattern{tokens: p.tokens[start:]})
}

// compared makes a comparison of texts that both have to be read first.
func compared[T any](read func(string) (T, bool), compare func(got, want T) bool) func(Pattern, string) Truth {
	return func(want Pattern, got string) Truth {
		if !want.known() {
			return Maybe
		}
		w, ok1 := read(want.Text)
		g, ok2 := read(got)
		return truthOf(ok1 && ok2 && compare(g, w))
	}
}

func numeric(holds func(int) bool) func(Pattern, string) Truth {
	read := func(s string) (float64, bool) {
		n, err := strconv.ParseFloat(s, 64)
		return n, err == nil
	}
	return compared(read, func(got, want float64) bool {
		switch {
		case got < want:
			return holds(-1)
		case got > want:
			return holds(1)
		}
		return holds(0)
	})
}

func date(holds func(int) bool) func(Pattern, string) Truth {
	return compared(readDate, func(got, want time.Time) bool { return holds(got.Compare(want)) })
}

// readDate reads the forms of ISO 8601 that IAM takes, and seconds since 1970.
func readDate(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02", "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return time.Unix(n, 0), err == nil
}

func inRange(want Pattern, got string) Truth {
	return compared(readRange, func(got, want netip.Prefix) bool {
		return want.Bits() <= got.Bits() && want.Contains(got.Addr())
	})(want, got)
}

// readRange reads an address or a CIDR range.
func readRange(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p, true
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}
