package exception

import (
	"fmt"
	"strings"
	"time"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/expr"
	"github.com/onus-dev/onus/glob"
	"github.com/onus-dev/onus/stack"
)

const (
	// maxList is how many duties and checks one statement may name.
	maxList = 50
	// maxReason is how many characters a text of a statement may have.
	maxReason = 1000
	// farYears is how many years ahead a last day raises a question.
	farYears = 5
)

// marker begins a statement in a comment.
const marker = "onus:accept"

const form = `An exception is written onus:accept=DUTY owner=TEAM until=YYYY-MM-DD reason="…"`

// statement is what somebody wrote, before it is checked.
type statement struct {
	targets              []string
	owner, until, reason string
	at                   diag.Range
}

// parseStatement reads `DUTY[,DUTY|CHECK] owner=TEAM until=YYYY-MM-DD reason="…"`; the marker may stand before it. fault is
// what is wrong with the form, empty when nothing is.
func parseStatement(text string, at diag.Range) (s statement, fault string) {
	s.at = at
	rest := strings.TrimSpace(text)
	if after, ok := strings.CutPrefix(rest, marker); ok {
		if rest, ok = strings.CutPrefix(strings.TrimSpace(after), "="); !ok {
			return s, "\"=\" is missing behind " + marker + "."
		}
	}
	list, rest := word(strings.TrimSpace(rest))
	if list == "" || strings.Contains(list, "=") {
		return s, "The duty is missing."
	}
	for t := range strings.SplitSeq(list, ",") {
		if t = strings.TrimSpace(t); t != "" {
			s.targets = append(s.targets, t)
		}
	}
	seen := map[string]bool{}
	fields := map[string]*string{"owner": &s.owner, "until": &s.until, "reason": &s.reason}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		key, after, ok := strings.Cut(rest, "=")
		key = strings.TrimSpace(key)
		if !ok || key == "" || strings.ContainsAny(key, " \t\n\"") {
			return s, fmt.Sprintf("%q is no KEY=VALUE. A text with spaces stands in double quotes.", diag.Clip(rest, 40))
		}
		into, known := fields[key]
		switch {
		case !known:
			return s, fmt.Sprintf("There is no key %q. %s", diag.Clip(key, 40), expr.Suggest(key, []string{"owner", "reason", "until"}))
		case seen[key]:
			return s, fmt.Sprintf("%s is given twice.", key)
		}
		seen[key] = true
		if *into, rest, ok = value(after); !ok {
			return s, fmt.Sprintf("The closing quote of %s is missing.", key)
		}
	}
	return s, ""
}

// word cuts the text up to the first space off; spaces behind a comma belong to the list.
func word(s string) (first, rest string) {
	for i := 0; i < len(s); i++ {
		if s[i] != ' ' && s[i] != '\t' && s[i] != '\n' {
			continue
		}
		if strings.HasSuffix(strings.TrimRight(s[:i], " \t\n"), ",") || strings.HasPrefix(strings.TrimLeft(s[i:], " \t\n"), ",") {
			continue
		}
		return s[:i], s[i:]
	}
	return s, ""
}

// value reads a word, or a text in double quotes in which \" and \\ stand for the character. ok is false when a quote is
// left open.
func value(s string) (v, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		if i := strings.IndexAny(s, " \t\n"); i >= 0 {
			return s[:i], s[i:], true
		}
		return s, "", true
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}

// judge is what statements are checked against.
type judge struct {
	asOf    time.Time
	isCheck func(string) bool
	diags   *diag.List
}

// accept checks a statement and makes an acceptance of it; nil when it does not count, which is told.
func (j *judge) accept(s statement, how string) *Acceptance {
	a := &Acceptance{Targets: s.targets, Owner: strings.TrimSpace(s.owner), Reason: clean(s.reason), Form: how, At: s.at}
	var missing []string
	for _, f := range []struct{ name, text string }{{"owner", a.Owner}, {"until", s.until}, {"reason", a.Reason}} {
		if f.text == "" {
			missing = append(missing, f.name)
		}
	}
	if len(missing) > 0 {
		j.diags.Errorf(s.at, "Exception incomplete", "It has no %s, so it does not count. %s: who carries the risk, the last day, and why.", strings.Join(missing, " and no "), form)
		return nil
	}
	if !j.targets(s.targets, s.at, "Exception", true) {
		return nil
	}
	var ok bool
	if a.Until, ok = j.day(s.until, s.at, "Exception", "until"); !ok {
		return nil
	}
	a.expired = a.Until.Before(j.asOf)
	if a.Until.After(j.asOf.AddDate(farYears, 0, 0)) {
		j.diags.Warnf(s.at, "Exception lasts long", "It holds until %s, over %d years ahead. A risk that is accepted for good is looked at by nobody; give a nearer day.", a.Until.Format(time.DateOnly), farYears)
	}
	return a
}

// clean puts a text on one line of bounded length.
func clean(s string) string { return diag.Clip(strings.Join(strings.Fields(s), " "), maxReason) }

func (j *judge) day(text string, at diag.Range, what, field string) (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, strings.TrimSpace(text))
	if err != nil {
		j.diags.Errorf(at, what+" with a wrong date", "%s is %q, so it does not count. Expected a day of the calendar as YYYY-MM-DD.", field, diag.Clip(text, 40))
		return day, false
	}
	return day, true
}

// targets checks the duties and the ids of checks that a statement names.
func (j *judge) targets(list []string, at diag.Range, what string, checks bool) bool {
	if len(list) == 0 || len(list) > maxList {
		j.diags.Errorf(at, what+" of nothing", "It names %d duties, so it does not count. Expected 1 to %d: layer/duty, such as operating-system/apply, or layer/*.", len(list), maxList)
		return false
	}
	for _, t := range list {
		if strings.Contains(t, "/") {
			if !isDuty(t) {
				j.diags.Errorf(at, what+" of an unknown duty", "%q is no duty, so it does not count. %s", diag.Clip(t, 60), expr.Suggest(t, dutyNames()))
				return false
			}
			continue
		}
		if !checks || !isWord(t) {
			j.diags.Errorf(at, what+" of an unknown duty", "%q is no duty, so it does not count. Expected layer/duty, such as operating-system/apply, or layer/*.", diag.Clip(t, 60))
			return false
		}
		if j.isCheck != nil && !j.isCheck(t) {
			j.diags.Warnf(at, what+" of an unknown check", "There is no check %q. Expected the id of a check, or a duty written layer/duty.", diag.Clip(t, 60))
		}
	}
	return true
}

// isDuty accepts layer/duty and layer/*.
func isDuty(t string) bool {
	if name, ok := strings.CutSuffix(t, "/*"); ok {
		_, ok = stack.LookupLayer(name)
		return ok
	}
	_, ok := stack.LookupDuty(t)
	return ok
}

func dutyNames() []string {
	var out []string
	for _, d := range stack.Duties() {
		out = append(out, string(d))
	}
	return out
}

func isWord(t string) bool {
	for _, r := range t {
		if r != '-' && r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return t != ""
}

// covers reports whether one of the targets is the duty or the check.
func covers(targets []string, duty stack.Duty, check string) bool {
	for _, t := range targets {
		if strings.Contains(t, "/") && glob.Match(t, string(duty)) || check != "" && strings.EqualFold(t, check) {
			return true
		}
	}
	return false
}
