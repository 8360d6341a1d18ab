package host_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/onus-dev/onus/host"
	"github.com/onus-dev/onus/internal/softwaretest"
	"github.com/onus-dev/onus/report/reporttest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	now = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	// before is earlier than the start of the fixtures' machines, 2026-11-18.
	before = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
)

// plant writes a machine's files, all of them modified before its start.
func plant(t *testing.T, files ...softwaretest.File) string {
	t.Helper()
	dir := t.TempDir()
	softwaretest.Write(t, dir, files...)
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chtimes(name, before, before))
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func fixture(t *testing.T, name string) []softwaretest.File {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var out []softwaretest.File
	for _, f := range a.Files {
		out = append(out, softwaretest.File{Name: f.Name, Data: f.Data})
	}
	return out
}

func collect(t *testing.T, dir string, o host.Options) *host.Document {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = now
	}
	doc, err := host.Collect(context.Background(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestMachines(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ubuntu-current", "debian-behind", "bottlerocket", "container"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := collect(t, plant(t, fixture(t, name)...), host.Options{Commands: true, Workloads: []string{"b", "a", "b"}})
			got, err := json.MarshalIndent(doc, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			reporttest.Golden(t, *update, name+".golden", append(got, '\n'))
		})
	}
}

// digest hashes every file of a tree with its mode and time.
func digest(t *testing.T, dir string) string {
	t.Helper()
	sum := sha256.New()
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(sum, name, info.Mode(), info.ModTime().UnixNano(), info.Size())
		if !info.Mode().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(name)
		sum.Write(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// TestReadOnly: nothing is written, made or touched.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ubuntu-current", "debian-behind", "bottlerocket", "container"} {
		dir := plant(t, fixture(t, name)...)
		was := digest(t, dir)
		collect(t, dir, host.Options{Commands: true})
		if digest(t, dir) != was {
			t.Errorf("%s: the tree was changed", name)
		}
	}
}

// TestNoCommandsElsewhere: below another root than / nothing is run, whatever lies there.
func TestNoCommandsElsewhere(t *testing.T) {
	t.Parallel()
	files := append(fixture(t, "debian-behind"), softwaretest.Text("usr/bin/apt-get", "x"), softwaretest.Text("usr/bin/needs-restarting", "x"))
	collect(t, plant(t, files...), host.Options{Commands: true, Run: func(_ context.Context, command string, _ ...string) ([]byte, int, error) {
		t.Errorf("%s was run", command)
		return nil, 0, nil
	}})
}

// TestAnswers changes one thing on a machine at a time.
func TestAnswers(t *testing.T) {
	t.Parallel()
	text := softwaretest.Text
	const lists = "var/lib/apt/lists/archive_dists_noble-security"
	for _, tt := range []struct {
		name  string
		files []softwaretest.File
		drop  []string
		late  []string // modified after the start
		got   func(*host.Document) string
		want  string
	}{
		{name: "nothing changed", got: pending, want: "no 2026-11-23"},
		{name: "lists are old", files: []softwaretest.File{text(lists+"_InRelease", "Date: Mon, 02 Nov 2026 10:12:44 UTC\n")}, got: pending, want: "unknown 2026-11-02"},
		{name: "lists are old and were found unchanged", files: []softwaretest.File{text(lists+"_InRelease", "Date: Mon, 02 Nov 2026 10:12:44 UTC\n"), text("var/lib/apt/periodic/update-success-stamp", "")}, late: []string{"var/lib/apt/periodic/update-success-stamp"}, got: pending, want: "no 2026-11-20"},
		{name: "lists have no day", files: []softwaretest.File{text(lists+"_InRelease", "Suite: noble-security\n")}, got: pending, want: "unknown "},
		{name: "no lists", drop: []string{lists}, got: pending, want: "unknown "},
		{name: "no lists, but a note", drop: []string{lists}, files: []softwaretest.File{text("var/lib/update-notifier/updates-available", "\n12 updates can be applied immediately.\n3 of these updates are standard security updates.\n")}, got: pending, want: "yes "},
		{name: "a note without security", drop: []string{lists}, files: []softwaretest.File{text("var/lib/update-notifier/updates-available", "\n12 updates can be applied immediately.\n")}, got: pending, want: "unknown "},
		{name: "a fix is out", files: []softwaretest.File{text(lists+"_universe_binary-amd64_Packages", "Package: containerd\nArchitecture: amd64\nVersion: 1.7.24-0ubuntu1~24.04.1\n")}, got: pending, want: "yes 2026-11-23 containerd 1.7.24-0ubuntu1~24.04.1"},
		{name: "a list in another form", files: []softwaretest.File{text(lists+"_universe_binary-amd64_Packages.lz4", "x")}, got: pending, want: "unknown "},
		{name: "nothing installed since the start", got: reboot, want: "no"},
		{name: "openssl installed since the start", files: []softwaretest.File{text("var/lib/dpkg/info/openssl.list", "x")}, late: []string{"var/lib/dpkg/info/openssl.list", "var/lib/dpkg/status"}, got: reboot, want: "no"},
		{name: "systemd installed since the start", files: []softwaretest.File{text("var/lib/dpkg/status", "Package: systemd\nStatus: install ok installed\nArchitecture: amd64\nVersion: 255\n"), text("var/lib/dpkg/info/systemd.list", "x")}, late: []string{"var/lib/dpkg/info/systemd.list", "var/lib/dpkg/status"}, got: reboot, want: "unknown"},
		{name: "the same where packages ask by a flag", files: []softwaretest.File{text("usr/share/update-notifier/notify-reboot-required", ""), text("var/lib/dpkg/status", "Package: systemd\nStatus: install ok installed\nArchitecture: amd64\nVersion: 255\n"), text("var/lib/dpkg/info/systemd.list", "x")}, late: []string{"var/lib/dpkg/info/systemd.list", "var/lib/dpkg/status"}, got: reboot, want: "no"},
		{name: "a flag", files: []softwaretest.File{text("run/reboot-required", "*** System restart required ***\n"), text("run/reboot-required.pkgs", "libc6\nlibc6\ndbus\n")}, got: func(d *host.Document) string { return reboot(d) + " " + d.Reboot.Because }, want: "yes A restart is asked for by libc6, dbus."},
		{name: "no start", drop: []string{"proc/stat"}, got: reboot, want: "unknown"},
		{name: "a newer kernel", files: []softwaretest.File{text("boot/vmlinuz-6.8.0-1020-aws", "")}, got: kernelAndReboot, want: "no yes"},
		{name: "a newer kernel by its modules", files: []softwaretest.File{text("lib/modules/6.8.0-1020-aws/modules.order", "")}, got: kernelAndReboot, want: "no yes"},
		{name: "modules that were left behind", files: []softwaretest.File{text("lib/modules/6.8.0-1020-aws/updates/x.ko", "")}, got: kernelAndReboot, want: "yes no"},
		{name: "a newer kernel under a live patch", files: []softwaretest.File{text("boot/vmlinuz-6.8.0-1020-aws", ""), text("sys/kernel/livepatch/lp/enabled", "1")}, got: kernelAndReboot, want: "unknown unknown"},
		{name: "no kernel on disk", drop: []string{"boot/"}, got: kernelAndReboot, want: "unknown unknown"},
		{name: "unattended", got: automatic, want: "yes"},
		{name: "unattended, switched off later", files: []softwaretest.File{text("etc/apt/apt.conf.d/99off", "APT { Periodic { Unattended-Upgrade \"0\"; }; };\n")}, got: automatic, want: "unknown"},
		{name: "unattended, without a timer", drop: []string{"usr/lib/systemd/system/timers.target.wants"}, got: automatic, want: "unknown"},
		{name: "neither that nor an agent", drop: []string{"etc/apt", "snap"}, got: automatic, want: "no"},
		{name: "a disk that the kernel decrypts", files: []softwaretest.File{text("sys/block/dm-0/dm/uuid", "CRYPT-LUKS2-aa-root\n")}, got: func(d *host.Document) string { return string(d.Disks.Answer) }, want: "yes"},
		{name: "a logical volume", files: []softwaretest.File{text("sys/block/dm-0/dm/uuid", "LVM-aa\n")}, got: func(d *host.Document) string { return string(d.Disks.Answer) }, want: "unknown"},
		{name: "sshd is started by hand", drop: []string{"etc/systemd/system/multi-user"}, files: []softwaretest.File{text("proc/1/comm", "init\n"), text("proc/9/comm", "sshd\n")}, got: sshEnabled, want: "yes"},
		{name: "sshd is off", drop: []string{"etc/systemd/system/multi-user"}, files: []softwaretest.File{text("proc/1/comm", "init\n")}, got: sshEnabled, want: "no"},
		{name: "sshd may be off", drop: []string{"etc/systemd/system/multi-user", "proc/1/"}, got: sshEnabled, want: "unknown"},
		{name: "Xen", drop: []string{"sys/class/dmi"}, files: []softwaretest.File{text("sys/hypervisor/uuid", "ec2f58a5-1111\n")}, got: func(d *host.Document) string { return string(d.Machine.Kind) + " " + d.Machine.IDFrom }, want: "ec2-xen a hash of /etc/machine-id"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := slices.DeleteFunc(fixture(t, "ubuntu-current"), func(f softwaretest.File) bool {
				return slices.ContainsFunc(tt.drop, func(p string) bool { return strings.HasPrefix(f.Name, p) })
			})
			dir := plant(t, append(files, tt.files...)...)
			for _, name := range tt.late {
				if err := os.Chtimes(filepath.Join(dir, name), now, now.AddDate(0, 0, -4)); err != nil {
					t.Fatal(err)
				}
			}
			if got := tt.got(collect(t, dir, host.Options{})); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func pending(d *host.Document) string {
	out := string(d.Updates.Pending.Answer) + " " + d.Updates.Pending.Lists
	for _, u := range d.Updates.Pending.Packages {
		out += " " + u.Name + " " + u.Candidate
	}
	return out
}

func sshEnabled(d *host.Document) string { return string(d.SSH.Enabled.Answer) }

func reboot(d *host.Document) string    { return string(d.Reboot.Answer) }
func automatic(d *host.Document) string { return string(d.Updates.Automatic.Answer) }
func kernelAndReboot(d *host.Document) string {
	return string(d.Kernel.Current.Answer) + " " + reboot(d)
}

// rpmMachine is Amazon Linux 2023 with kernel and containerd of given releases, and one advisory about each.
func rpmMachine(t *testing.T, containerd string) []softwaretest.File {
	t.Helper()
	const cache = "var/cache/dnf/amazonlinux-0123456789abcdef/repodata/"
	info := `<updates><update type="security"><id>ALAS2023-2026-900</id><pkglist><collection><name>Amazon Linux 2023</name>
<package name="containerd" version="1.7.27" release="1.amzn2023.0.1" epoch="0" arch="x86_64"/></collection></pkglist></update>
<update type="security"><id>ALAS2023-2026-901</id><pkglist><collection><name>Amazon Linux 2023</name>
<package name="kernel" version="6.1.115" release="126.197.amzn2023" epoch="0" arch="x86_64"/></collection></pkglist></update></updates>`
	return []softwaretest.File{
		softwaretest.Text("etc/os-release", "ID=\"amzn\"\nVERSION_ID=\"2023\"\n"),
		softwaretest.Text("proc/sys/kernel/osrelease", "6.1.115-126.197.amzn2023.x86_64\n"),
		softwaretest.Text("proc/stat", "btime 1795000000\n"),
		{Name: "var/lib/rpm/rpmdb.sqlite", Data: softwaretest.SQLite("Packages",
			softwaretest.RPM("kernel", "6.1.109", "118.189.amzn2023", "kernel-6.1.109-118.189.amzn2023.src.rpm", 0),
			softwaretest.RPM("kernel", "6.1.115", "126.197.amzn2023", "kernel-6.1.115-126.197.amzn2023.src.rpm", 0),
			softwaretest.RPM("containerd", containerd, "1.amzn2023.0.1", "containerd.src.rpm", 0))},
		{Name: cache + "0a-updateinfo.xml.gz", Data: softwaretest.Gzip(t, []byte(info))},
		softwaretest.Text(cache+"repomd.xml", "<repomd><revision>1795300000</revision></repomd>"),
	}
}

func TestAmazonLinux(t *testing.T) {
	t.Parallel()
	latest := softwaretest.Text("etc/dnf/vars/releasever", "latest\n")
	for _, tt := range []struct {
		name, containerd string
		more             []softwaretest.File
		want             string
	}{
		{"a fix is out", "1.7.25", nil, "yes 2026-11-21 containerd 1.7.27-1.amzn2023.0.1"},
		{"none in the release that it is locked to", "1.7.27", nil, "unknown 2026-11-21"},
		{"none in the latest", "1.7.27", []softwaretest.File{latest}, "no 2026-11-21"},
		{"broken advisories", "1.7.25", []softwaretest.File{softwaretest.Text("var/cache/dnf/amazonlinux-0123456789abcdef/repodata/0b-updateinfo.xml.gz", "x")}, "unknown "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := collect(t, plant(t, append(rpmMachine(t, tt.containerd), tt.more...)...), host.Options{})
			if got := pending(d); got != tt.want {
				t.Errorf("got %q, want %q: %s", got, tt.want, d.Updates.Pending.Because)
			}
			if got := kernelAndReboot(d); got != "yes no" {
				t.Errorf("kernel and restart: %s: %s %s", got, d.Kernel.Current.Because, d.Reboot.Because)
			}
		})
	}
}

// TestRestartPending tells a process whose binary was replaced.
func TestRestartPending(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]host.Answer{"/usr/bin/containerd (deleted)": host.Yes, "/usr/bin/containerd": host.No, "": host.Unknown} {
		files := append(fixture(t, "ubuntu-current"), softwaretest.Text("proc/812/comm", "containerd\n"), softwaretest.Text("proc/813/comm", "bash\n"))
		files = append(files, softwaretest.Text("proc/1/comm", "systemd\n"))
		dir := plant(t, files...)
		if target != "" {
			if err := os.Symlink(target, filepath.Join(dir, "proc/812/exe")); err != nil {
				t.Fatal(err)
			}
		}
		d := collect(t, dir, host.Options{})
		if i := slices.IndexFunc(d.Software, func(c host.Component) bool { return c.Name == "containerd" }); i < 0 || d.Software[i].Restart.Answer != want {
			t.Errorf("%q: got %+v", target, d.Software)
		}
	}
}

// TestLinks follows links as the machine itself would, and none out of its root.
func TestLinks(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "os-release")
	if err := os.WriteFile(outside, []byte("ID=outside\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{"/usr/lib/os-release": "inside", "../usr/lib/os-release": "inside", "../../../../usr/lib/os-release": "inside", outside: "", "os-release": ""} {
		dir := plant(t, softwaretest.Text("usr/lib/os-release.d/x", ""), softwaretest.Text("etc/x", ""))
		if want != "" {
			softwaretest.Write(t, dir, softwaretest.Text("usr/lib/os-release", "ID=inside\n"))
		}
		if err := os.Symlink(target, filepath.Join(dir, "etc/os-release")); err != nil {
			t.Fatal(err)
		}
		d := collect(t, dir, host.Options{})
		if d.System.ID != want {
			t.Errorf("%s: got %q", target, d.System.ID)
		}
		if target == "os-release" && len(d.Unread) == 0 {
			t.Error("a link to itself is not told")
		}
	}
}

// TestUnreadable says per item what could not be read.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Log("root reads everything: the size limit stands in for permissions")
	}
	dir := plant(t, append(fixture(t, "ubuntu-current"), softwaretest.File{Name: "etc/ssh/sshd_config.d/01-large.conf", Data: bytes.Repeat([]byte("#\n"), host.MaxFile/2+1)})...)
	d := collect(t, dir, host.Options{})
	if len(d.SSH.Settings) != 0 {
		t.Errorf("settings are told although a file of them is not read: %+v", d.SSH.Settings)
	}
	want := []host.Unread{{Item: "sshd", Path: "/etc/ssh/sshd_config.d/01-large.conf", Reason: "it is larger than the limit of 4 MB"}}
	if diff := cmp.Diff(want, d.Unread); diff != "" {
		t.Error(diff)
	}
}

// TestNoSecrets: nothing of files that may hold secrets is kept.
func TestNoSecrets(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	files := append(fixture(t, "debian-behind"),
		softwaretest.Text("etc/ssh/ssh_host_rsa_key", secret), softwaretest.Text("proc/1/environ", "PASSWORD="+secret),
		softwaretest.Text("var/lib/cloud/instance/user-data.txt", secret), softwaretest.Text("etc/machine-id", strings.Repeat(secret, 6)+"\n"),
		softwaretest.Text("proc/7/comm", "kubelet\n"), softwaretest.Text("proc/7/cmdline", "kubelet\x00--token="+secret+"\x00--anonymous-auth=false\x00"),
		softwaretest.Text("etc/ssh/sshd_config.d/x.conf", "Banner "+secret+"\n"))
	d := collect(t, plant(t, files...), host.Options{})
	out, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(out, []byte(secret)) {
		t.Errorf("%s", out)
	}
	if s, _ := d.Kubelet.Setting("anonymousAuth"); s.Value != "false" || s.From != "command line" {
		t.Errorf("the command line does not override: %+v", s)
	}
}

// imds is a metadata service with or without IMDSv1.
func imds(t *testing.T, required bool) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && r.URL.Path == "/latest/api/token" {
			fmt.Fprint(w, "token")
			return
		}
		if required && r.Header.Get("X-aws-ec2-metadata-token") != "token" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		entry, ok := map[string]string{
			"instance-id": "i-0aaaaaaaaaaaaaaaa", "ami-id": "ami-1", "tags/instance/Name": "web", "tags/instance/secret": "hunter2",
		}[strings.TrimPrefix(r.URL.Path, "/latest/meta-data/")]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		fmt.Fprint(w, entry)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	for required, want := range map[bool]host.Answer{true: host.Yes, false: host.No} {
		d := collect(t, plant(t, fixture(t, "bottlerocket")...), host.Options{Metadata: host.NewMetadata(imds(t, required).URL)})
		if d.Metadata.Tokens.Answer != want || d.Machine.ID != "i-0aaaaaaaaaaaaaaaa" || d.Metadata.HopLimit != "unknown" {
			t.Errorf("required %v: %+v %+v", required, d.Metadata, d.Machine)
		}
		if diff := cmp.Diff(map[string]string{"Name": "web"}, d.Machine.Tags); diff != "" {
			t.Error(diff)
		}
	}
	inside := collect(t, plant(t, fixture(t, "container")...), host.Options{Metadata: host.NewMetadata(imds(t, true).URL)})
	if inside.Metadata.HopLimit != "at least 2" {
		t.Errorf("inside of a container: %s", inside.Metadata.HopLimit)
	}
	nobody := collect(t, plant(t, fixture(t, "container")...), host.Options{Metadata: host.NewMetadata("http://127.0.0.1:1")})
	if nobody.Metadata.Tokens.Answer != host.Unknown || len(nobody.Unread) == 0 {
		t.Errorf("without a service: %+v", nobody.Metadata)
	}
}

// BenchmarkCollect reads the fixture of a whole machine from files.
func BenchmarkCollect(b *testing.B) {
	a, err := txtar.ParseFile("testdata/ubuntu-current.txtar")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	for _, f := range a.Files {
		softwaretest.Write(b, dir, softwaretest.File{Name: f.Name, Data: f.Data})
	}
	for b.Loop() {
		if _, err := host.Collect(context.Background(), dir, host.Options{Now: now}); err != nil {
			b.Fatal(err)
		}
	}
}
