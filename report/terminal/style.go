package terminal

import (
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/onus-dev/onus/diag"
	"github.com/onus-dev/onus/stack"
)

// style names how a piece of text looks; the numbers are colours of the 256-colour palette, chosen blue against
// orange because those two stay apart for colour-blind readers, on dark and on light backgrounds.
type style struct {
	fg, bg string
	bold   bool
	faint  bool
}

// The styles.
var (
	plainStyle = style{}
	dimStyle   = style{faint: true}
	boldStyle  = style{bold: true}
	headStyle  = style{bold: true}
)

// partyStyle is for text about a party on the terminal's own background.
func partyStyle(p stack.Party) style {
	switch p {
	case stack.Customer:
		return style{fg: "172", bold: true}
	case stack.Shared:
		return style{fg: "37", bold: true}
	case stack.AWS:
		return style{fg: "32", bold: true}
	case stack.ThirdParty:
		return style{fg: "133", bold: true}
	case stack.NotApplicable:
		return dimStyle
	default:
		return style{bold: true}
	}
}

// barStyle is for a party's box in a figure.
func barStyle(p stack.Party) style {
	switch p {
	case stack.Customer:
		return style{fg: "16", bg: "214"}
	case stack.AWS:
		return style{fg: "231", bg: "25"}
	case stack.ThirdParty:
		return style{fg: "231", bg: "90"}
	case stack.NotApplicable:
		return dimStyle
	default:
		return style{fg: "231", bg: "240"}
	}
}

// barFill is the pattern of a party's box where there is no colour.
func barFill(p stack.Party) string {
	switch p {
	case stack.Customer:
		return "╱"
	case stack.AWS:
		return "·"
	case stack.ThirdParty:
		return "+"
	case stack.NotApplicable:
		return " "
	default:
		return "?"
	}
}

func severityStyle(s diag.Severity) style {
	switch s {
	case diag.Error:
		return style{fg: "160", bold: true}
	case diag.Warning:
		return style{fg: "172", bold: true}
	default:
		return style{fg: "32", bold: true}
	}
}

// paint colours s when colour is allowed.
func (p *page) paint(st style, s string) string {
	if !p.opts.Color || st == plainStyle || strings.TrimSpace(s) == "" && st.bg == "" {
		return s
	}
	l := lipgloss.NewStyle().Bold(st.bold).Faint(st.faint)
	if st.fg != "" {
		l = l.Foreground(lipgloss.Color(st.fg))
	}
	if st.bg != "" {
		l = l.Background(lipgloss.Color(st.bg))
	}
	return l.Render(s)
}
