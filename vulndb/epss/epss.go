// Package epss reads the scores of the Exploit Prediction Scoring System, which FIRST publishes every day.
//
// What goes in is the CSV file: a comment "#model_version:…,score_date:…", the header "cve,epss,percentile", and a line
// a CVE. Lines come out one at a time, so the file is never held whole. Bounds: MaxLines lines of at most maxLine bytes.
package epss

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// MaxLines bounds the lines of a file; the published one has about 300,000.
const MaxLines = 5_000_000

const maxLine = 4096

// Header is what the file says of itself; both are "" when the comment is missing.
type Header struct {
	// Model is "v2025.03.14". Date is the day of the scores, YYYY-MM-DD.
	Model, Date string
}

// Score is one CVE's. Probability is that of an exploit within 30 days; Percentile the share of CVEs scored no higher.
// Both are from 0 to 1.
type Score struct {
	CVE                     string
	Probability, Percentile float64
}

// Read calls score for each line, and may be stopped by its error, which comes back. skipped counts lines that are
// neither comments nor scores.
func Read(in io.Reader, score func(Score) error) (h Header, skipped int, err error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	columns := false
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		switch {
		case n > MaxLines:
			return h, skipped, fmt.Errorf("more than the limit of %d lines", MaxLines)
		case line == "":
		case strings.HasPrefix(line, "#"):
			h.comment(line[1:])
		case !columns:
			if !strings.HasPrefix(strings.ToLower(line), "cve,epss") {
				return h, skipped, fmt.Errorf("line %d: not a file of EPSS scores: the columns cve,epss,percentile were expected", n)
			}
			columns = true
		default:
			s, ok := parse(line)
			if !ok {
				skipped++
				continue
			}
			if err := score(s); err != nil {
				return h, skipped, err
			}
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return h, skipped, fmt.Errorf("a line is longer than the limit of %d bytes", maxLine)
	}
	if lines.Err() == nil && !columns {
		return h, skipped, errors.New("not a file of EPSS scores: the columns cve,epss,percentile were expected")
	}
	return h, skipped, lines.Err()
}

func (h *Header) comment(text string) {
	for part := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), ":")
		switch key {
		case "model_version":
			h.Model = value
		case "score_date":
			h.Date = value[:min(len(value), len("2006-01-02"))]
		}
	}
}

func parse(line string) (Score, bool) {
	cve, rest, _ := strings.Cut(line, ",")
	first, second, _ := strings.Cut(rest, ",")
	second, _, _ = strings.Cut(second, ",")
	p, err := strconv.ParseFloat(first, 64)
	q, err2 := strconv.ParseFloat(second, 64)
	if !strings.HasPrefix(cve, "CVE-") || len(cve) > 64 || err != nil || err2 != nil || !within(p) || !within(q) {
		return Score{}, false
	}
	return Score{CVE: cve, Probability: p, Percentile: q}, true
}

func within(f float64) bool { return f >= 0 && f <= 1 }
