// Package parallel spreads work over the processors and keeps its order, so that a result never depends on how many there
// are.
package parallel

import (
	"iter"
	"runtime"
	"sync"
)

// Each works through a list, one worker a processor, and returns when all is done.
func Each[T any](list []T, work func(T)) {
	queue := make(chan T, len(list))
	for _, x := range list {
		queue <- x
	}
	close(queue)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		wg.Go(func() {
			for x := range queue {
				work(x)
			}
		})
	}
	wg.Wait()
}

// InOrder lets a crew work through a sequence at the same time, each member on one element, and yields what the work gave
// in the order of the sequence. The sequence is asked by a goroutine of its own, some elements ahead. Whoever stops early
// leaves running what is under way.
func InOrder[Worker, T, R any](crew []Worker, in iter.Seq[T], work func(Worker, T) R) iter.Seq[R] {
	return func(yield func(R) bool) {
		ordered, open, stop := make(chan job[T, R], 2*len(crew)), make(chan job[T, R], len(crew)), make(chan struct{})
		defer close(stop)
		for _, w := range crew {
			go func() {
				for j := range open {
					j.done <- work(w, j.of)
				}
			}()
		}
		go func() {
			defer close(ordered)
			defer close(open)
			for x := range in {
				j := job[T, R]{x, make(chan R, 1)}
				for _, queue := range []chan job[T, R]{open, ordered} {
					select {
					case queue <- j:
					case <-stop:
						return
					}
				}
			}
		}()
		for j := range ordered {
			if !yield(<-j.done) {
				return
			}
		}
	}
}

// Batches groups a sequence into slices of n elements, the last of which may be shorter.
func Batches[T any](in iter.Seq[T], n int) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		var batch []T
		for x := range in {
			batch = append(batch, x)
			if len(batch) == n {
				if !yield(batch) {
					return
				}
				batch = nil
			}
		}
		if len(batch) > 0 {
			yield(batch)
		}
	}
}

// job is an element on its way to become a result.
type job[T, R any] struct {
	of   T
	done chan R
}
