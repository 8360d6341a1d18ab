package catalog

import (
	"strings"
	"testing"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/stack"
)

// TestNoFlipSurvives is `make catalog-mutate`: it takes no longer than the examples themselves.
func TestNoFlipSurvives(t *testing.T) {
	t.Parallel()
	c, _ := Load(Options{})
	m := c.Mutate()
	for _, s := range m.Survivors {
		t.Errorf("%s: %s of %q: no example notices %s in place of %s", s.Row.At, s.Row.Duty, s.Row.Owner, s.To, s.Row.Party)
	}
	if m.Rows < 500 || m.Flips != m.Rows*(len(stack.Parties())-1) {
		t.Errorf("%d rows and %d flips: the mutation does not see the whole catalog", m.Rows, m.Flips)
	}
}

// TestFlipsAreNoticedByLint really flips a sample of rows and lints, which must agree with what Mutate works out.
func TestFlipsAreNoticedByLint(t *testing.T) {
	t.Parallel()
	c, _ := Load(Options{Types: testCatalog(t).vocab})
	rows := c.allRows()
	for i := 0; i < len(rows); i += 37 {
		row, was := rows[i], rows[i].Party
		to := stack.Parties()[i%len(stack.Parties())]
		if to == was {
			continue
		}
		row.Party = to
		var diags diag.List
		c.lintFile(c.owners[row.Owner], &diags, newHits())
		for _, h := range c.Hostings() {
			if len(diags) == 0 && h.Service.Path != c.owners[row.Owner].path {
				c.lintFile(c.owners[h.ID], &diags, newHits())
			}
		}
		row.Party = was
		if !strings.Contains(text(diags), "Example not met") {
			t.Errorf("%s: lint does not notice %s in place of %s", row.At, to, was)
		}
	}
}

func text(diags diag.List) string {
	var b strings.Builder
	for _, d := range diags {
		b.WriteString(d.String() + "\n")
	}
	return b.String()
}

// TestSurvivorsAreFound takes an expectation away: the flips of its row must survive.
func TestSurvivorsAreFound(t *testing.T) {
	t.Parallel()
	c := testCatalog(t)
	if m := c.Mutate(); len(m.Survivors) != 0 {
		t.Fatalf("the small model has survivors: %v", m.Survivors)
	}
	h, _ := c.Hosting("thing-auto")
	for _, ex := range h.Examples {
		if ex.Name == "at the next update" {
			ex.Expect = nil
		}
	}
	m := c.Mutate()
	if len(m.Survivors) == 0 {
		t.Error("no survivor although no example reaches the row")
	}
	for _, s := range m.Survivors {
		if s.Row.Party != stack.Shared || s.Row.Duty != "language-runtime/apply" {
			t.Errorf("survivor %+v", s)
		}
	}
}
