package check

import (
	"slices"
	"testing"
)

// TestRank holds the rank of verdicts to their order.
func TestRank(t *testing.T) {
	t.Parallel()
	order := Verdicts()
	for i, v := range order {
		if v.rank() != i+1 {
			t.Errorf("%s has rank %d, want %d", v, v.rank(), i+1)
		}
		for _, other := range order {
			want := order[min(i, slices.Index(order, other))]
			if got := worst(v, other); got != want {
				t.Errorf("worst of %s and %s is %s, want %s", v, other, got, want)
			}
		}
		if worst(v, "") != v || worst("", v) != v {
			t.Errorf("an empty verdict counts beside %s", v)
		}
	}
}
