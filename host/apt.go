package host

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/onus-dev/onus/software"
)

const aptLists = "var/lib/apt/lists"

// aptQuestion simulates an upgrade: nothing is locked, and no cache is written. dist-upgrade and not upgrade, since the fix
// of a kernel comes as a new package.
const aptQuestion = "-s -o Debug::NoLocking=true -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= dist-upgrade"

// aptPending asks apt-get what an upgrade would install, or reads the package lists as apt keeps them. Lists of a security
// suite must be there: without them nothing is ever pending.
func (m *machine) aptPending(db *database) Pending {
	releases, day := m.securityReleases()
	if len(releases) == 0 {
		return m.updateNotifier("There are no package lists of a security suite: `apt-get update` has not run, or its lists were removed.")
	}
	if command, ok := m.program("apt-get"); ok {
		source := command + " -s dist-upgrade"
		out, exit, err := m.ask(commandTime, command, strings.Fields(aptQuestion)...)
		if err == nil && exit == 0 {
			list, kept := ReadAptSimulation(out)
			return m.settle(list, true, day, source, keptBack(kept))
		}
		if err == nil {
			err = fmt.Errorf("it ended with the status %d", exit)
		}
		m.miss(itemUpdates, source, err.Error())
	}
	list, err := m.fromLists(db, releases)
	if err != nil {
		m.note(itemUpdates, aptLists, err)
		return m.updateNotifier("The package lists of the security suite could not be read: " + clean(err.Error()) + ".")
	}
	return m.settle(list, false, day, "/"+aptLists, "")
}

func keptBack(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "No security update would be installed, but updates are kept back: " + strings.Join(names[:min(len(names), 5)], ", ") + ". Whether they are for security is not told."
}

// securityReleases are the Release files of security suites with the oldest of their days.
func (m *machine) securityReleases() (prefixes []string, day time.Time) {
	for _, name := range m.names(itemUpdates, aptLists) {
		prefix, ok := strings.CutSuffix(name, "_InRelease")
		if !ok {
			prefix, ok = strings.CutSuffix(name, "_Release")
		}
		if !ok || !strings.Contains(prefix, "security") {
			continue
		}
		data, err := m.data(aptLists+"/"+name, MaxFile)
		if err != nil {
			m.note(itemUpdates, aptLists+"/"+name, err)
			continue
		}
		at := releaseDate(data)
		if day.IsZero() || at.Before(day) {
			day = at
		}
		prefixes = append(prefixes, prefix)
	}
	// Left by a hook after a whole update without errors; the mirror may have had nothing new for long.
	if at, ok := m.modified("var/lib/apt/periodic/update-success-stamp"); ok && at.After(day) && !day.IsZero() {
		day = at
	}
	return prefixes, day
}

// releaseDate reads the field Date of a Release file; zero when there is none.
func releaseDate(data []byte) time.Time {
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "Date: "); ok {
			if t, err := time.Parse(time.RFC1123, strings.TrimSpace(rest)); err == nil {
				return t
			}
		}
	}
	return time.Time{}
}

var instLine = regexp.MustCompile(`^Inst (\S+)(?: \[([^\]]*)\])? \((\S+) ([^\[\)]*)`)

// ReadAptSimulation reads what `apt-get -s dist-upgrade` prints: the packages that it would install, and those that it
// keeps back. An update is for security when one of its origins is a security suite ("Debian-Security:12/…",
// "Ubuntu:22.04/jammy-security"). Packages whose update Ubuntu rolls out in phases are not counted as kept back: security
// suites have none.
func ReadAptSimulation(out []byte) (list []Update, kept []string) {
	inKept := false
	for line := range strings.Lines(string(out)) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "  ") {
			if inKept && len(kept) < MaxListed {
				kept = append(kept, firstFields(line, MaxListed-len(kept))...)
			}
			continue
		}
		inKept = strings.HasPrefix(line, "The following packages have been kept back")
		found := instLine.FindStringSubmatch(line)
		if found == nil {
			continue
		}
		origin := strings.ToLower(found[4])
		list = append(list, Update{Name: clean(found[1]), Installed: clean(found[2]), Candidate: clean(found[3]), Security: strings.Contains(origin, "security")})
	}
	return list, kept
}

// fromLists compares what is installed with the packages of the security suites. Pins and held packages are not looked
// at: what a hold keeps from being installed is pending all the same.
func (m *machine) fromLists(db *database, releases []string) ([]Update, error) {
	best := map[string]string{} // by name and architecture
	read := 0
	for _, name := range m.names(itemUpdates, aptLists) {
		if !securityList(name, releases) {
			continue
		}
		data, err := m.unpacked(aptLists + "/" + name)
		if err != nil {
			return nil, err
		}
		read++
		if err := m.candidates(db, data, best); err != nil {
			return nil, err
		}
	}
	if read == 0 {
		return nil, errors.New("there is no list of packages beside the Release file")
	}
	var out []Update
	for key, candidate := range best {
		name, _, _ := strings.Cut(key, " ")
		p, _ := db.newest(name)
		out = append(out, Update{Name: name, Installed: p.Version, Candidate: candidate, Security: true})
	}
	return out, nil
}

func securityList(name string, releases []string) bool {
	for _, r := range releases {
		if rest, ok := strings.CutPrefix(name, r+"_"); ok && strings.Contains(rest, "_binary-") && strings.Contains(rest, "_Packages") {
			return true
		}
	}
	return false
}

// candidates adds what a list has that is newer than what is installed.
func (m *machine) candidates(db *database, data []byte, best map[string]string) error {
	return aptParagraphs(data, func(name, version, arch string) {
		for _, p := range db.installed(name) {
			if a := p.Property(software.PropArch); a != arch && arch != "all" && a != "all" {
				continue
			}
			if c, ok := db.compare(p.Version, version); !ok || c >= 0 {
				continue
			}
			key := name + " " + arch
			if old, have := best[key]; have {
				if c, ok := db.compare(old, version); !ok || c >= 0 {
					continue
				}
			}
			best[key] = clean(version)
		}
	})
}

// aptParagraphs visits the packages of a list.
func aptParagraphs(data []byte, visit func(name, version, arch string)) error {
	var name, version, arch string
	flush := func() {
		if name != "" && version != "" {
			visit(name, version, arch)
		}
		name, version, arch = "", "", ""
	}
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		data = rest
		if len(bytes.TrimSpace(line)) == 0 {
			flush()
			continue
		}
		key, value, _ := bytes.Cut(line, []byte(": "))
		switch string(key) {
		case "Package":
			name = string(value)
		case "Version":
			version = string(value)
		case "Architecture":
			arch = string(value)
		}
	}
	flush()
	return nil
}

// unpacked reads a list that is plain or gzip; apt can keep lists in other forms, which are left to apt-get.
func (m *machine) unpacked(name string) ([]byte, error) {
	data, err := m.data(name, MaxData)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.HasSuffix(name, "_Packages"):
		return data, nil
	case strings.HasSuffix(name, ".gz"):
		return gunzip(data)
	}
	return nil, fmt.Errorf("/%s is compressed in a form that is left to apt-get (without --no-commands)", name)
}

func gunzip(data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(z, MaxData+1))
	if err == nil && len(out) > MaxData {
		err = fmt.Errorf("it unpacks to more than the limit MaxData (%d MB)", MaxData>>20)
	}
	return out, err
}

var notifierLine = regexp.MustCompile(`(?m)^(\d+) (?:of these updates (?:is|are)|updates? (?:is|are)) (?:a )?(?:standard )?security updates?`)

// updateNotifier falls back to the count that Ubuntu prints at sign-in. It has no day: it proves that updates are pending,
// never that none is.
func (m *machine) updateNotifier(otherwise string) Pending {
	const name = "var/lib/update-notifier/updates-available"
	data, _, ok := m.read(itemUpdates, name)
	if n := ReadUpdatesAvailable(data); ok && n > 0 {
		return Pending{Fact: Fact{Yes, fmt.Sprintf("%s a pending security update, as the note for sign-in says.", count(n)), "/" + name}, Security: n, All: -1}
	}
	return unknownPending(otherwise, "/"+aptLists)
}

// ReadUpdatesAvailable reads the number of security updates from Ubuntu's note for sign-in; 0 when it names none.
func ReadUpdatesAvailable(data []byte) int {
	found := notifierLine.FindSubmatch(data)
	if found == nil {
		return 0
	}
	n := 0
	if _, err := fmt.Sscan(string(found[1]), &n); err != nil {
		return 0
	}
	return n
}
