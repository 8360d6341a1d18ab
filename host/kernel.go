package host

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/onus-dev/onus/software"
)

// rpmKernel names the packages whose version is a kernel's: kernel, kernel-core, Amazon Linux 2023's kernel6.12.
var rpmKernel = regexp.MustCompile(`^kernel([0-9]+\.[0-9]+)?(-core|-uek|-lt|-ml|-default)?$`)

// installedKernel is a kernel that could be started.
type installedKernel struct{ release, from string }

// kernel compares the running kernel with the newest that is installed. Inside of a container the running kernel is the
// machine's, and what is installed is not.
func (m *machine) kernel(db *database, container bool) Kernel {
	k := Kernel{Running: m.line(itemKernel, "proc/sys/kernel/osrelease")}
	if container {
		k.Current = Fact{Unknown, "This is the inside of a container: the kernel is that of the machine below, whose files are not seen.", ""}
		return k
	}
	for _, c := range append(m.kernelFiles(), kernelPackages(db)...) {
		if k.Newest == "" || compareKernels(k.Newest, c.release) < 0 {
			k.Newest, k.NewestFrom = c.release, c.from
		}
	}
	k.Current = m.kernelCurrent(k, db)
	return k
}

func (m *machine) kernelCurrent(k Kernel, db *database) Fact {
	switch {
	case k.Running == "":
		return Fact{Unknown, "The running kernel could not be read.", ""}
	case k.Newest == "":
		return Fact{Unknown, "No installed kernel was found in /boot, /lib/modules or the package database.", ""}
	case compareKernels(k.Running, k.Newest) < 0 && len(m.names(itemKernel, "sys/kernel/livepatch")) > 0:
		return Fact{Unknown, "The kernel " + k.Running + " runs with a live patch, and " + k.Newest + " is installed: which fixes the live patch brings is not told.", "/sys/kernel/livepatch"}
	case compareKernels(k.Running, k.Newest) < 0:
		return Fact{No, "The kernel " + k.Running + " runs and " + k.Newest + " is installed.", k.NewestFrom}
	}
	if built, installed, ok := m.rebuilt(k.Running, db); ok {
		return Fact{No, "The kernel " + k.Running + " runs as built by " + built + ", and its package is installed as " + installed + ".", db.place}
	}
	return Fact{Yes, "The kernel " + k.Running + " runs and no newer one is installed.", k.NewestFrom}
}

// kernelFiles are the kernels in /boot and the module trees that are whole.
func (m *machine) kernelFiles() []installedKernel {
	var out []installedKernel
	for _, name := range m.names(itemKernel, "boot") {
		for _, prefix := range []string{"vmlinuz-", "vmlinux-", "Image-"} {
			if release, ok := strings.CutPrefix(name, prefix); ok && isRelease(release) {
				out = append(out, installedKernel{release, "/boot/" + clean(name)})
			}
		}
	}
	for _, dir := range []string{"lib/modules", "usr/lib/modules"} {
		for _, release := range m.names(itemKernel, dir) {
			if isRelease(release) && (m.exists(itemKernel, dir+"/"+release+"/modules.order") || m.exists(itemKernel, dir+"/"+release+"/kernel")) {
				out = append(out, installedKernel{release, "/" + dir + "/" + release})
			}
		}
	}
	return out
}

// isRelease tells a kernel's release from rescue images and other files.
func isRelease(s string) bool {
	return len(s) < 128 && len(s) > 2 && s[0] >= '1' && s[0] <= '9' && strings.Contains(s, ".") && !strings.Contains(s, "rescue") && clean(s) == s
}

func kernelPackages(db *database) []installedKernel {
	var out []installedKernel
	for name, list := range db.byName {
		for _, p := range list {
			switch {
			case db.manager == "rpm" && rpmKernel.MatchString(name):
				release := withoutEpoch(p.Version)
				if arch := p.Property(software.PropArch); arch != "" {
					release += "." + arch
				}
				out = append(out, installedKernel{release, db.place})
			case db.manager == "dpkg" && strings.HasPrefix(name, "linux-image-"):
				release := strings.TrimPrefix(strings.TrimPrefix(name, "linux-image-"), "unsigned-")
				if isRelease(release) {
					out = append(out, installedKernel{release, db.place})
				}
			}
		}
	}
	return out
}

var debianBuild = regexp.MustCompile(`\bDebian ([0-9][0-9A-Za-z.+~-]*)`)

// rebuilt tells whether the package of the running kernel was replaced by another build of the same name. Debian's kernel
// says which build it is in /proc/version.
func (m *machine) rebuilt(running string, db *database) (built, installed string, ok bool) {
	found := debianBuild.FindStringSubmatch(m.line(itemKernel, "proc/version"))
	p, have := db.newest("linux-image-" + running)
	if found == nil || !have || p.Version == found[1] {
		return "", "", false
	}
	c, comparable := db.compare(found[1], p.Version)
	return found[1], p.Version, comparable && c < 0
}

// compareKernels orders two releases by their numbers up to the first part with letters: "6.1.0-28-cloud-amd64" is newer
// than "6.1.0-9-amd64", and flavours of one version are equal.
func compareKernels(a, b string) int {
	x, y := kernelNumbers(a), kernelNumbers(b)
	for i := range max(len(x), len(y)) {
		var p, q int
		if i < len(x) {
			p = x[i]
		}
		if i < len(y) {
			q = y[i]
		}
		if p != q {
			return p - q
		}
	}
	return 0
}

func kernelNumbers(release string) []int {
	var out []int
	for _, part := range strings.FieldsFunc(release, func(r rune) bool { return r == '.' || r == '-' || r == '_' || r == '+' || r == '~' }) {
		n, err := strconv.Atoi(part)
		if err != nil {
			break
		}
		out = append(out, n)
	}
	return out
}
