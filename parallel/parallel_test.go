package parallel

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEachDoesAllOfIt(t *testing.T) {
	t.Parallel()
	var sum atomic.Int64
	Each([]int64{1, 2, 3, 4}, func(n int64) { sum.Add(n) })
	Each(nil, func(n int64) { sum.Add(100) })
	if sum.Load() != 10 {
		t.Errorf("sum %d, want 10", sum.Load())
	}
}

func TestInOrderKeepsTheOrder(t *testing.T) {
	t.Parallel()
	in := []int{30, 20, 10, 0, 5, 1}
	slow := func(worker string, n int) int {
		time.Sleep(time.Duration(n) * time.Millisecond)
		return n * 2
	}
	for _, crew := range [][]string{{"a"}, {"a", "b"}, {"a", "b", "c", "d", "e", "f", "g"}} {
		got := slices.Collect(InOrder(crew, slices.Values(in), slow))
		if diff := cmp.Diff([]int{60, 40, 20, 0, 10, 2}, got); diff != "" {
			t.Errorf("crew of %d: %s", len(crew), diff)
		}
	}
}

func TestBatches(t *testing.T) {
	t.Parallel()
	for n, want := range map[int][][]int{2: {{1, 2}, {3, 4}, {5}}, 5: {{1, 2, 3, 4, 5}}, 9: {{1, 2, 3, 4, 5}}} {
		if diff := cmp.Diff(want, slices.Collect(Batches(slices.Values([]int{1, 2, 3, 4, 5}), n))); diff != "" {
			t.Errorf("%d: %s", n, diff)
		}
	}
	for batch := range Batches(slices.Values([]int{1, 2, 3}), 1) {
		if batch[0] > 1 {
			t.Error("it goes on after a stop")
		}
		break
	}
}

func TestInOrderStopsAskingWhenNobodyListens(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	endless := func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
			asked.Add(1)
		}
	}
	for n := range InOrder([]int{1, 2}, endless, func(_, n int) int { return n }) {
		if n == 3 {
			break
		}
	}
	settled := func() int64 {
		last := int64(-1)
		for n := asked.Load(); n != last; n = asked.Load() {
			last = n
			time.Sleep(20 * time.Millisecond)
		}
		return last
	}
	if n := settled(); n > 30 {
		t.Errorf("the sequence was asked %d times", n)
	}
}
