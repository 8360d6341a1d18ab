package host

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// Bounds of the configuration of sshd.
const (
	maxIncludes     = 16
	maxIncludeFiles = 256
)

// sshSettings are the settings that are told, in OpenSSH's spelling, with the defaults of OpenSSH 7.0 and later.
var sshSettings = []Setting{
	{"PermitRootLogin", "prohibit-password", ""}, {"PasswordAuthentication", "yes", ""}, {"KbdInteractiveAuthentication", "yes", ""},
	{"PermitEmptyPasswords", "no", ""}, {"PubkeyAuthentication", "yes", ""}, {"X11Forwarding", "no", ""}, {"MaxAuthTries", "6", ""},
	{"UsePAM", "no", ""},
}

// ssh reads the server's configuration. What the command line of the server or a Match block says is not looked at; the
// latter are counted.
func (m *machine) ssh(db *database) SSH {
	var s SSH
	for _, name := range []string{"openssh-server", "openssh-server-common"} {
		if p, ok := db.newest(name); ok && s.Version == "" {
			s.Version = p.Version
		}
	}
	binary, present := m.any(itemSSH, "usr/sbin/sshd", "usr/bin/sshd", "usr/local/sbin/sshd", "sbin/sshd")
	config := m.exists(itemSSH, "etc/ssh/sshd_config")
	switch {
	case present || s.Version != "":
		s.Present = Fact{Yes, "The server is installed.", "/" + binary}
		if !present {
			s.Present.Source = db.place
		}
	case m.missed(itemSSH):
		s.Present = Fact{Unknown, "The places of the server could not be read.", ""}
	case config:
		s.Present = Fact{Unknown, "There is a configuration, and no server at its usual places.", "/etc/ssh/sshd_config"}
	default:
		s.Present = Fact{No, "There is no server at its usual places, and no configuration.", ""}
		s.Enabled = Fact{No, s.Present.Because, ""}
		return s
	}
	s.Enabled = m.sshEnabled()
	r := &sshReader{m: m, set: map[string]Setting{}}
	if !config || !r.file("etc/ssh/sshd_config", 0) {
		return s
	}
	s.Conditional, s.Settings = r.matches, r.effective(s.Version)
	return s
}

func (m *machine) sshEnabled() Fact {
	if place, ok := m.enabled(itemSSH, "ssh.service", "sshd.service", "ssh.socket", "sshd.socket"); ok {
		return Fact{Yes, "It starts with the machine.", place}
	}
	list, seen := m.processes("sshd")
	switch {
	case len(list) > 0:
		return Fact{Yes, "It runs.", "/proc/" + list[0]}
	case !seen || m.missed(itemSSH) || !m.exists(itemSSH, systemdUnits):
		return Fact{Unknown, "Neither what runs nor what starts with the machine could be read in full.", ""}
	}
	return Fact{No, "It does not run, and no target of systemd wants it.", "/" + systemdUnits}
}

// sshReader reads sshd_config with what it includes. The first value of a setting wins.
type sshReader struct {
	m       *machine
	set     map[string]Setting
	matches int
	files   int
	inMatch bool
}

// file reads one file; false when something could not be read, after which no setting is sure.
func (r *sshReader) file(name string, depth int) bool {
	if r.files++; depth > maxIncludes || r.files > maxIncludeFiles {
		r.m.miss(itemSSH, "/"+name, fmt.Sprintf("more than %d files or %d levels of Include", maxIncludeFiles, maxIncludes))
		return false
	}
	data, _, ok := r.m.read(itemSSH, name)
	if !ok {
		return false
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		key, args := ReadSSHLine(line)
		switch {
		case key == "":
		case key == "match":
			r.inMatch = true
			r.matches++
		case key == "include":
			if !r.include(args, depth) {
				return false
			}
		case !r.inMatch && len(args) > 0:
			r.take(key, args[0], "/"+name+":"+strconv.Itoa(n))
		}
	}
	return true
}

// include reads the files of an Include, in order of their names. A Match block of an included file ends with it.
func (r *sshReader) include(patterns []string, depth int) bool {
	outer := r.inMatch
	for _, p := range patterns {
		if !path.IsAbs(p) {
			p = "/etc/ssh/" + p
		}
		dir, base := path.Split(strings.TrimPrefix(path.Clean(p), "/"))
		if strings.ContainsAny(dir, "*?[") {
			r.m.miss(itemSSH, clean(p), "a pattern of directories is not followed")
			return false
		}
		before := len(r.m.unread)
		for _, name := range r.m.names(itemSSH, path.Clean(dir)) {
			if ok, err := path.Match(base, name); err != nil || !ok {
				continue
			}
			r.inMatch = outer
			if !r.file(path.Join(dir, name), depth+1) {
				return false
			}
		}
		if len(r.m.unread) > before {
			return false
		}
	}
	r.inMatch = outer
	return true
}

func (r *sshReader) take(key, value, from string) {
	if key == "challengeresponseauthentication" { // the old name
		key = "kbdinteractiveauthentication"
	}
	for _, s := range sshSettings {
		if strings.ToLower(s.Name) != key {
			continue
		}
		if _, have := r.set[s.Name]; !have {
			value = strings.ToLower(clean(value))
			if value == "without-password" {
				value = "prohibit-password"
			}
			r.set[s.Name] = Setting{s.Name, value, from}
		}
	}
}

// effective adds the defaults. Before OpenSSH 7.0 root could sign in by default; without a version that setting is not
// told.
func (r *sshReader) effective(version string) []Setting {
	var out []Setting
	for _, s := range sshSettings {
		set, have := r.set[s.Name]
		if !have {
			set = Setting{s.Name, s.Value, "default"}
			if s.Name == "PermitRootLogin" {
				switch major := sshMajor(version); {
				case major == 0:
					continue
				case major < 7:
					set.Value = "yes"
				}
			}
		}
		out = append(out, set)
	}
	return out
}

// sshMajor is the major version of OpenSSH in a package's: "1:9.2p1-2+deb12u3" is 9; 0 when there is none.
func sshMajor(version string) int {
	head, _, _ := strings.Cut(withoutEpoch(version), ".")
	n, err := strconv.Atoi(head)
	if err != nil {
		return 0
	}
	return n
}

// ReadSSHLine splits a line of sshd_config into its keyword, in lower case, and arguments, without quotes and comments.
func ReadSSHLine(line string) (key string, args []string) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", nil
	}
	i := strings.IndexAny(line, " \t=\"")
	if i < 0 {
		return strings.ToLower(line), nil
	}
	key = strings.ToLower(line[:i])
	rest := strings.TrimLeft(line[i:], " \t")
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "="), " \t")
	for rest != "" && rest[0] != '#' {
		var arg string
		if rest[0] == '"' {
			arg, rest, _ = strings.Cut(rest[1:], `"`)
		} else if i := strings.IndexAny(rest, " \t"); i >= 0 {
			arg, rest = rest[:i], rest[i:]
		} else {
			arg, rest = rest, ""
		}
		args = append(args, arg)
		rest = strings.TrimLeft(rest, " \t")
	}
	return key, args
}
