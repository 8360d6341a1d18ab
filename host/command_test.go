package host

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onus-dev/onus/internal/softwaretest"
)

// onLive makes a machine that takes a directory for "/", whose commands answer as given.
func onLive(t *testing.T, answer func(command string) (string, int, error), files ...softwaretest.File) *machine {
	t.Helper()
	dir := t.TempDir()
	softwaretest.Write(t, dir, files...)
	for _, name := range []string{"usr/bin/apt-get", "usr/bin/dnf", "usr/sbin/needs-restarting", "usr/bin/kubelet"} {
		softwaretest.Write(t, dir, softwaretest.Text(name, "x"))
		if err := os.Chmod(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	})
	return &machine{
		root: root, live: true, commands: true, ctx: t.Context(), opts: Options{
			Now: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC), Commands: true,
			Run: func(_ context.Context, command string, args ...string) ([]byte, int, error) {
				out, exit, err := answer(command + " " + strings.Join(args, " "))
				return []byte(out), exit, err
			},
		},
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	text := softwaretest.Text
	apt := []softwaretest.File{
		text("var/lib/dpkg/status", "Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.0.14\n"),
		text("var/lib/apt/lists/x-security_InRelease", "Date: Mon, 23 Nov 2026 10:12:44 UTC\n"),
	}
	rhel := []softwaretest.File{
		text("etc/os-release", "ID=rhel\nVERSION_ID=9.4\n"),
		{Name: "var/lib/rpm/rpmdb.sqlite", Data: softwaretest.SQLite("Packages", softwaretest.RPM("openssl-libs", "3.0.7", "1.el9", "openssl.src.rpm", 1))},
		text("var/cache/dnf/baseos-0123456789abcdef/repodata/repomd.xml", "<revision>1795300000</revision>"),
	}
	for _, tt := range []struct {
		name   string
		files  []softwaretest.File
		out    string
		exit   int
		err    error
		want   Answer
		sec    int
		unread bool
	}{
		{name: "apt has one", files: apt, out: "Inst libssl3 [3.0.14] (3.0.15 Debian-Security:12/stable-security [amd64])\nInst tzdata [1] (2 Debian:12.9/stable [all])\n", want: Yes, sec: 1},
		{name: "apt has another", files: apt, out: "Inst tzdata [1] (2 Debian:12.9/stable [all])\n", want: No},
		{name: "apt keeps some back", files: apt, out: "The following packages have been kept back:\n  libssl3\n", want: Unknown},
		{name: "apt fails and there is no list of packages", files: apt, exit: 100, want: Unknown, unread: true},
		{name: "apt does not end", files: apt, err: errors.New("it did not end within its time limit"), want: Unknown, unread: true},
		{name: "dnf has one", files: rhel, out: "RHSA-2026:1 Important/Sec. openssl-libs-1:3.0.7-2.el9.x86_64\n", want: Yes, sec: 1},
		{name: "dnf has none", files: rhel, want: No},
		{name: "dnf has no cache", files: rhel, exit: 1, want: Unknown, unread: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := onLive(t, func(string) (string, int, error) { return tt.out, tt.exit, tt.err }, tt.files...)
			old := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
			if err := m.root.Chtimes("var", old, old); err != nil {
				t.Fatal(err)
			}
			p := m.updates(m.packages(), &Document{System: m.system()}).Pending
			if p.Answer != tt.want || p.Security != tt.sec || (len(m.unread) > 0) != tt.unread {
				t.Errorf("got %+v, unread %+v", p, m.unread)
			}
		})
	}
}

func TestNeedsRestarting(t *testing.T) {
	t.Parallel()
	for exit, want := range map[int]Answer{0: No, 1: Yes, 2: Unknown} {
		m := onLive(t, func(command string) (string, int, error) {
			if !strings.HasSuffix(command, "/needs-restarting -r") {
				t.Errorf("%s was run", command)
			}
			return "", exit, nil
		})
		d := &Document{Kernel: Kernel{Current: Fact{Answer: Yes}}}
		if f := m.reboot(m.packages(), d); f.Answer != want {
			t.Errorf("exit %d: got %+v", exit, f)
		}
	}
}

// TestVersionOfBinary asks a binary that no package brings, and says so when it does not answer.
func TestVersionOfBinary(t *testing.T) {
	t.Parallel()
	for out, want := range map[string]string{"Kubernetes v1.31.2-eks-94953ac\n": "1.31.2-eks-94953ac", "": ""} {
		m := onLive(t, func(string) (string, int, error) { return out, 0, nil })
		list := m.software(m.packages(), Pending{})
		if len(list) != 1 || list[0].Name != "kubelet" || list[0].Version != want || list[0].Newest.Answer != Unknown {
			t.Errorf("%q: got %+v", out, list)
		}
	}
}

// TestRun runs real commands: nothing of the environment is passed on, and none outlives its time.
func TestRun(t *testing.T) {
	t.Setenv("ONUS_SECRET", "hunter2")
	out, exit, err := run(t.Context(), "/usr/bin/env")
	if err != nil || exit != 0 || strings.Contains(string(out), "hunter2") || !strings.Contains(string(out), "LC_ALL=C") {
		t.Errorf("%s %d %v", out, exit, err)
	}
	if _, exit, err := run(t.Context(), "/usr/bin/false"); exit != 1 || err != nil {
		t.Errorf("false: %d %v", exit, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := run(ctx, "/usr/bin/sleep", "20"); err == nil || !strings.Contains(err.Error(), "time limit") {
		t.Errorf("sleep: %v", err)
	}
	if _, _, err := run(t.Context(), "/nonexistent/onus"); err == nil {
		t.Error("a command that is not there gives no error")
	}
	b := &bounded{}
	for range 3 {
		if n, err := b.Write(make([]byte, maxOutput/2)); n != maxOutput/2 || err != nil {
			t.Fatal(n, err)
		}
	}
	if b.Len() > maxOutput || !b.over {
		t.Errorf("%d bytes are kept", b.Len())
	}
}

func TestCompareKernels(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		older, newer string
		equal        bool
	}{
		{older: "6.1.0-9-amd64", newer: "6.1.0-28-cloud-amd64"}, {older: "6.1.0-28-amd64", newer: "6.1.0-28-cloud-amd64", equal: true},
		{older: "6.1.109-118.189.amzn2023.x86_64", newer: "6.1.115-126.197.amzn2023.x86_64"}, {older: "5.14.0-427.el9.x86_64", newer: "5.14.0-427.13.1.el9_4.x86_64"},
		{older: "5.15.0-1051-aws", newer: "6.8.0-1018-aws"}, {older: "4.14.355-275.572.amzn2.x86_64", newer: "4.14.355-275.582.amzn2.x86_64"},
	} {
		a, b := compareKernels(tt.older, tt.newer), compareKernels(tt.newer, tt.older)
		if tt.equal && (a != 0 || b != 0) || !tt.equal && (a >= 0 || b <= 0) {
			t.Errorf("%s and %s: %d, %d", tt.older, tt.newer, a, b)
		}
	}
}

// TestRebuilt: Debian may build a kernel anew under its old name.
func TestRebuilt(t *testing.T) {
	t.Parallel()
	for installed, want := range map[string]Answer{"6.1.119-1": Yes, "6.1.128-1": No} {
		m := onLive(t, nil,
			softwaretest.Text("proc/sys/kernel/osrelease", "6.1.0-28-amd64\n"),
			softwaretest.Text("proc/version", "Linux version 6.1.0-28-amd64 (gcc-12) #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)\n"),
			softwaretest.Text("var/lib/dpkg/status", "Package: linux-image-6.1.0-28-amd64\nStatus: install ok installed\nArchitecture: amd64\nVersion: "+installed+"\n"))
		if k := m.kernel(m.packages(), false); k.Current.Answer != want {
			t.Errorf("%s: got %+v", installed, k)
		}
	}
}
