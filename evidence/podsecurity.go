package evidence

import (
	"slices"
	"strings"

	"github.com/onus-dev/onus/inventory"
)

// maxPodContainers bounds the containers of one pod that are looked at.
const maxPodContainers = 100

// podSecurity derives onus::PodSecurity: what a pod may do on its node, wherever its kind keeps the pod template.
//
// Fields bear Kubernetes' own names and hold what is in force: a container's setting, else the pod's, else Kubernetes'
// default (Kubernetes documentation, "Configure a Security Context for a Pod or Container"). Those that are no field of
// Kubernetes': root is true when nothing keeps a container from running as user 0; pinned is true when an image is named
// by a digest or by a tag other than latest; windows is true for pods of Windows, to which most does not apply;
// runtimeSocket is true when a volume holds the socket of the container engine, or a directory around it.
func (d *Dossier) podSecurity() Part {
	root, spec, ok := d.podOf()
	if !ok {
		return Part{}
	}
	if spec.IsUnknown() {
		return Part{Value: spec, Why: spec.Unresolved(), Resources: []*inventory.Resource{root}}
	}
	paths, socket := hostPaths(spec)
	containers := inventory.UnknownValue(spec.Origin(), spec.Get("containers").Unresolved()...)
	if main := spec.Get("containers"); !main.IsUnknown() {
		all := slices.Concat(main.List(), spec.Get("initContainers").List())
		var items []inventory.Value
		for _, c := range all[:min(len(all), maxPodContainers)] {
			items = append(items, containerSecurity(c, spec))
		}
		containers = inventory.ListValue(items, main.Origin())
	}
	return Part{Resources: []*inventory.Resource{root}, Value: fact(
		property("kind", inventory.StringValue(root.Type, root.Origin)),
		property("hostNetwork", orBool(spec.Get("hostNetwork"), false, spec)),
		property("hostPID", orBool(spec.Get("hostPID"), false, spec)),
		property("hostIPC", orBool(spec.Get("hostIPC"), false, spec)),
		property("hostPaths", paths),
		property("runtimeSocket", socket),
		property("sysctls", names(spec.Get("securityContext.sysctls"), "name")),
		property("windows", onWindows(spec)),
		property("containers", containers),
	)}
}

// names lists one text of each member of a list of objects.
func names(v inventory.Value, field string) inventory.Value {
	if v.Kind() != inventory.List {
		return v
	}
	items := make([]inventory.Value, 0, len(v.List()))
	for _, item := range v.List() {
		items = append(items, item.Get(field))
	}
	return inventory.ListValue(items, v.Origin())
}

// hostPaths are the directories of the node that the pod mounts.
func hostPaths(spec inventory.Value) (paths, socket inventory.Value) {
	volumes := spec.Get("volumes")
	if volumes.IsUnknown() {
		return volumes, volumes
	}
	var items []inventory.Value
	socket = inventory.BoolValue(false, spec.Origin())
	for _, v := range volumes.List() {
		at := v.Get("hostPath.path")
		if v.IsUnknown() {
			at = v
		}
		if at.IsNull() {
			continue
		}
		items = append(items, at)
		text, known := at.Text()
		switch {
		case known && holdsSocket(text):
			socket = inventory.BoolValue(true, at.Origin())
		case !known && !socket.IsUnknown():
			if is, _ := socket.Bool(); !is {
				socket = at
			}
		}
	}
	return inventory.ListValue(items, spec.Origin()), socket
}

// holdsSocket reports a path that is, or holds, the socket of a container engine: who has it commands the node.
func holdsSocket(p string) bool {
	p = strings.TrimSuffix(p, "/")
	switch p {
	case "", "/var", "/run", "/var/run", "/run/containerd", "/var/run/containerd", "/run/dockershim", "/run/crio", "/var/run/crio":
		return true
	}
	for _, socket := range []string{"docker.sock", "containerd.sock", "crio.sock", "dockershim.sock"} {
		if strings.HasSuffix(p, "/"+socket) {
			return true
		}
	}
	return false
}

// onWindows tells pods of Windows by os.name and by the node selector.
func onWindows(spec inventory.Value) inventory.Value {
	for _, v := range []inventory.Value{spec.Get("os.name"), labelled(spec.Get("nodeSelector"), "kubernetes.io/os")} {
		if text, ok := v.Text(); ok {
			return inventory.BoolValue(strings.EqualFold(text, "windows"), v.Origin())
		}
	}
	return inventory.BoolValue(false, spec.Origin())
}

// containerSecurity is what is in force for one container.
func containerSecurity(c, spec inventory.Value) inventory.Value {
	if c.IsUnknown() {
		return c
	}
	own, pod := c.Get("securityContext"), spec.Get("securityContext")
	either := func(name string) inventory.Value {
		if v := own.Get(name); !v.IsNull() {
			return v
		}
		return pod.Get(name)
	}
	privileged := orBool(own.Get("privileged"), false, c)
	added := own.Get("capabilities.add")
	return inventory.MapValue([]inventory.Property{
		property("name", c.Get("name")),
		property("image", c.Get("image")),
		property("pinned", pinned(c.Get("image"))),
		property("privileged", privileged),
		property("allowPrivilegeEscalation", orBool(own.Get("allowPrivilegeEscalation"), true, c)),
		property("capabilitiesAdded", capabilities(added)),
		property("dropsAll", dropsAll(own.Get("capabilities.drop"), c)),
		property("root", mayBeRoot(either("runAsNonRoot"), either("runAsUser"), c)),
		property("readOnlyRootFilesystem", orBool(own.Get("readOnlyRootFilesystem"), false, c)),
		property("seccomp", either("seccompProfile").Get("type")),
		property("procMount", own.Get("procMount")),
		property("hostPort", anyHostPort(c)),
		property("memoryLimit", resource(c, "limits", "memory")),
		property("memoryRequest", resource(c, "requests", "memory", "limits")),
		property("cpuRequest", resource(c, "requests", "cpu", "limits")),
		property("readiness", probe(c, "readinessProbe")),
	}, c.Origin())
}

// capabilities are the names of added capabilities in upper case, without the prefix that some write.
func capabilities(v inventory.Value) inventory.Value {
	if v.Kind() != inventory.List {
		return v
	}
	items := make([]inventory.Value, 0, len(v.List()))
	for _, item := range v.List() {
		if text, ok := item.Text(); ok {
			item = inventory.StringValue(strings.TrimPrefix(strings.ToUpper(text), "CAP_"), item.Origin())
		}
		items = append(items, item)
	}
	return inventory.ListValue(items, v.Origin())
}

func dropsAll(v, at inventory.Value) inventory.Value {
	if v.IsUnknown() {
		return v
	}
	unknown := inventory.Value{}
	for _, item := range v.List() {
		if text, ok := item.Text(); ok && strings.EqualFold(text, "ALL") {
			return inventory.BoolValue(true, item.Origin())
		}
		if item.IsUnknown() {
			unknown = item
		}
	}
	if unknown.IsUnknown() {
		return unknown
	}
	return inventory.BoolValue(false, at.Origin())
}

// mayBeRoot is false when runAsNonRoot is set or another user is named; the image decides otherwise, and may choose root.
func mayBeRoot(nonRoot, user, at inventory.Value) inventory.Value {
	if is, ok := nonRoot.Bool(); ok && is {
		return inventory.BoolValue(false, nonRoot.Origin())
	}
	if id, ok := user.Number(); ok && id > 0 {
		return inventory.BoolValue(false, user.Origin())
	}
	for _, v := range []inventory.Value{nonRoot, user} {
		if v.IsUnknown() {
			return v
		}
	}
	if !user.IsNull() {
		at = user
	}
	return inventory.BoolValue(true, at.Origin())
}

// pinned reports whether an image is named by a digest, or by a tag that says a version.
func pinned(image inventory.Value) inventory.Value {
	text, ok := image.Text()
	if !ok {
		if image.IsNull() {
			return image
		}
		if partial := image.Partial(); strings.Contains(partial, "@sha256:") {
			return inventory.BoolValue(true, image.Origin())
		}
		return image
	}
	name, _, digest := strings.Cut(text, "@")
	_, tag, tagged := strings.Cut(name[strings.LastIndexByte(name, '/')+1:], ":")
	return inventory.BoolValue(digest || tagged && tag != "latest" && tag != "", image.Origin())
}

func anyHostPort(c inventory.Value) inventory.Value {
	ports := c.Get("ports")
	if ports.IsUnknown() {
		return ports
	}
	for _, p := range ports.List() {
		v := p.Get("hostPort")
		if n, ok := v.Number(); ok && n > 0 || v.IsUnknown() {
			return orUnknown(v)
		}
	}
	return inventory.BoolValue(false, c.Origin())
}

func orUnknown(v inventory.Value) inventory.Value {
	if v.IsUnknown() {
		return v
	}
	return inventory.BoolValue(true, v.Origin())
}

// resource reports whether a container asks for, or is held to, an amount. A limit stands for a request as well.
func resource(c inventory.Value, list, name string, also ...string) inventory.Value {
	for _, l := range append([]string{list}, also...) {
		of := c.Get("resources").Get(l)
		v := of.Get(name)
		if of.IsUnknown() || v.IsUnknown() {
			return inventory.UnknownValue(of.Origin(), of.Unresolved()...)
		}
		if !v.IsNull() {
			return inventory.BoolValue(true, v.Origin())
		}
	}
	return inventory.BoolValue(false, c.Origin())
}

// probe reports whether a probe is set.
func probe(c inventory.Value, name string) inventory.Value {
	v := c.Get(name)
	switch {
	case v.IsUnknown():
		return v
	case v.IsNull():
		return inventory.BoolValue(false, c.Origin())
	}
	return inventory.BoolValue(true, v.Origin())
}
