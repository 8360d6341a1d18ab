package host_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onus-dev/onus/host"
)

const aptOutput = `NOTE: This is only a simulation!
Reading package lists...
The following packages have been kept back:
  docker-ce runc
  snapd
The following NEW packages will be installed:
  linux-image-6.1.0-31-amd64
The following upgrades have been deferred due to phasing:
  apparmor
3 upgraded, 1 newly installed, 0 to remove and 3 not upgraded.
Inst libssl3 [3.0.14-1~deb12u2] (3.0.15-1~deb12u1 Debian-Security:12/stable-security [amd64])
Inst tzdata [2024a-0+deb12u1] (2024b-0+deb12u1 Debian:12.9/stable [all])
Inst openssl [3.0.2-0ubuntu1.18] (3.0.2-0ubuntu1.19 Ubuntu:22.04/jammy-updates, Ubuntu:22.04/jammy-security [amd64]) []
Inst linux-image-6.1.0-31-amd64 (6.1.128-1 Debian-Security:12/stable-security [amd64])
Conf libssl3 (3.0.15-1~deb12u1 Debian-Security:12/stable-security [amd64])
`

func TestReadAptSimulation(t *testing.T) {
	t.Parallel()
	list, kept := host.ReadAptSimulation([]byte(aptOutput))
	want := []host.Update{
		{Name: "libssl3", Installed: "3.0.14-1~deb12u2", Candidate: "3.0.15-1~deb12u1", Security: true},
		{Name: "tzdata", Installed: "2024a-0+deb12u1", Candidate: "2024b-0+deb12u1"},
		{Name: "openssl", Installed: "3.0.2-0ubuntu1.18", Candidate: "3.0.2-0ubuntu1.19", Security: true},
		{Name: "linux-image-6.1.0-31-amd64", Candidate: "6.1.128-1", Security: true},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"docker-ce", "runc", "snapd"}, kept); diff != "" {
		t.Error(diff)
	}
}

const (
	dnf4Output = `ALAS2023-2024-581 Important/Sec. openssl-libs-1:3.0.8-1.amzn2023.0.11.x86_64
ALAS2023-2024-600 Important/Sec. openssl-libs-1:3.0.8-1.amzn2023.0.12.x86_64
ALAS2023LIVEPATCH-2024-1 medium/Sec. kernel-livepatch-6.1.94-99.176-1.0-1.amzn2023.x86_64
`
	dnf5Output = `Name                   Type     Severity                                  Package              Issued
FEDORA-2024-1fa2f1a5e3 security Important                 openssl-1:3.2.2-3.fc41.x86_64 2024-10-20 01:02:03
FEDORA-2024-1fa2f1a5e4 security Moderate                      bash-5.2.32-1.fc41.noarch 2024-10-20 01:02:03
`
)

func TestReadDNFAdvisories(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		out  string
		want []host.Update
	}{
		"dnf": {dnf4Output, []host.Update{
			{Name: "openssl-libs", Candidate: "1:3.0.8-1.amzn2023.0.12", Security: true, Advisory: "ALAS2023-2024-600"},
			{Name: "kernel-livepatch-6.1.94-99.176", Candidate: "1.0-1.amzn2023", Security: true, Advisory: "ALAS2023LIVEPATCH-2024-1"},
		}},
		"dnf5": {dnf5Output, []host.Update{
			{Name: "openssl", Candidate: "1:3.2.2-3.fc41", Security: true, Advisory: "FEDORA-2024-1fa2f1a5e3"},
			{Name: "bash", Candidate: "5.2.32-1.fc41", Security: true, Advisory: "FEDORA-2024-1fa2f1a5e4"},
		}},
		"nothing": {"Last metadata expiration check: 0:00:01 ago on Tue Nov 24 08:00:00 2026.\n", nil},
	} {
		if diff := cmp.Diff(tt.want, host.ReadDNFAdvisories([]byte(tt.out))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestReadFault(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"meltdown", "Not affected", "not-affected none none"},
		{"meltdown", "Mitigation: PTI", "mitigated done done"},
		{"meltdown", "Vulnerable", "vulnerable missing unknown"},
		{"mds", "Mitigation: Clear CPU buffers; SMT Host state unknown", "mitigated done unknown"},
		{"mds", "Vulnerable: Clear CPU buffers attempted, no microcode; SMT Host state unknown", "vulnerable done missing"},
		{"mds", "Mitigation: Clear CPU buffers; SMT vulnerable", "mitigated missing done"},
		{"tsa", "Vulnerable: No microcode", "vulnerable unknown missing"},
		{"spec_rstack_overflow", "Vulnerable: Safe RET, no microcode", "vulnerable done missing"},
		{"gather_data_sampling", "Unknown: Dependent on hypervisor status", "unknown none unknown"},
		{"spec_store_bypass", "Vulnerable", "vulnerable unknown unknown"},
		{"spectre_v2", "Mitigation: Retpolines; IBPB: conditional; STIBP: disabled; RSB filling; PBRSB-eIBRS: Not affected; BHI: Not affected", "mitigated done done"},
		{"spectre_v2", "Mitigation: Enhanced IBRS; IBPB: conditional; BHI: Vulnerable, KVM: SW loop", "vulnerable missing done"},
		{"old_microcode", "Vulnerable", "vulnerable none missing"},
		{"old_microcode", "Unknown (running under hypervisor)", "unknown none unknown"},
		{"itlb_multihit", "KVM: Mitigation: VMX disabled", "mitigated done done"},
		{"new_fault", "Something else", "unknown unknown unknown"},
	} {
		f := host.ReadFault(tt.name, tt.text)
		if got := f.State + " " + string(f.Guest) + " " + string(f.Host); got != tt.want {
			t.Errorf("%s: %s: got %s, want %s", tt.name, tt.text, got, tt.want)
		}
		if f.Because == "" {
			t.Errorf("%s: %s: no reason", tt.name, tt.text)
		}
	}
}

func TestReadSSHLine(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"PermitRootLogin no": "permitrootlogin no", "\tPermitRootLogin=no # x": "permitrootlogin no", `PermitRootLogin = "no way" b`: "permitrootlogin no way|b",
		"# PermitRootLogin no": "", "": "", "Match": "match", `Include "/etc/ssh/x y" *.conf`: "include /etc/ssh/x y|*.conf",
	} {
		key, args := host.ReadSSHLine(line)
		if got := strings.TrimSpace(key + " " + strings.Join(args, "|")); got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

func TestReadAptConf(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	host.ReadAptConf([]byte(`// comment "1";
# APT::X "0";
APT::Periodic::Update-Package-Lists "1"; /* A::B "2"; */
APT { Periodic { Unattended-Upgrade "1"; Verbose "2"; }; Get::Assume "x"; };
Unattended-Upgrade::Allowed-Origins { "a:b"; "c:d"; };
`), got)
	want := map[string]string{"apt::periodic::update-package-lists": "1", "apt::periodic::unattended-upgrade": "1", "apt::periodic::verbose": "2", "apt::get::assume": "x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadVersion(t *testing.T) {
	t.Parallel()
	for out, want := range map[string]string{
		"containerd github.com/containerd/containerd/v2 v2.0.5 fb4c30d4ede3531652d86197bf3fc9515e5276d9": "2.0.5",
		"runc version 1.1.14\ncommit: v1.1.14-0-g2c9f5602":                                               "1.1.14", "Kubernetes v1.31.2-eks-94953ac": "1.31.2-eks-94953ac",
		"Docker version 25.0.5, build d260a54": "25.0.5", "SSM Agent version: 3.3.987.0": "3.3.987.0", "no version": "",
	} {
		if got := host.ReadVersion([]byte(out)); got != want {
			t.Errorf("%q: got %q, want %q", out, got, want)
		}
	}
}

// FuzzParsers holds every parser of text against what a machine may hold: none panics, and none makes more than it reads.
func FuzzParsers(f *testing.F) {
	for _, s := range []string{aptOutput, dnf4Output, dnf5Output, "Mitigation: x; a: Vulnerable", "Include \"x", "A { B { \"", "authentication: {anonymous: {enabled: true}}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		list, kept := host.ReadAptSimulation(data)
		settings := map[string]string{}
		host.ReadAptConf(data, settings)
		n := len(list) + len(kept) + len(host.ReadDNFAdvisories(data)) + len(settings)
		if n > 4*len(data)+4 {
			t.Errorf("%d entries of %d bytes", n, len(data))
		}
		fault := host.ReadFault("mds", string(data))
		if fault.State == "" || fault.Because == "" {
			t.Error("a fault without a state")
		}
		host.ReadUpdatesAvailable(data)
		host.ReadVersion(data)
		for line := range strings.Lines(string(data)) {
			host.ReadSSHLine(line)
		}
		if len(data) < 4096 {
			host.ReadKubelet("x", data)
		}
	})
}
