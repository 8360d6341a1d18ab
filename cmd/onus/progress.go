package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/term"
)

// When the bar appears and how often it moves.
const (
	progressAfter = time.Second
	progressEvery = 100 * time.Millisecond
	progressWidth = 30
)

// progress draws how much of the input has been read, on a terminal and only when it takes a while.
type progress struct {
	out   io.Writer
	begun time.Time

	mu    sync.Mutex
	last  time.Time
	shown bool
}

// newProgress returns nil, which draws nothing, when out is no terminal.
func newProgress(out io.Writer) *progress {
	f, ok := out.(*os.File)
	if !ok || !term.IsTerminal(f.Fd()) || os.Getenv("TERM") == "dumb" {
		return nil
	}
	return &progress{out: out, begun: time.Now()}
}

// step is called after each part of the input, by any goroutine.
func (p *progress) step(done, total int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Sub(p.begun) < progressAfter || now.Sub(p.last) < progressEvery {
		return
	}
	p.last, p.shown = now, true
	fmt.Fprint(p.out, progressLine(done, total))
}

// progressLine overwrites the line it stands on.
func progressLine(done, total int) string {
	full := progressWidth * done / max(total, 1)
	return fmt.Sprintf("\r\x1b[Kreading %s%s %d of %d", strings.Repeat("━", full), strings.Repeat("╌", progressWidth-full), done, total)
}

// end takes the bar away.
func (p *progress) end() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
