package diagram_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/onus-dev/onus/allocation"
	"github.com/onus-dev/onus/diagram"
	"github.com/onus-dev/onus/report"
	"github.com/onus-dev/onus/report/reporttest"
	"github.com/onus-dev/onus/stack"
)

var update = flag.Bool("update", false, "write the golden files")

func figure(t *testing.T, w allocation.Workload, opts diagram.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := diagram.Stack(&b, &w, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func row(t *testing.T, r *allocation.Result, opts diagram.Options) string {
	t.Helper()
	var columns []diagram.Column
	for i := range r.Workloads {
		columns = append(columns, diagram.Column{Workload: &r.Workloads[i], Caption: r.Workloads[i].Name})
	}
	var b bytes.Buffer
	if err := diagram.Row(&b, columns, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func comparison(t *testing.T, c *report.Comparison, opts diagram.CompareOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := diagram.Compare(&b, c, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func figures(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{
		"row": row(t, reporttest.Result(), diagram.Options{Columns: 3}), "hostile-row": row(t, reporttest.Hostile(), diagram.Options{}),
		"empty": figure(t, allocation.Workload{}, diagram.Options{}), "empty-row": row(t, &allocation.Result{}, diagram.Options{}),
	}
	for i, w := range reporttest.Result().Workloads[:6] {
		out[[]string{"kubernetes-on-ec2", "ecs-ec2", "ecs-fargate", "lambda-zip", "undetermined", "assumed"}[i]] = figure(t, w, diagram.Options{})
	}
	for name, c := range map[string]*report.Comparison{
		"compare": reporttest.Comparison(), "compare-open": reporttest.OpenComparison(), "compare-hostile": reporttest.HostileComparison(),
		"compare-empty": report.Compare(nil, nil),
	} {
		out[name] = comparison(t, c, diagram.CompareOptions{})
	}
	out["compare-duties"] = comparison(t, reporttest.Comparison(), diagram.CompareOptions{Duties: true, Heading: "By duty"})
	hostile := reporttest.Hostile()
	out["hostile"] = figure(t, hostile.Workloads[0], diagram.Options{ID: `"><script>x`, Heading: reporttest.HostileText, Note: reporttest.HostileText})
	return out
}

func TestGolden(t *testing.T) {
	t.Parallel()
	again := figures(t)
	for name, got := range figures(t) {
		reporttest.Golden(t, *update, name+".svg.golden", []byte(got))
		if got != again[name] {
			t.Errorf("%s: two runs differ", name)
		}
	}
}

// allowed are the only elements that a figure may have: no script, no foreignObject, no image, no link.
var allowed = []string{"svg", "title", "desc", "style", "defs", "pattern", "rect", "circle", "path", "g", "text"}

func TestWellFormedAndInert(t *testing.T) {
	t.Parallel()
	for name, got := range figures(t) {
		d := xml.NewDecoder(strings.NewReader(got))
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			e, ok := tok.(xml.StartElement)
			if !ok {
				continue
			}
			if !slices.Contains(allowed, e.Name.Local) {
				t.Errorf("%s: element %s", name, e.Name.Local)
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" {
					t.Errorf("%s: attribute %s=%q", name, a.Name.Local, a.Value)
				}
			}
		}
		for _, bad := range []string{"\x1b", "\u009b", "\u202e", "\u200b", "\x07"} {
			if strings.Contains(got, bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
	}
}

func TestBothHalvesAreLabelled(t *testing.T) {
	t.Parallel()
	for name, got := range figures(t) {
		for _, half := range []string{"security of the cloud", "security in the cloud"} {
			if !strings.Contains(got, half) {
				t.Errorf("%s does not say %q", name, half)
			}
		}
	}
}

// TestHalvesFitTheirColumns writes the whole label of a half only over as many columns as it fits over.
func TestHalvesFitTheirColumns(t *testing.T) {
	t.Parallel()
	label := regexp.MustCompile(`y="64" width="(\d+)" height="20" rx="3"/>\n<text class="onus-w"[^>]*>([^<]*)<`)
	for customers, want := range map[int][]string{
		6: {"284", "security in the cloud"}, 4: {"188", "security in the cloud"}, 3: {"140", "in the cloud"}, 2: {"92", "in the cloud"}, 1: nil,
	} {
		w := reporttest.KubernetesOnEC2()
		_, across := report.Split(&w)
		if len(across) != 6 {
			t.Fatalf("%d layers across", len(across))
		}
		for i, l := range across {
			l.Party = stack.Customer
			if i >= customers {
				l.Party = stack.Shared
			}
		}
		var got []string
		if m := label.FindStringSubmatch(figure(t, w, diagram.Options{})); m != nil {
			got = m[1:]
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d columns: got %q, want %q", customers, got, want)
		}
	}
}

func TestDutiesOfDifferentPartiesHaveTheirOwnBoxes(t *testing.T) {
	t.Parallel()
	got := figure(t, reporttest.KubernetesOnEC2(), diagram.Options{ID: "k"})
	for _, want := range []string{
		`fill="url\(#k-aws\)"[^>]*/><text[^>]*>publish</text><text[^>]*>AWS</text>`,
		`fill="url\(#k-customer\)"[^>]*/><text[^>]*>apply</text><text[^>]*>customer</text>`,
		`>operate, upgrade, expose</text>`,
	} {
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("no match for %s", want)
		}
	}
}

var idAttr = regexp.MustCompile(` id="([^"]*)"`)

func TestIDsCarryThePrefix(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, id := range []string{"s-1", "s-2"} {
		got := figure(t, reporttest.LambdaZip(), diagram.Options{ID: id, Inline: true})
		if strings.Contains(got, "<style") {
			t.Error("an inline figure has a style sheet of its own")
		}
		for _, m := range idAttr.FindAllStringSubmatch(got, -1) {
			if seen[m[1]] || !strings.HasPrefix(m[1], id+"-") {
				t.Errorf("id %q", m[1])
			}
			seen[m[1]] = true
		}
	}
}

var fontSize = regexp.MustCompile(`font-size:(\d+)px`)

func TestFontsAreLargeEnough(t *testing.T) {
	t.Parallel()
	for _, m := range fontSize.FindAllStringSubmatch(diagram.Style(), -1) {
		if n, _ := strconv.Atoi(m[1]); n < 12 {
			t.Errorf("font of %d px", n)
		}
	}
}

// TestContrast checks text against every fill and every pattern of both schemes, as WCAG 2 defines contrast.
func TestContrast(t *testing.T) {
	t.Parallel()
	lightCSS, darkCSS, ok := strings.Cut(diagram.Style(), "@media (prefers-color-scheme:dark)")
	if !ok {
		t.Fatal("no dark scheme")
	}
	colour := func(css, rule string) string {
		m := regexp.MustCompile(`(?:^|})[^{}]*` + regexp.QuoteMeta(rule) + `\{(?:fill:none;)?(?:fill|stroke):(#[0-9a-f]{3,6})`).FindStringSubmatch(css)
		if m == nil {
			t.Fatalf("no rule %s in %s", rule, css)
		}
		return m[1]
	}
	for scheme, css := range map[string]string{"light": lightCSS, "dark": strings.TrimPrefix(darkCSS, "{")} {
		text, dim := colour(css, ".onus-p"), colour(css, ".onus-d")
		pairs := [][2]string{{text, colour(css, ".onus-page")}, {dim, colour(css, ".onus-page")}, {text, colour(css, ".onus-name")},
			{dim, colour(css, ".onus-name")}, {dim, colour(css, ".onus-f-not-applicable")}}
		for _, p := range []string{"aws", "customer", "third-party", "undetermined"} {
			pairs = append(pairs, [2]string{text, colour(css, ".onus-f-"+p)}, [2]string{text, colour(css, ".onus-m-"+p)})
		}
		for _, half := range []string{"aws", "customer"} {
			pairs = append(pairs, [2]string{"#ffffff", colour(lightCSS, ".onus-half-"+half)})
		}
		for _, p := range pairs {
			if c := contrast(t, p[0], p[1]); c < 4.5 {
				t.Errorf("%s: %s on %s has contrast %.2f", scheme, p[0], p[1], c)
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var rgb [3]int
	if _, err := fmt.Sscanf(hex, "#%02x%02x%02x", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		t.Fatalf("%s: %v", hex, err)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		sum += weight * linear(float64(rgb[i])/255)
	}
	return sum
}

// linear undoes the gamma of an sRGB component between 0 and 1.
func linear(c float64) float64 {
	if c <= 0.04045 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}

func TestWriterErrorIsReturned(t *testing.T) {
	t.Parallel()
	full := errors.New("disk full")
	w := reporttest.LambdaZip()
	if err := diagram.Stack(&reporttest.FailingWriter{Err: full}, &w, diagram.Options{}); !errors.Is(err, full) {
		t.Errorf("err = %v", err)
	}
	if err := diagram.Compare(&reporttest.FailingWriter{Err: full}, reporttest.Comparison(), diagram.CompareOptions{}); !errors.Is(err, full) {
		t.Errorf("err = %v", err)
	}
}

var rowRect = regexp.MustCompile(`<rect class="onus-(?:s-[a-z-]+" fill="[^"]*"|name") x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"`)

// TestComparedLayersAlign checks that the boxes of every stack stand on the lines of the layers' titles, inside their
// column and without overlap.
func TestComparedLayersAlign(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"compare", "compare-duties", "compare-open"} {
		got := figures(t)[name]
		got = got[:strings.Index(got, "duties, by who holds them")]
		titles := map[string]bool{}
		type cell struct{ left, right int }
		rows := map[string][]cell{}
		for _, m := range rowRect.FindAllStringSubmatch(got, -1) {
			x, _ := strconv.Atoi(m[1])
			w, _ := strconv.Atoi(m[3])
			if line := m[2] + "+" + m[4]; strings.Contains(m[0], "onus-name") {
				titles[line] = true
			} else {
				rows[line] = append(rows[line], cell{x, x + w})
			}
		}
		if len(rows) == 0 {
			t.Fatalf("%s has no boxes", name)
		}
		for line, cells := range rows {
			if !titles[line] {
				t.Errorf("%s: boxes at %s stand on no layer's line", name, line)
			}
			for i := 1; i < len(cells); i++ {
				if cells[i].left <= cells[i-1].right {
					t.Errorf("%s: boxes at %s overlap: %v", name, line, cells)
				}
			}
		}
	}
}

func TestComparisonMarksTheChanges(t *testing.T) {
	t.Parallel()
	got := comparison(t, reporttest.Comparison(), diagram.CompareOptions{})
	for mark, want := range map[string]int{"<title>shed</title>": 8, "<title>gained</title>": 1, "<title>kept</title>": 27} {
		if n := strings.Count(got, mark); n != want {
			t.Errorf("%s occurs %d times, want %d", mark, n, want)
		}
	}
	for _, want := range []string{">serverless</text>", "AWS calls it “serverless”", "3 workloads: thumbnails and 2 more", ">21 yours, 4 AWS</text>"} {
		if !strings.Contains(got, want) {
			t.Errorf("the figure does not say %q", want)
		}
	}
}
