package host

import (
	"strings"

	"github.com/onus-dev/onus/document"
)

// kubeletConfigs are where distributions keep kubelet's configuration: EKS on Amazon Linux 2023 and 2, kubeadm,
// Bottlerocket.
const kubeletConfigs = "etc/kubernetes/kubelet/config.json etc/kubernetes/kubelet/kubelet-config.json var/lib/kubelet/config.yaml etc/kubernetes/kubelet/config"

// kubeletPlaces are where its binary lies.
const kubeletPlaces = "usr/bin/kubelet usr/local/bin/kubelet"

// kubeletFields are the settings by their path in the configuration, with the defaults that kubelet gives a configuration
// file (they are stricter than those of its flags), and the flag that overrides each.
var kubeletFields = []struct {
	name, path, def, flag string
}{
	{"anonymousAuth", "authentication.anonymous.enabled", "false", "anonymous-auth"},
	{"authorizationMode", "authorization.mode", "Webhook", "authorization-mode"},
	{"readOnlyPort", "readOnlyPort", "0", "read-only-port"},
	{"rotateCertificates", "rotateCertificates", "false", "rotate-certificates"},
	{"protectKernelDefaults", "protectKernelDefaults", "false", "protect-kernel-defaults"},
}

func (m *machine) kubelet() Kubelet {
	var k Kubelet
	data, name, ok := m.read(itemKubelet, strings.Fields(kubeletConfigs)...)
	binary, present := m.any(itemKubelet, strings.Fields(kubeletPlaces)...)
	switch {
	case present:
		k.Present = Fact{Yes, "kubelet is installed.", "/" + binary}
	case ok:
		k.Present = Fact{Yes, "kubelet has a configuration.", "/" + name}
	case m.missed(itemKubelet):
		k.Present = Fact{Unknown, "The places of kubelet could not be read.", ""}
	default:
		k.Present = Fact{No, "There is no kubelet at its usual places.", ""}
	}
	if !ok {
		return k
	}
	k.Config = "/" + name
	values, err := ReadKubelet(name, data)
	if err != "" {
		m.miss(itemKubelet, "/"+name, err)
		return k
	}
	if len(m.names(itemKubelet, name+".d")) > 0 {
		m.miss(itemKubelet, "/"+name+".d", "files that add to the configuration are not read, so that no setting is told")
		return k
	}
	flags, seen := m.kubeletFlags()
	if !seen {
		m.miss(itemKubelet, "/proc", "the flags of the running kubelet, which override its configuration, are not shown")
		return k
	}
	for _, f := range kubeletFields {
		s := Setting{f.name, f.def, "default"}
		if v, set := values[f.name]; set {
			s.Value, s.From = v, "/"+name
		}
		if v, set := flags[f.flag]; set {
			s.Value, s.From = v, "command line"
		}
		k.Settings = append(k.Settings, s)
	}
	return k
}

// ReadKubelet reads the settings of kubelet's configuration, YAML or JSON, by their names in a Document; what is not
// set is left out. problem is what is wrong with the file.
func ReadKubelet(name string, data []byte) (values map[string]string, problem string) {
	docs, diags := document.Parse(name, data, document.Options{Noun: "configuration of kubelet"})
	if diags.HasErrors() || len(docs) == 0 {
		return nil, "it is no YAML or JSON that can be read"
	}
	values = map[string]string{}
	for _, f := range kubeletFields {
		if s, ok := docs[0].At(strings.Split(f.path, ".")...).Scalar(); ok {
			values[f.name] = clean(s)
		}
	}
	return values, ""
}

// kubeletFlags are the flags of the running kubelet that override its configuration; nothing else of its command line is
// kept.
func (m *machine) kubeletFlags() (out map[string]string, seen bool) {
	out = map[string]string{}
	list, seen := m.processes("kubelet")
	for _, pid := range list {
		data, err := m.data("proc/"+pid+"/cmdline", MaxFile)
		if err != nil {
			return nil, false
		}
		for arg := range strings.SplitSeq(string(data), "\x00") {
			name, value, has := strings.Cut(strings.TrimLeft(arg, "-"), "=")
			if !has {
				value = "true"
			}
			for _, f := range kubeletFields {
				if f.flag == name {
					out[name] = clean(value)
				}
			}
		}
	}
	return out, seen
}
