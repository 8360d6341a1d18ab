package vulndb

import (
	"cmp"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"github.com/onus-dev/onus/diag"
)

// pool runs tasks on a few goroutines and keeps the first error. What the tasks produce is sorted afterwards, so their
// order does not matter.
type pool struct {
	slots chan struct{}
	tasks sync.WaitGroup
	mu    sync.Mutex
	err   error
}

func newPool() *pool { return &pool{slots: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))} }

// do runs a task when a goroutine is free, and returns the first error of those that have ended.
func (p *pool) do(task func() error) error {
	p.slots <- struct{}{}
	p.tasks.Go(func() {
		defer func() { <-p.slots }()
		if err := task(); err != nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.err == nil {
				p.err = err
			}
		}
	})
	return p.failed()
}

// wait waits for all tasks.
func (p *pool) wait() { p.tasks.Wait() }

func (p *pool) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// shownProblems is how many problems of one input are told one by one.
const shownProblems = 20

// problems collects what was wrong with an input. However many there are, the first by name are kept.
type problems struct {
	mu    sync.Mutex
	list  []problem
	count int
}

type problem struct{ path, text string }

func (p *problems) add(path string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err // the path stands before the text already
	}
	p.list = append(p.list, problem{path: path, text: diag.Clip(err.Error(), 500)})
	if len(p.list) > 50*shownProblems {
		p.sort()
	}
}

func (p *problems) sort() {
	slices.SortFunc(p.list, func(a, b problem) int { return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.text, b.text)) })
	p.list = p.list[:min(len(p.list), shownProblems)]
}

// report turns the problems into diagnostics.
func (p *problems) report(input string, diags *diag.List) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sort()
	for _, one := range p.list {
		diags.Errorf(diag.Range{Path: one.path}, "Vulnerability data not read", "It was left out: %s.", one.text)
	}
	if more := p.count - len(p.list); more > 0 {
		diags.Errorf(diag.Range{Path: input}, "Vulnerability data not read", "%d more problems of this input are not shown.", more)
	}
}

// clipName shortens a file's name within an archive.
func clipName(name string) string { return diag.Clip(name, 120) }
