package host

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/onus-dev/onus/software"
	"github.com/onus-dev/onus/software/ospkg"
	"github.com/onus-dev/onus/vulndb/version"
)

// database is what the package manager has installed.
type database struct {
	// manager is dpkg, rpm or apk; empty when there is no database, or none that can be read.
	manager string
	// ecosystem is that of versions: "Debian:12", "Red Hat"; place is the file.
	ecosystem, place string
	byName           map[string][]software.Package
}

// installed returns the installed packages of a name, the newest last.
func (db *database) installed(name string) []software.Package { return db.byName[name] }

// newest returns the newest installed version of a name.
func (db *database) newest(name string) (software.Package, bool) {
	list := db.byName[name]
	if len(list) == 0 {
		return software.Package{}, false
	}
	return list[len(list)-1], true
}

// compare orders two versions of the database's ecosystem; ok is false when they have no order.
func (db *database) compare(a, b string) (result int, ok bool) {
	v, err := version.Parse(db.ecosystem, a)
	if err != nil {
		return 0, false
	}
	w, err := version.Parse(db.ecosystem, b)
	if err != nil {
		return 0, false
	}
	c, err := v.Compare(w)
	return c, err == nil
}

// packages reads the package databases.
func (m *machine) packages() *database {
	db := &database{byName: map[string][]software.Package{}}
	var list []software.Package
	for _, try := range []struct{ manager, ecosystem, name string }{
		{"dpkg", "Debian:12", "var/lib/dpkg/status"},
		{"rpm", "Red Hat", "var/lib/rpm/rpmdb.sqlite"},
		{"rpm", "Red Hat", "usr/lib/sysimage/rpm/rpmdb.sqlite"},
		{"rpm", "Red Hat", "var/lib/rpm/Packages.db"},
		{"rpm", "Red Hat", "var/lib/rpm/Packages"},
		{"apk", "Alpine:v3.20", "lib/apk/db/installed"},
		{"apk", "Alpine:v3.20", "usr/lib/apk/db/installed"},
	} {
		found, err := m.readDatabase(try.manager, try.name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			m.note(itemPackages, try.name, err)
			return db
		}
		db.manager, db.ecosystem, db.place, list = try.manager, try.ecosystem, "/"+try.name, found
		break
	}
	for _, p := range list {
		db.byName[p.Name] = append(db.byName[p.Name], p)
	}
	for _, of := range db.byName {
		slices.SortStableFunc(of, func(a, b software.Package) int {
			if c, ok := db.compare(a.Version, b.Version); ok {
				return c
			}
			return cmp.Compare(a.Version, b.Version)
		})
	}
	return db
}

func (m *machine) readDatabase(manager, name string) ([]software.Package, error) {
	if manager != "rpm" {
		data, err := m.data(name, MaxData)
		switch {
		case err != nil:
			return nil, err
		case manager == "apk":
			return ospkg.ReadAPK("/"+name, data)
		}
		return ospkg.ReadDpkg("/"+name, data)
	}
	f, info, err := m.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info.Size() > 4*MaxData {
		return nil, errors.New("it is larger than the limit of 1024 MB")
	}
	if log, ok := m.sizeOf(name + "-wal"); ok && log > 0 {
		m.miss(itemPackages, "/"+name+"-wal", "changes that rpm has not written into its database yet are not seen")
	}
	return ospkg.ReadRPM("/"+name, f, info.Size())
}

func (m *machine) sizeOf(name string) (int64, bool) {
	real, err := m.resolve(name)
	if err != nil {
		return 0, false
	}
	info, err := m.root.Lstat(real)
	if err != nil {
		return 0, false
	}
	return info.Size(), true
}

// withoutEpoch is a version as file names and kernels write it.
func withoutEpoch(v string) string {
	if epoch, rest, ok := strings.Cut(v, ":"); ok && strings.Trim(epoch, "0123456789") == "" {
		return rest
	}
	return v
}
