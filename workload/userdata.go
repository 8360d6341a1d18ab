package workload

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/base64"
	"io"
	"net/url"
	"regexp"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// Bounds on what is unpacked from one user data: its size, the nesting of encodings and the strings looked through.
// EC2 takes 16 KiB of user data, so real input stays far below them.
const (
	maxUserData  = 4 << 20
	maxNesting   = 3
	maxVisits    = 1000
	maxTextDepth = 10
)

// markers is what user data shows. Each is the piece of text found, for the reason; empty when not found.
type markers struct {
	ecs, eks, kubernetes string
	// cluster is the ECS cluster's name after ECS_CLUSTER=.
	cluster string
}

func (m markers) empty() bool { return m == markers{} }

// first is the most telling marker.
func (m markers) first() string { return cmp.Or(m.ecs, m.eks, m.kubernetes) }

// markerWords are the texts that tell what a machine joins, most telling first. They are compared in lower case.
var markerWords = struct{ ecs, eks, kubernetes []string }{
	ecs: []string{"ecs_cluster", "/etc/ecs/ecs.config", "ecs.config", "[settings.ecs]", "initialize-ecsagent"},
	eks: []string{"/etc/eks/bootstrap.sh", "node.eks.aws", "nodeadm", "start-eksbootstrap", "eks-bootstrap"},
	kubernetes: []string{"kubeadm", "kubelet", "nodeup", "k3s", "rke2", "k0s", "microk8s", "kube-apiserver",
		"[settings.kubernetes]", "rancher-system-agent", "rancher/rancher-agent", "--controlplane"},
}

var ecsClusterName = regexp.MustCompile(`(?i)ECS_CLUSTER["']?\s*[=,]\s*["']?([A-Za-z0-9_-]+)`)

// base64Run finds encoded pieces inside a document: MIME parts, cloud-init write_files, Ignition data URLs.
var base64Run = regexp.MustCompile(`(?:[A-Za-z0-9+/]{48,}[ \t]*\r?\n?[ \t]*)+[A-Za-z0-9+/]*={0,2}`)

// readUserData looks for the markers in user data: plain, base64, gzip, MIME multi-part, cloud-init or Ignition. The
// markers of one text are remembered, because many groups share a launch template.
func (f *finder) readUserData(text string) markers {
	if m, ok := f.texts[text]; ok {
		return m
	}
	var m markers
	budget := maxUserData
	unpack(text, maxNesting, &budget, func(plain string) { m.look(plain) })
	f.texts[text] = m
	return m
}

// unpack calls visit with the text and with everything encoded in it, within the budget of bytes.
func unpack(text string, depth int, budget *int, visit func(string)) {
	if len(text) > *budget {
		text = text[:*budget]
	}
	*budget -= len(text)
	visit(text)
	if depth == 0 || *budget <= 0 {
		return
	}
	if strings.Contains(text, "data:") && strings.Contains(text, "%") {
		if plain, err := url.PathUnescape(text); err == nil {
			visit(plain)
		}
	}
	if plain, ok := decode(text, *budget); ok {
		unpack(plain, depth-1, budget, visit)
		return
	}
	for _, run := range base64Run.FindAllString(text, 64) {
		if plain, ok := decode(run, *budget); ok {
			unpack(plain, depth-1, budget, visit)
		}
	}
}

// decode undoes one layer: gzip, or base64 with or without gzip inside. ok is false when text is neither.
func decode(text string, limit int) (string, bool) {
	if plain, ok := gunzip([]byte(text), limit); ok {
		return plain, true
	}
	compact := strings.Map(dropSpace, text)
	if len(compact) < 16 {
		return "", false
	}
	raw, err := base64.StdEncoding.DecodeString(compact)
	if err != nil {
		if raw, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(compact, "=")); err != nil {
			return "", false
		}
	}
	if plain, ok := gunzip(raw, limit); ok {
		return plain, true
	}
	return string(raw), true
}

func dropSpace(r rune) rune {
	if r == ' ' || r == '\n' || r == '\r' || r == '\t' {
		return -1
	}
	return r
}

// gunzip unpacks at most limit bytes; what is cut off is not an error.
func gunzip(data []byte, limit int) (string, bool) {
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return "", false
	}
	zr, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return "", false
	}
	var out bytes.Buffer
	if _, err := io.Copy(&out, io.LimitReader(zr, int64(limit))); err != nil && out.Len() == 0 {
		return "", false
	}
	return out.String(), true
}

// look adds what one plain text shows.
func (m *markers) look(text string) {
	lower := strings.ToLower(text)
	find := func(to *string, words []string) {
		for _, w := range words {
			if *to == "" && containsWord(lower, w) {
				*to = w
			}
		}
	}
	find(&m.ecs, markerWords.ecs)
	find(&m.eks, markerWords.eks)
	find(&m.kubernetes, markerWords.kubernetes)
	if hit := ecsClusterName.FindStringSubmatch(text); hit != nil && m.cluster == "" {
		m.cluster = hit[1]
	}
}

// containsWord reports whether word stands in text with no letter or digit directly around it.
func containsWord(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(word)
		if (start == 0 || !alphanumeric(text[start-1])) && (end == len(text) || !alphanumeric(text[end])) {
			return true
		}
		from = end
	}
}

func alphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// userDataTexts is UserDataTexts in the finder's inventory.
func (f *finder) userDataTexts(from *inventory.Resource, v inventory.Value) []string {
	return UserDataTexts(f.ix, from, v)
}

// UserDataTexts returns the known texts of a user data value of a resource: its own, the known part of an unknown one,
// those inside it, and the texts of whatever renders it that is no AWS resource (cloudinit_config, template_file). What
// is encoded in them is not unpacked; see Unpack.
func UserDataTexts(ix *inventory.Index, from *inventory.Resource, v inventory.Value) []string {
	c := textCollector{ix: ix, left: maxVisits}
	c.visit(from, v, maxTextDepth)
	return c.texts
}

// textCollector walks values and what renders them, for at most left visits.
type textCollector struct {
	ix    *inventory.Index
	left  int
	texts []string
}

func (c *textCollector) visit(from *inventory.Resource, v inventory.Value, depth int) {
	c.left--
	if c.left < 0 || depth == 0 {
		return
	}
	if text, ok := v.Text(); ok {
		c.texts = append(c.texts, text)
	} else if partial := v.Partial(); partial != "" {
		c.texts = append(c.texts, partial)
	}
	for _, item := range v.List() {
		c.visit(from, item, depth-1)
	}
	for _, p := range v.Properties() {
		c.visit(from, p.Value, depth-1)
	}
	for _, ref := range v.Refs() {
		for _, r := range c.ix.At(from.Scope, ref.Address) {
			if !strings.HasPrefix(r.Type, "AWS::") && !strings.HasPrefix(r.SourceType, "aws_") {
				c.visit(r, r.Properties, depth-1)
			}
		}
	}
}

// Unpack calls visit with a text that runs at a machine's start and with everything encoded in it: base64, gzip, MIME
// parts, cloud-init and Ignition documents, within the bounds of this file.
func Unpack(text string, visit func(plain string)) {
	budget := maxUserData
	unpack(text, maxNesting, &budget, visit)
}
