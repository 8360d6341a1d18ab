package host

import (
	"regexp"
	"strings"

	"github.com/onus-dev/onus/software/gobinary"
)

// component says by which packages, binaries and processes a component is known.
type component struct {
	name     string
	packages []string
	binaries []string
	// args asks the binary for its version; nil when it is not asked.
	args []string
	// process is the name that the kernel shows, 15 characters at most; empty when it does not run for long.
	process string
}

var components = []component{
	{"containerd", []string{"containerd", "containerd.io"}, []string{"usr/bin/containerd", "usr/local/bin/containerd", "bin/containerd"}, []string{"--version"}, "containerd"},
	{"runc", []string{"runc"}, []string{"usr/bin/runc", "usr/sbin/runc", "usr/local/sbin/runc", "usr/local/bin/runc"}, []string{"--version"}, ""},
	{"docker", []string{"docker", "docker-ce", "docker.io", "moby-engine"}, []string{"usr/bin/dockerd", "usr/local/bin/dockerd"}, []string{"--version"}, "dockerd"},
	{"cri-o", []string{"cri-o"}, []string{"usr/bin/crio", "usr/local/bin/crio"}, []string{"--version"}, "crio"},
	{"podman", []string{"podman"}, []string{"usr/bin/podman"}, []string{"--version"}, ""},
	{"kubelet", []string{"kubelet"}, []string{"usr/bin/kubelet", "usr/local/bin/kubelet"}, []string{"--version"}, "kubelet"},
	{"ecs-agent", []string{"ecs-init", "amazon-ecs-init"}, []string{"usr/libexec/amazon-ecs-init"}, []string{"-version"}, "amazon-ecs-init"},
	{"ssm-agent", []string{"amazon-ssm-agent"}, []string{"usr/bin/amazon-ssm-agent"}, []string{"-version"}, "amazon-ssm-agen"},
}

// software finds the container engine and agents: in the package database first, then as binaries of their own.
func (m *machine) software(db *database, pending Pending) []Component {
	out := []Component{}
	for _, c := range components {
		found, ok := m.packaged(db, c, pending)
		if !ok {
			found, ok = m.binary(c)
		}
		if ok {
			found.Restart = m.replaced(c)
			out = append(out, found)
		}
	}
	return out
}

// packaged takes a component from the package database. The list of pending updates says whether there is a newer one:
// apt's list of a simulation holds every update, others hold those for security.
func (m *machine) packaged(db *database, c component, pending Pending) (Component, bool) {
	for _, name := range c.packages {
		p, ok := db.newest(name)
		if !ok {
			continue
		}
		out := Component{Name: c.name, Package: name, Version: clean(p.Version), From: db.manager}
		out.Newest, out.Candidate = newest(name, pending)
		return out, true
	}
	if version := m.snapVersion(c); version != "" {
		return Component{Name: c.name, Package: c.packages[0], Version: version, From: "snap", Newest: Fact{Unknown, "Snaps update themselves; whether a newer one is out is not told here.", ""}}, true
	}
	return Component{}, false
}

func newest(name string, pending Pending) (Fact, string) {
	for _, u := range pending.Packages {
		if u.Name != name {
			continue
		}
		if u.Security {
			return Fact{No, "A security update is pending.", pending.Source}, u.Candidate
		}
		return Fact{No, "A newer version is out; the lists do not mark it as a security update.", pending.Source}, u.Candidate
	}
	switch {
	case pending.Lists == "" || len(pending.Packages) == MaxListed:
		return Fact{Unknown, "The package lists do not tell whether there is a newer one.", pending.Source}, ""
	case pending.Answer == Unknown:
		return Fact{Unknown, pending.Because, pending.Source}, ""
	case pending.All < 0 && !distributionPackage(name):
		return Fact{Unknown, "It does not come from the distribution, whose advisories are all that was read.", pending.Source}, ""
	case pending.All < 0:
		return Fact{Yes, "The advisories of " + pending.Lists + " name no fix that is newer.", pending.Source}, ""
	}
	return Fact{Yes, "The package lists of " + pending.Lists + " have nothing newer.", pending.Source}, ""
}

// distributionPackage tells packages of distributions from those that projects publish themselves, whose repositories
// have no advisories.
func distributionPackage(name string) bool {
	switch name {
	case "containerd.io", "docker-ce", "moby-engine", "kubelet", "cri-o":
		return false
	}
	return true
}

func (m *machine) snapVersion(c component) string {
	data, _, ok := m.read(itemRuntime, "snap/"+c.packages[0]+"/current/meta/snap.yaml")
	if !ok {
		return ""
	}
	for line := range strings.Lines(string(data)) {
		if v, found := strings.CutPrefix(line, "version:"); found {
			return clean(strings.Trim(strings.TrimSpace(v), `"'`))
		}
	}
	return ""
}

// binary tells the version of a binary that no package brings: what it says itself when commands are allowed, else what
// the Go linker put in.
func (m *machine) binary(c component) (Component, bool) {
	name, ok := m.any(itemRuntime, c.binaries...)
	if !ok {
		return Component{}, false
	}
	out := Component{Name: c.name, From: "/" + name, Newest: Fact{Unknown, "No package database has it, so that nothing tells whether there is a newer one.", ""}}
	if m.commands && c.args != nil {
		text, exit, err := m.ask(versionTime, "/"+name, c.args...)
		if v := ReadVersion(text); err == nil && exit == 0 && v != "" {
			out.Version, out.From = v, "/"+name+" "+strings.Join(c.args, " ")
			return out, true
		}
	}
	f, _, err := m.open(name)
	if err != nil {
		m.note(itemRuntime, name, err)
		return out, true
	}
	defer f.Close()
	for _, p := range gobinary.Read("/"+name, f) {
		if p.Kind == "binary" && p.Version != "" && p.Version != "(devel)" {
			out.Version, out.From = clean(p.Version), "build information of /"+name
		}
	}
	if out.Version == "" {
		m.miss(itemRuntime, "/"+name, "it does not tell its version without being run")
	}
	return out, true
}

var versionWord = regexp.MustCompile(`\bv?(\d+\.\d+(?:\.\d+)*(?:[-+~][0-9A-Za-z.+~-]+)?)\b`)

// ReadVersion finds the version in what a binary prints for --version: "containerd github.com/containerd/containerd
// 1.7.23 57f17b0", "Kubernetes v1.31.2-eks-94953ac", "runc version 1.1.14". Empty when there is none.
func ReadVersion(out []byte) string {
	line, _, _ := strings.Cut(string(out), "\n")
	found := versionWord.FindStringSubmatch(line)
	if found == nil {
		return ""
	}
	return clean(found[1])
}

// maxProcesses bounds how many processes are looked at.
const maxProcesses = 100_000

// processes are the ids of the processes of a name, in order. seen is false when those of others are not shown, or /proc is
// not there: the first process is everyone's mark for it.
func (m *machine) processes(name string) (out []string, seen bool) {
	if _, err := m.data("proc/1/comm", MaxFile); err != nil {
		return nil, false
	}
	n := 0
	for _, pid := range m.names(itemRuntime, "proc") {
		if pid[0] < '0' || pid[0] > '9' {
			continue
		}
		if n++; n > maxProcesses {
			break
		}
		comm, err := m.data("proc/"+pid+"/comm", MaxFile) // a process may have ended meanwhile
		if err == nil && strings.TrimSpace(string(comm)) == name {
			out = append(out, pid)
		}
	}
	return out, n <= maxProcesses
}

// replaced says whether a process of a component runs a binary that is not on disk any more, as after an update.
func (m *machine) replaced(c component) Fact {
	if c.process == "" {
		return Fact{No, "It runs only for as long as a container is started.", ""}
	}
	list, seen := m.processes(c.process)
	if len(list) == 0 && !seen {
		return Fact{Unknown, "The processes of the machine are not shown here.", "/proc"}
	}
	if len(list) == 0 {
		return Fact{No, "It does not run.", ""}
	}
	for _, pid := range list {
		name := "proc/" + pid + "/exe"
		target, err := m.root.Readlink(name)
		if err != nil {
			return Fact{Unknown, "Which binary the running process was started from is told to root only.", "/" + name}
		}
		if strings.HasSuffix(target, " (deleted)") {
			return Fact{Yes, "The running process was started from a binary that has been replaced.", "/" + name}
		}
	}
	return Fact{No, "The running process was started from the binary that is installed.", ""}
}
