package host

import (
	"strings"
)

const systemdUnits = "etc/systemd/system"

// enabled reports whether systemd starts one of the units with the machine: a link of a target's ".wants" stands for it.
// What the distribution enables by a link below /usr/lib counts too, unless the unit is masked by a link to /dev/null.
func (m *machine) enabled(item string, units ...string) (place string, ok bool) {
	for _, unit := range units {
		if real, err := m.root.Readlink(systemdUnits + "/" + unit); err == nil && real == "/dev/null" {
			continue
		}
		for _, dir := range []string{systemdUnits, "usr/lib/systemd/system", "lib/systemd/system"} {
			for _, target := range []string{"multi-user", "timers", "sockets", "sysinit", "default", "basic", "network-online", "cloud-init"} {
				if name := dir + "/" + target + ".target.wants/" + unit; m.exists(item, name) {
					return "/" + name, true
				}
			}
		}
	}
	return "", false
}

// automatic says whether updates install themselves. The agent of Systems Manager is named as a way, but what Patch
// Manager is told to do is not on the machine: it alone leaves the answer unknown.
func (m *machine) automatic(s System, db *database) Automatic {
	var a Automatic
	sure := false
	for _, way := range []func(*database) (string, string, bool){m.unattendedUpgrades, m.dnfAutomatic, m.yumCron} {
		if text, source, ok := way(db); ok {
			a.Ways = append(a.Ways, text)
			if !sure {
				a.Fact, sure = Fact{Yes, text, source}, true
			}
		}
	}
	if text, ok := m.bottlerocketLock(s); ok {
		a.Ways = append(a.Ways, text)
		a.Fact, sure = Fact{Unknown, text + " Bottlerocket installs nothing by itself: its update operator or ECS updater does.", "/var/lib/bottlerocket"}, true
	}
	agent, present := m.ssmAgent(db)
	if present {
		a.Ways = append(a.Ways, "The agent of Systems Manager is installed ("+agent+"): Patch Manager may patch this machine.")
	}
	switch {
	case sure:
	case present:
		a.Fact = Fact{Unknown, "Nothing on the machine installs updates by itself; whether Patch Manager does is not told here.", ""}
	case m.missed(itemAutomatic):
		a.Fact = Fact{Unknown, "Some of the places that tell could not be read.", ""}
	case db.manager == "dpkg" || db.manager == "rpm":
		a.Fact = Fact{No, "Neither unattended-upgrades, dnf-automatic, yum-cron nor the agent of Systems Manager is set up.", ""}
	default:
		a.Fact = Fact{Unknown, "How this system updates itself is not known.", ""}
	}
	return a
}

func (m *machine) unattendedUpgrades(db *database) (text, source string, ok bool) {
	if len(db.installed("unattended-upgrades")) == 0 {
		return "", "", false
	}
	settings := map[string]string{}
	for _, name := range m.names(itemAutomatic, "etc/apt/apt.conf.d") {
		data, _, read := m.read(itemAutomatic, "etc/apt/apt.conf.d/"+name)
		if read {
			ReadAptConf(data, settings)
		}
	}
	if data, _, read := m.read(itemAutomatic, "etc/apt/apt.conf"); read {
		ReadAptConf(data, settings)
	}
	on := func(key string) bool { v := settings[key]; return v != "" && v != "0" && v != "never" }
	place, timer := m.enabled(itemAutomatic, "apt-daily-upgrade.timer")
	if !on("apt::periodic::unattended-upgrade") || !on("apt::periodic::update-package-lists") || settings["apt::periodic::enable"] == "0" || !timer {
		return "", "", false
	}
	return "unattended-upgrades installs updates by a timer.", place, true
}

// ReadAptConf adds the settings of a file in apt.conf(5)'s form to a map, with their names in lower case: both
// `A::B "1";` and `A { B "1"; };`. Later values win, as apt has it. Members of lists are left out.
func ReadAptConf(data []byte, into map[string]string) {
	var scope []string
	var name string
	for _, tok := range aptTokens(string(data)) {
		switch {
		case tok == "{":
			if len(scope) >= 64 {
				return
			}
			scope = append(scope, name)
			name = ""
		case tok == "}":
			if len(scope) > 0 {
				scope = scope[:len(scope)-1]
			}
			name = ""
		case tok == ";":
			name = ""
		case tok[0] == '"':
			if key := strings.ToLower(strings.Join(append(scope[:len(scope):len(scope)], name), "::")); name != "" {
				into[key] = clean(tok[1:])
			}
		default:
			name = tok
		}
	}
}

// aptTokens splits apt.conf into words, the marks { } ; and texts, which begin with a quote. Comments are left out.
func aptTokens(s string) []string {
	var out []string
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case strings.HasPrefix(s[i:], "//"), c == '#':
			i += len(s[i:]) - len(after(s[i:], "\n"))
		case strings.HasPrefix(s[i:], "/*"):
			i += len(s[i:]) - len(after(s[i:], "*/"))
		case c == '{' || c == '}' || c == ';':
			out = append(out, string(c))
			i++
		case c == '"':
			text, _, _ := strings.Cut(s[i+1:], `"`)
			out = append(out, `"`+text)
			i += len(text) + 2
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		default:
			end := i + 1
			for end < len(s) && !strings.ContainsRune(" \t\r\n{};\"", rune(s[end])) {
				end++
			}
			out = append(out, s[i:end])
			i = end
		}
	}
	return out
}

// after is what follows the first end, or nothing.
func after(s, end string) string {
	_, rest, _ := strings.Cut(s, end)
	return rest
}

func (m *machine) dnfAutomatic(*database) (text, source string, ok bool) {
	if place, on := m.enabled(itemAutomatic, "dnf-automatic-install.timer"); on {
		return "dnf-automatic installs updates by a timer.", place, true
	}
	place, on := m.enabled(itemAutomatic, "dnf-automatic.timer", "dnf5-automatic.timer")
	if !on {
		return "", "", false
	}
	data, _, _ := m.read(itemAutomatic, "etc/dnf/automatic.conf", "etc/dnf/dnf5-plugins/automatic.conf")
	if !truth(iniValue(data, "commands", "apply_updates")) {
		return "", "", false
	}
	return "dnf-automatic installs updates by a timer.", place, true
}

func (m *machine) yumCron(*database) (text, source string, ok bool) {
	place, on := m.enabled(itemAutomatic, "yum-cron.service")
	if !on {
		return "", "", false
	}
	data, _, _ := m.read(itemAutomatic, "etc/yum/yum-cron.conf")
	if !truth(iniValue(data, "commands", "apply_updates")) {
		return "", "", false
	}
	return "yum-cron installs updates every day.", place, true
}

func truth(s string) bool {
	switch strings.ToLower(s) {
	case "yes", "true", "1", "on":
		return true
	}
	return false
}

// iniValue reads a value of a section; the last wins.
func iniValue(data []byte, section, key string) string {
	in, value := "", ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			in = strings.Trim(line, "[]")
			continue
		}
		if k, v, ok := strings.Cut(line, "="); ok && in == section && strings.TrimSpace(k) == key {
			value = clean(v)
		}
	}
	return value
}

// bottlerocketLock reads which version Bottlerocket is held at. Its settings are files below the datastore, each with a
// JSON value.
func (m *machine) bottlerocketLock(s System) (string, bool) {
	if s.ID != "bottlerocket" {
		return "", false
	}
	lock := strings.Trim(m.line(itemAutomatic, "var/lib/bottlerocket/datastore/current/live/settings/updates/version-lock"), `"`)
	switch lock {
	case "":
		return "Which version Bottlerocket is held at could not be read.", true
	case "latest":
		return "Bottlerocket is set to take the latest version.", true
	}
	return "Bottlerocket is held at version " + lock + ".", true
}

// ssmAgent finds the agent of Systems Manager: a package, or Ubuntu's snap.
func (m *machine) ssmAgent(db *database) (string, bool) {
	if p, ok := db.newest("amazon-ssm-agent"); ok {
		return db.manager, p.Version != ""
	}
	if m.exists(itemAutomatic, "snap/amazon-ssm-agent/current") {
		return "snap", true
	}
	name, ok := m.any(itemAutomatic, "usr/bin/amazon-ssm-agent")
	return "/" + name, ok
}
