// Package host reads one machine and says what it shows of the duties that lie on it: which operating system and kernel
// run, whether security updates or a restart are pending, whether updates install themselves, how the processor's faults
// are mitigated and by which half, how sshd and kubelet are set, and which container engine and agents are there.
//
//	root directory ── machine (files.go) ──▶ bytes, each read within the root, with what could not be read and why
//	system.go, packages.go                ──▶ who the machine is, and its package databases
//	kernel.go, reboot.go                  ──▶ running and installed kernels, a restart that is due
//	apt.go, rpmupdates.go, automatic.go   ──▶ pending security updates, and whether they install themselves
//	cpu.go, sshd.go, kubelet.go, runtime.go, settings.go, metadata.go ──▶ the rest
//	document.go                           ──▶ the Document that `onus host -f json` prints and package proof judges
//
// Everything is an answer in three values with the sentence and the file that it rests on: what could not be read is
// unknown and named, never taken for good. Nothing is written. Files are enough for most; a few commands of the package
// manager are run where files do not tell (never by a shell, each with a time limit, only on the running machine), and the
// instance metadata service is asked only when Options.Metadata is given. No value that could be a secret is kept:
// environments, keys, user data and whole configuration files are never in a Document.
//
// Bounds: files of MaxFile bytes (package databases and lists MaxData), MaxEntries names a directory, maxLinks symlinks a
// path, MaxListed entries a list, maxOutput bytes and commandTime for each command.
package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Options of Collect.
type Options struct {
	// Now is the moment of collection.
	Now time.Time
	// Commands allows commands of the package manager and version questions to binaries. They are run only when the root
	// is "/": elsewhere they would tell about another machine.
	Commands bool
	// Run runs a command, given by its absolute path; nil runs it for real. Tests put their own here.
	Run func(ctx context.Context, command string, args ...string) (stdout []byte, exit int, err error)
	// Metadata asks the instance metadata service; nil does not.
	Metadata *Metadata
	// Workloads are the addresses or ids of the workloads that the user says this machine runs.
	Workloads []string
}

// ListsMaxAge is how old package lists may be for "nothing is pending" to say anything.
const ListsMaxAge = 7 * 24 * time.Hour

// Collect reads the machine whose root directory is root. The error says that the root cannot be opened; everything else
// that cannot be read is in the document.
func Collect(ctx context.Context, root string, o Options) (*Document, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("find the root directory: %w", err)
	}
	r, err := os.OpenRoot(abs)
	if err != nil {
		return nil, fmt.Errorf("open the root directory: %w", err)
	}
	live := abs == string(filepath.Separator)
	m := &machine{root: r, live: live, commands: live && o.Commands, opts: o, ctx: ctx}
	if m.opts.Run == nil {
		m.opts.Run = run
	}
	doc := m.collect()
	return doc, errors.Join(r.Close())
}

func (m *machine) collect() *Document {
	d := &Document{
		SchemaVersion: SchemaVersion, Kind: DocumentKind, CollectedAt: m.opts.Now.UTC().Format(time.RFC3339),
		Live: m.live, Commands: m.commands, Workloads: m.workloads(),
	}
	d.Metadata = m.metadata()
	d.System = m.system()
	d.Machine = m.identity(d)
	db := m.packages()
	d.System.Packages = db.manager
	d.Kernel = m.kernel(db, d.System.Container())
	d.Reboot = m.reboot(db, d)
	d.Updates = m.updates(db, d)
	d.CPU = m.cpu()
	d.SSH = m.ssh(db)
	d.Software = m.software(db, d.Updates.Pending)
	d.Kubelet = m.kubelet()
	d.Time, d.Disks, d.Mounts = m.timeSync(), m.disks(), m.mounts()
	d.Unread = m.sortedUnread()
	return d
}

func (m *machine) workloads() []string {
	var out []string
	for _, w := range m.opts.Workloads {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(out, w) && len(out) < MaxListed {
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return out
}
