package host

import (
	"strconv"
	"strings"
	"time"
)

// core are the packages after whose update a restart is the sure way for it to take effect: those that the program
// needs-restarting of dnf and yum takes, by their names in each distribution.
const core = "glibc libc6 linux-firmware systemd libsystemd0 dbus dbus-broker dbus-daemon openssl-libs libssl1.1 libssl3 libssl3t64 gnutls libgnutls30 libgnutls30t64 microcode_ctl intel-microcode amd64-microcode"

// flags are files that packages of Debian and Ubuntu leave when a restart is due.
const rebootFlags = "run/reboot-required var/run/reboot-required"

// reboot says whether a restart is due.
func (m *machine) reboot(db *database, d *Document) Fact {
	if d.System.Container() {
		return Fact{Unknown, "This is the inside of a container: a restart of the machine below is not seen.", ""}
	}
	if name, ok := m.any(itemReboot, strings.Fields(rebootFlags)...); ok {
		text := "A package asked for a restart."
		if list, _, ok := m.read(itemReboot, name+".pkgs"); ok {
			text = "A restart is asked for by " + strings.Join(firstFields(string(list), 8), ", ") + "."
		}
		return Fact{Yes, text, "/" + name}
	}
	if d.Kernel.Current.Answer == No {
		return Fact{Yes, d.Kernel.Current.Because, d.Kernel.Current.Source}
	}
	if command, ok := m.program("needs-restarting"); ok {
		if f, told := m.needsRestarting(command); told {
			return f
		}
	}
	f := m.changedSinceStart(db)
	if f.Answer == No && d.Kernel.Current.Answer != Yes {
		return Fact{Unknown, "Whether a newer kernel is installed is not known.", ""}
	}
	return f
}

func (m *machine) needsRestarting(command string) (Fact, bool) {
	_, exit, err := m.ask(commandTime, command, "-r")
	source := command + " -r"
	switch {
	case err == nil && exit == 0:
		return Fact{No, "needs-restarting finds no core package that was updated since the start.", source}, true
	case err == nil && exit == 1:
		return Fact{Yes, "needs-restarting finds that core packages were updated since the start.", source}, true
	case err == nil:
		m.miss(itemReboot, source, "it ended with the status "+strconv.Itoa(exit))
	default:
		m.miss(itemReboot, source, err.Error())
	}
	return Fact{}, false
}

// changedSinceStart compares the start of the machine with when core packages were installed.
func (m *machine) changedSinceStart(db *database) Fact {
	start, ok := m.started()
	if !ok {
		return Fact{Unknown, "When the machine started could not be read.", ""}
	}
	changed, ok := m.modified(strings.TrimPrefix(db.place, "/"))
	switch {
	case db.manager == "" || !ok:
		return Fact{Unknown, "There is no package database that tells what was installed since the machine started.", ""}
	case changed.Before(start):
		return Fact{No, "Nothing was installed since the machine started.", db.place}
	case db.manager != "dpkg":
		return Fact{Unknown, "Packages were installed since the machine started; which ones is told by needs-restarting -r.", db.place}
	}
	var late []string
	for _, name := range strings.Fields(core) {
		if len(db.installed(name)) == 0 {
			continue
		}
		at, told := m.listed(db, name)
		if !told {
			return Fact{Unknown, "When " + name + " was installed could not be read.", "/var/lib/dpkg/info"}
		}
		if at.After(start) {
			late = append(late, name)
		}
	}
	if len(late) == 0 {
		return Fact{No, "No core package was installed since the machine started.", "/var/lib/dpkg/info"}
	}
	// Ubuntu's packages leave a flag when they need a restart; without the flag none of them does.
	if m.exists(itemReboot, "usr/share/update-notifier/notify-reboot-required") {
		return Fact{No, "Packages of this system ask for a restart by a flag, and there is none.", "/run/reboot-required"}
	}
	return Fact{Unknown, strings.Join(late, ", ") + " came after the machine's start: what runs may still use what they replaced.", "/var/lib/dpkg/info"}
}

// listed is when dpkg unpacked a package.
func (m *machine) listed(db *database, name string) (time.Time, bool) {
	names := []string{name + ".list"}
	for _, p := range db.installed(name) {
		names = append(names, name+":"+p.Property("architecture")+".list")
	}
	for _, n := range names {
		if at, ok := m.modified("var/lib/dpkg/info/" + n); ok {
			return at, true
		}
	}
	return time.Time{}, false
}

// started is when the machine started, by btime of /proc/stat.
func (m *machine) started() (time.Time, bool) {
	data, _, _ := m.read(itemReboot, "proc/stat")
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "btime "); ok {
			if n, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64); err == nil && n > 0 {
				return time.Unix(n, 0), true
			}
		}
	}
	return time.Time{}, false
}

// firstFields returns the first n different words of a text, cleaned.
func firstFields(s string, n int) []string {
	var out []string
	seen := map[string]bool{}
	for word := range strings.FieldsSeq(s) {
		if word = clean(word); !seen[word] && len(out) < n {
			seen[word] = true
			out = append(out, word)
		}
	}
	return out
}
