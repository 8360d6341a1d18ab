package host

import (
	"slices"
	"strings"
)

// clocks are the units that keep the clock.
var clocks = []string{"chronyd.service", "chrony.service", "systemd-timesyncd.service", "ntpd.service", "ntp.service", "ntpsec.service"}

// timeSync says whether something keeps the clock.
func (m *machine) timeSync() Fact {
	if name, ok := m.any(itemSettings, "run/systemd/timesync/synchronized"); ok {
		return Fact{Yes, "The clock is synchronized.", "/" + name}
	}
	if place, ok := m.enabled(itemSettings, clocks...); ok {
		return Fact{Yes, "A service that keeps the clock starts with the machine.", place}
	}
	if !m.exists(itemSettings, systemdUnits) {
		return Fact{Unknown, "What starts with the machine could not be read.", ""}
	}
	return Fact{No, "Neither chrony, systemd-timesyncd nor ntpd starts with the machine.", "/" + systemdUnits}
}

// disks says whether the kernel decrypts a disk. Volumes that EBS encrypts look like any other from inside.
func (m *machine) disks() Fact {
	for _, name := range m.names(itemSettings, "sys/block") {
		if !strings.HasPrefix(name, "dm-") {
			continue
		}
		if id := m.line(itemSettings, "sys/block/"+name+"/dm/uuid"); strings.HasPrefix(id, "CRYPT-") {
			return Fact{Yes, "The kernel decrypts a disk (dm-crypt).", "/sys/block/" + name + "/dm/uuid"}
		}
	}
	return Fact{Unknown, "The kernel decrypts no disk; whether EBS or the disk itself does is not seen from inside.", ""}
}

// shared are directories in which every user may write.
var shared = []string{"/tmp", "/var/tmp", "/dev/shm", "/home"}

// mounts tells how the shared directories are mounted that have a file system of their own.
func (m *machine) mounts() []Mount {
	data, _, _ := m.read(itemSettings, "proc/1/mounts", "proc/mounts")
	out := []Mount{}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) < 4 || !slices.Contains(shared, f[1]) {
			continue
		}
		opts := strings.Split(f[3], ",")
		mount := Mount{Path: f[1], Type: clean(f[2]), NoExec: slices.Contains(opts, "noexec"), NoSUID: slices.Contains(opts, "nosuid"), NoDev: slices.Contains(opts, "nodev")}
		out = slices.DeleteFunc(out, func(o Mount) bool { return o.Path == mount.Path }) // the last mount hides the others
		out = append(out, mount)
	}
	slices.SortFunc(out, func(a, b Mount) int { return strings.Compare(a.Path, b.Path) })
	return out
}
