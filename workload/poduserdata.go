package workload

import (
	"regexp"
	"strings"
)

// This file reads node labels and taints out of user data: the flags of kubelet, wherever a boot script, a NodeConfig
// or a cloud-init document carries them, and Bottlerocket's settings.

// maxNodeLabels bounds how many labels or taints are taken from the user data of one host.
const maxNodeLabels = 200

var (
	labelFlags  = regexp.MustCompile(`--node-labels[=\s]+\\?["']?([^"'\s\\]+)`)
	taintFlags  = regexp.MustCompile(`--register-with-taints[=\s]+\\?["']?([^"'\s\\]+)`)
	openFlags   = regexp.MustCompile(`(?i)kubelet[-_]extra[-_]args["']?[=\s]+["']?\$|registerWithTaints`)
	tomlSection = regexp.MustCompile(`(?m)^\s*\[settings\.kubernetes\.node-(labels|taints)\]\s*$`)
	tomlEntry   = regexp.MustCompile(`^\s*"?([^"=\s]+)"?\s*=\s*\[?\s*"([^"]*)"`)
)

// addUserData adds the labels and taints that user data gives a node. What cannot be read leaves both open.
func (f *finder) addUserData(h *podHost, sources []located) {
	for _, u := range sources {
		if u.Value.IsNull() {
			continue
		}
		if u.Value.ContainsUnknown() {
			h.leaveOpen()
		}
		for _, text := range f.userDataTexts(u.from, u.Value) {
			budget := maxUserData
			unpack(text, maxNesting, &budget, h.readFlags)
		}
	}
}

// leaveOpen notes that the nodes may have labels and taints that were not seen.
func (h *podHost) leaveOpen() {
	h.labels.open = true
	h.taints = append(h.taints, taint{unknown: true})
}

func (h *podHost) readFlags(text string) {
	if !strings.Contains(text, "ode-labels") && !strings.Contains(text, "aints") && !openFlags.MatchString(text) {
		return
	}
	for _, m := range labelFlags.FindAllStringSubmatch(text, maxNodeLabels) {
		for _, pair := range strings.Split(m[1], ",") {
			key, value, _ := strings.Cut(pair, "=")
			h.setLabel(key, value)
		}
	}
	for _, m := range taintFlags.FindAllStringSubmatch(text, maxNodeLabels) {
		for _, one := range strings.Split(m[1], ",") {
			key, rest, _ := strings.Cut(one, "=")
			if !strings.Contains(one, "=") {
				key, rest, _ = strings.Cut(one, ":")
				rest = ":" + rest
			}
			h.setTaint(key, rest)
		}
	}
	if openFlags.MatchString(text) {
		h.leaveOpen()
	}
	h.readTOML(text)
}

// setLabel notes a label; one with a piece of a template in it is unknown.
func (h *podHost) setLabel(key, value string) {
	switch {
	case strings.Contains(key, "$"), strings.Contains(key, "{{"):
		h.labels.open = true
	case len(h.labels.known) > maxNodeLabels || key == "":
	case strings.Contains(value, "$"), strings.Contains(value, "{{"):
		h.labels.known[canonical(key)] = label{state: labelUnknown}
	default:
		h.labels.known[canonical(key)] = exactly(value)
	}
}

// setTaint notes a taint written as "value:effect".
func (h *podHost) setTaint(key, rest string) {
	value, effect, _ := strings.Cut(rest, ":")
	if len(h.taints) > maxNodeLabels || key == "" {
		return
	}
	unknown := strings.ContainsAny(key+rest, "${")
	h.taints = append(h.taints, taint{key: key, value: value, effect: effectOf(effect), unknown: unknown})
}

// readTOML reads Bottlerocket's settings.kubernetes.node-labels and node-taints.
func (h *podHost) readTOML(text string) {
	for _, found := range tomlSection.FindAllStringSubmatchIndex(text, maxNodeLabels) {
		section := text[found[2]:found[3]]
		for _, line := range strings.Split(text[found[1]:], "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "[") {
				break
			}
			m := tomlEntry.FindStringSubmatch(line)
			switch {
			case m == nil:
			case section == "labels":
				h.setLabel(m[1], m[2])
			default:
				h.setTaint(m[1], m[2])
			}
		}
	}
}
