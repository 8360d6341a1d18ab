package host

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// updates says what is pending and what installs itself.
func (m *machine) updates(db *database, d *Document) Updates {
	u := Updates{}
	switch {
	case d.System.ID == "bottlerocket":
		u.Pending = unknownPending("Bottlerocket is updated as a whole image: whether a newer one is out is told by its update repository, which is not asked.", "")
	case db.manager == "dpkg":
		u.Pending = m.aptPending(db)
	case db.manager == "rpm":
		u.Pending = m.rpmPending(db, d.System)
	case db.manager != "":
		u.Pending = unknownPending("The lists of "+db.manager+" do not tell security updates from others.", db.place)
	default:
		u.Pending = unknownPending("There is no package database that could be read.", "")
	}
	u.Automatic = m.automatic(d.System, db)
	return u
}

func unknownPending(because, source string) Pending {
	return Pending{Fact: Fact{Unknown, because, source}, All: -1}
}

// settle orders and counts the updates and answers. lists is the day of the lists, zero when not known; locked says why
// nothing pending would prove nothing.
func (m *machine) settle(list []Update, all bool, lists time.Time, source, locked string) Pending {
	p := Pending{Fact: Fact{Source: source}, All: -1}
	slices.SortStableFunc(list, func(a, b Update) int {
		return cmp.Or(boolOrder(b.Security)-boolOrder(a.Security), strings.Compare(a.Name, b.Name), strings.Compare(a.Candidate, b.Candidate))
	})
	for _, u := range list {
		if u.Security {
			p.Security++
		}
	}
	if all {
		p.All = len(list)
	}
	p.Packages = list[:min(len(list), MaxListed)]
	if !lists.IsZero() {
		p.Lists = lists.UTC().Format(time.DateOnly)
	}
	switch age := m.opts.Now.Sub(lists); {
	case p.Security > 0:
		p.Answer, p.Because = Yes, fmt.Sprintf("%s a pending security update: %s.", count(p.Security), strings.Join(namesOf(list, p.Security), ", "))
	case locked != "":
		p.Answer, p.Because = Unknown, locked
	case lists.IsZero():
		p.Answer, p.Because = Unknown, "No security update is pending by the package lists, whose day nothing tells."
	case age > ListsMaxAge:
		p.Answer, p.Because = Unknown, fmt.Sprintf("No security update is pending by package lists of %s, which are %d days old: what came out since is not in them.", p.Lists, int(age.Hours()/24))
	default:
		p.Answer, p.Because = No, "No security update is pending by the package lists of "+p.Lists+"."
	}
	return p
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

func count(n int) string {
	if n == 1 {
		return "1 package has"
	}
	return fmt.Sprintf("%d packages have", n)
}

// namesOf are the first few names, and that there are more.
func namesOf(list []Update, n int) []string {
	const shown = 5
	var out []string
	for _, u := range list[:min(n, shown)] {
		out = append(out, u.Name)
	}
	if n > shown {
		out = append(out, fmt.Sprintf("and %d more", n-shown))
	}
	return out
}
