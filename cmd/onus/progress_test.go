package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestProgress draws nothing before its time, and leaves an empty line behind.
func TestProgress(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := &progress{out: &out, begun: time.Now()}
	p.step(1, 10)
	p.end()
	if out.Len() > 0 {
		t.Errorf("a quick run drew %q", out.String())
	}
	p.begun = p.begun.Add(-time.Minute)
	p.step(5, 10)
	p.step(6, 10)
	if got := strings.Count(out.String(), "\r"); got != 1 {
		t.Errorf("two steps at once drew %d times: %q", got, out.String())
	}
	if got := out.String(); !strings.HasSuffix(got, strings.Repeat("━", 15)+strings.Repeat("╌", 15)+" 5 of 10") {
		t.Errorf("half of the way is %q", got)
	}
	p.end()
	if !strings.HasSuffix(out.String(), "\r\x1b[K") {
		t.Errorf("the bar stays: %q", out.String())
	}
	newProgress(&out).step(1, 2)
	if progressLine(0, 0) == "" {
		t.Error("nothing to read has no line")
	}
}
