package host

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/onus-dev/onus/vulndb/osv"
	"github.com/onus-dev/onus/vulndb/updateinfo"
)

// rpmPending matches what is installed with the advisories in the cache of dnf or yum, or asks dnf, from its cache alone.
func (m *machine) rpmPending(db *database, s System) Pending {
	repos := m.cachedRepos()
	day := oldest(repos)
	locked := ""
	if s.ID == "amzn" && strings.HasPrefix(s.Version, "2023") && !m.followsLatest() {
		locked = "No security update is pending in the release that the repositories are locked to, as Amazon Linux 2023 does by default; whether a later release has some is told by `dnf check-release-update`."
	}
	if s.ID == "amzn" {
		if list, source, ok := m.fromAdvisories(db, repos, "Amazon Linux:"+majorOf(s.Version)); ok {
			return m.settle(list, false, day, source, locked)
		}
	}
	for _, q := range []struct{ command, args string }{
		{"dnf", "-q --cacheonly updateinfo list security"},
		{"dnf5", "-q --cacheonly advisory list --security"},
		{"yum", "-q --cacheonly updateinfo list security"},
	} {
		if list, source, ok := m.askDNF(db, q.command, q.args); ok {
			return m.settle(list, false, day, source, locked)
		}
	}
	if len(repos) == 0 {
		return unknownPending("There is no cache of the repositories: `dnf makecache` has not run, or only for another user.", "/var/cache/dnf")
	}
	return unknownPending("The cache of the repositories holds no advisories that could be read.", "/var/cache/dnf")
}

func majorOf(version string) string {
	major, _, _ := strings.Cut(version, ".")
	return major
}

// followsLatest reports whether Amazon Linux 2023 is set to take the newest release.
func (m *machine) followsLatest() bool {
	return m.line(itemUpdates, "etc/dnf/vars/releasever") == "latest"
}

// repo is a repository in the cache.
type repo struct {
	dir string
	day time.Time
}

// cachedRepos finds the repositories in the cache: /var/cache/dnf/NAME-HASH/repodata, /var/cache/yum/ARCH/RELEASE/NAME.
func (m *machine) cachedRepos() []repo {
	var dirs []string
	for _, name := range m.names(itemUpdates, "var/cache/dnf") {
		dirs = append(dirs, "var/cache/dnf/"+name+"/repodata")
	}
	for _, name := range m.names(itemUpdates, "var/cache/libdnf5") {
		dirs = append(dirs, "var/cache/libdnf5/"+name+"/repodata")
	}
	const yum = "var/cache/yum"
	for _, arch := range m.names(itemUpdates, yum) {
		for _, release := range m.subdirs(yum + "/" + arch) {
			for _, name := range m.subdirs(yum + "/" + arch + "/" + release) {
				dirs = append(dirs, yum+"/"+arch+"/"+release+"/"+name)
			}
		}
	}
	var out []repo
	for _, dir := range dirs {
		if !m.exists(itemUpdates, dir+"/repomd.xml") {
			continue
		}
		data, _, ok := m.read(itemUpdates, dir+"/repomd.xml")
		if !ok {
			continue
		}
		r := repo{dir, repomdDay(data)}
		for _, name := range []string{"repomd.xml", "cachecookie"} { // written when the cache was filled or found fresh
			if at, ok := m.modified(dir + "/" + name); ok && at.After(r.day) {
				r.day = at
			}
		}
		out = append(out, r)
	}
	return out
}

// subdirs lists a directory of the cache; a file gives nothing.
func (m *machine) subdirs(dir string) []string {
	real, err := m.resolve(dir)
	if err != nil {
		return nil
	}
	if info, err := m.root.Lstat(real); err != nil || !info.IsDir() {
		return nil
	}
	return m.names(itemUpdates, dir)
}

var revision = regexp.MustCompile(`<revision>\s*(\d{9,11})\s*</revision>`)

// repomdDay is when a repository was made, by the revision of repomd.xml, which most tools set to the time.
func repomdDay(data []byte) time.Time {
	found := revision.FindSubmatch(data)
	if found == nil {
		return time.Time{}
	}
	n, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// oldest is the oldest day of the repositories; zero when one has none.
func oldest(repos []repo) time.Time {
	var day time.Time
	for i, r := range repos {
		if r.day.IsZero() {
			return r.day
		}
		if i == 0 || r.day.Before(day) {
			day = r.day
		}
	}
	return day
}

// fromAdvisories reads the advisories of every repository in the cache. ok is false when there are none to read.
func (m *machine) fromAdvisories(db *database, repos []repo, eco string) (list []Update, source string, ok bool) {
	pending := map[string]Update{}
	for _, r := range repos {
		for _, name := range m.names(itemUpdates, r.dir) {
			if !strings.HasSuffix(name, "updateinfo.xml.gz") && !strings.HasSuffix(name, "updateinfo.xml") {
				continue
			}
			place := r.dir + "/" + name
			data, err := m.data(place, MaxData)
			if err == nil && strings.HasSuffix(name, ".gz") {
				data, err = gunzip(data)
			}
			if err == nil {
				_, err = updateinfo.Read(bytes.NewReader(data), func(rec *osv.Record) error { addPending(pending, db, rec, eco); return nil })
			}
			if err != nil {
				m.note(itemUpdates, place, err)
				return nil, "", false
			}
			source, ok = "/"+place, true
		}
	}
	for _, u := range pending {
		list = append(list, u)
	}
	return list, source, ok
}

// addPending adds the packages of an advisory that are installed in an older version. Of a package that is installed in
// several versions, as kernels are, the newest counts.
func addPending(pending map[string]Update, db *database, rec *osv.Record, eco string) {
	for _, a := range rec.Affected {
		p, have := db.newest(a.Name)
		if !have || a.Ecosystem != eco {
			continue
		}
		for _, rg := range a.Ranges {
			for _, e := range rg.Events {
				if c, ok := db.compare(p.Version, e.Version); e.Kind != osv.Fixed || !ok || c >= 0 {
					continue
				}
				old, seen := pending[a.Name]
				if c, ok := db.compare(old.Candidate, e.Version); seen && (!ok || c >= 0) {
					continue
				}
				pending[a.Name] = Update{Name: a.Name, Installed: p.Version, Candidate: clean(e.Version), Security: true, Advisory: clean(rec.ID)}
			}
		}
	}
}

// askDNF asks dnf or yum. It reads its cache only; run by another user than root it has one of its own, which may be empty.
func (m *machine) askDNF(db *database, name, args string) ([]Update, string, bool) {
	command, ok := m.program(name)
	if !ok {
		return nil, "", false
	}
	source := command + " " + args
	out, exit, err := m.ask(commandTime, command, strings.Fields(args)...)
	if err != nil || exit != 0 {
		if err == nil {
			err = fmt.Errorf("it ended with the status %d", exit)
		}
		m.miss(itemUpdates, source, err.Error())
		return nil, "", false
	}
	list := ReadDNFAdvisories(out)
	for i := range list {
		if p, have := db.newest(list[i].Name); have {
			list[i].Installed = p.Version
		}
	}
	return list, source, true
}

// nevra takes "openssl-libs-1:3.0.8-1.amzn2023.0.10.x86_64" apart.
var nevra = regexp.MustCompile(`^(.+)-((?:\d+:)?[^-\s]+-[^-\s]+)\.(noarch|x86_64|aarch64|i686|i386|s390x|ppc64le|src)$`)

// ReadDNFAdvisories reads what `dnf updateinfo list security` prints, in the form of dnf and yum (id, severity, package)
// and in that of dnf5 (id, type, severity, package, day). A package that several advisories name is listed once with the
// last version, which dnf puts last.
func ReadDNFAdvisories(out []byte) []Update {
	at := map[string]int{}
	var list []Update
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 3 || strings.EqualFold(fields[0], "name") {
			continue
		}
		for _, f := range fields[2:min(len(fields), 5)] {
			found := nevra.FindStringSubmatch(f)
			if found == nil {
				continue
			}
			u := Update{Name: clean(found[1]), Candidate: clean(found[2]), Security: true, Advisory: clean(fields[0])}
			if i, seen := at[u.Name]; seen {
				list[i] = u
			} else {
				at[u.Name] = len(list)
				list = append(list, u)
			}
			break
		}
	}
	return list
}
