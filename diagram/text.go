package diagram

import (
	"strings"

	"github.com/onus-dev/onus/report"
)

// escape makes user text safe inside XML text and attributes, at most limit characters long.
func escape(s string, limit int) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(report.Clip(s, limit))
}

// text puts a line of text with its baseline at y; anchor is "middle" or empty for the start.
func (c *canvas) text(x, y int, class, s, anchor string) {
	if anchor != "" {
		anchor = ` text-anchor="` + anchor + `"`
	}
	c.put(`<text class="%s" x="%d" y="%d"%s>%s</text>`, class, x, y, anchor, escape(s, 4*report.MaxReason))
	if anchor == "" {
		c.WriteByte('\n')
	}
}

// textPixels estimates the width of s in pixels, on the generous side: fonts differ, and boxes must not overflow.
func textPixels(s string, size int) int {
	tenths := 0
	for _, r := range s {
		switch {
		case r >= 0x1100: // wide scripts, symbols and emoji
			tenths += 11
		case strings.ContainsRune("ijlft.,:;'|!()[] ", r):
			tenths += 4
		case r >= 'A' && r <= 'Z' || strings.ContainsRune("mwMW@%", r):
			tenths += 8
		default:
			tenths += 6
		}
	}
	return tenths * size / 10
}

// wrapText breaks s between words into at most lines lines of room pixels, the last one cut to fit.
func wrapText(s string, room, size, lines int) []string {
	var out []string
	line := ""
	words := strings.Fields(report.Clip(s, report.MaxReason))
	for i, word := range words {
		joined := strings.TrimSpace(line + " " + word)
		if line == "" || textPixels(joined, size) <= room {
			line = joined
			continue
		}
		if len(out) == lines-1 {
			line = strings.Join(append([]string{line}, words[i:]...), " ")
			break
		}
		out, line = append(out, fitText(line, room, size)), word
	}
	return append(out, fitText(line, room, size))
}

// fitText returns s made plain, and cut with an ellipsis where it would take more than room pixels.
func fitText(s string, room, size int) string {
	s = report.Clip(s, report.MaxReason)
	if textPixels(s, size) <= room {
		return s
	}
	for i := len(s) - 1; i > 0; i-- {
		if s[i]&0xc0 != 0x80 && textPixels(s[:i]+"…", size) <= room {
			return s[:i] + "…"
		}
	}
	return "…"
}
